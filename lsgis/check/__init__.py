"""Does a frame honour its layer, and do the lists honour the units? Issues are values."""

from lsgis.check.issue import (
    SEVERITIES,
    Issue,
    Term,
    count_issues,
    describe_issue,
    issues_frame,
    read_rules,
)
from lsgis.check.layer import check_layer
from lsgis.check.membership import check_memberships

__all__ = [
    "SEVERITIES",
    "Issue",
    "Term",
    "check_layer",
    "check_memberships",
    "count_issues",
    "describe_issue",
    "issues_frame",
    "read_rules",
]
