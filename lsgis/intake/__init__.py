"""Any file a planner brings, read whole or refused with a reason. Nothing is guessed or mended."""

from lsgis.intake.vector import read_table, read_vector, rename_columns

__all__ = ["read_table", "read_vector", "rename_columns"]
