"""Tables keyed by the communes of before July 2025, moved to the communes of now."""

from lsgis.crosswalk.move import Moved, crosswalk_table
from lsgis.crosswalk.unit import GENERATIONS, read_links, read_units

__all__ = ["GENERATIONS", "Moved", "crosswalk_table", "read_links", "read_units"]
