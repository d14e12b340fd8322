"""Results as readers see them. The only room that rounds."""

from lsgis.report.sheets import write_tables
from lsgis.report.words import format_number, heading, in_brief, spoken

__all__ = ["format_number", "heading", "in_brief", "spoken", "write_tables"]
