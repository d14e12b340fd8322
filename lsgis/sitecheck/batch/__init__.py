"""Many sites, one row of verdicts each, in a run that can be taken up again."""
