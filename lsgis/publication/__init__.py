"""A plan as a folder to hand round: maps, tables, downloads, findings, manifest."""

from lsgis.publication.findings import check_everything
from lsgis.publication.manifest import library_versions
from lsgis.publication.site import publish
from lsgis.publication.tables import make_tables

__all__ = ["check_everything", "library_versions", "make_tables", "publish"]
