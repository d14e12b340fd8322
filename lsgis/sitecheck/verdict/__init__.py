"""What each restricting layer says of a site: a state, findings, distances."""
