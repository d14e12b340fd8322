"""Any file a planner brings: a clean frame, and a log of what was mended."""

from lsgis.intake.encoding import mend_text
from lsgis.intake.field import map_fields, rename_columns
from lsgis.intake.table import read_table
from lsgis.intake.vector import read_vector

__all__ = ["map_fields", "mend_text", "read_table", "read_vector", "rename_columns"]
