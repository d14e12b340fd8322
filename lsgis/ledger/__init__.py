"""The Decision as a ledger: what it declares beside what a plan holds, row by row."""

from lsgis.ledger.acceptance import read_accepted
from lsgis.ledger.check import check_plan, open_rows, summarise_communes
from lsgis.ledger.row import COLUMNS, KINDS, OPEN, STATUSES

__all__ = [
    "COLUMNS",
    "KINDS",
    "OPEN",
    "STATUSES",
    "check_plan",
    "open_rows",
    "read_accepted",
    "summarise_communes",
]
