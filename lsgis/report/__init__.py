"""Results as readers see them. The only room that rounds."""

from lsgis.report.sheets import write_tables
from lsgis.report.words import format_number, heading, spoken

__all__ = ["format_number", "heading", "spoken", "write_tables"]
