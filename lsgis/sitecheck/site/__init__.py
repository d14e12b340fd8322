"""What a site is and how it is read: files, corner tables, points, well-known text."""
