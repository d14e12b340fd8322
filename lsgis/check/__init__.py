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
    stopping_issues,
)
from lsgis.check.layer import check_layer
from lsgis.check.membership import check_memberships
from lsgis.check.profile import (
    Profile,
    apply_profile,
    count_changed,
    list_profiles,
    read_profile,
    usual_severity,
)
from lsgis.check.register import check_catalogue, check_registers
from lsgis.check.relation import check_between
from lsgis.check.repair import repair_coverage

__all__ = [
    "SEVERITIES",
    "Issue",
    "Profile",
    "Term",
    "apply_profile",
    "check_between",
    "check_catalogue",
    "check_coverage",
    "check_layer",
    "check_memberships",
    "check_registers",
    "count_changed",
    "count_issues",
    "describe_issue",
    "issues_frame",
    "list_profiles",
    "read_profile",
    "read_rules",
    "repair_coverage",
    "stopping_issues",
    "usual_severity",
    "write_issues",
]
