"""Does a frame honour its layer, and do the lists honour the units? Issues are values."""

from lsgis.check.coverage import check_coverage
from lsgis.check.file import write_issues
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
from lsgis.check.repair import repair_coverage

__all__ = [
    "SEVERITIES",
    "Issue",
    "Term",
    "check_coverage",
    "check_layer",
    "check_memberships",
    "count_issues",
    "describe_issue",
    "issues_frame",
    "read_rules",
    "repair_coverage",
    "write_issues",
]
