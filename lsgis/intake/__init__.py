"""Any file a planner brings: a clean frame, and a log of what was mended."""

from lsgis.intake.datum import DatumFit, detect_datum_shift
from lsgis.intake.encoding import mend_text
from lsgis.intake.field import map_fields, rename_columns
from lsgis.intake.load import import_layer
from lsgis.intake.name import find_codes, fold_name
from lsgis.intake.region import province_in, suggest_crs
from lsgis.intake.save import write_import
from lsgis.intake.table import read_table
from lsgis.intake.template import write_template
from lsgis.intake.vector import read_vector

__all__ = [
    "DatumFit",
    "detect_datum_shift",
    "find_codes",
    "fold_name",
    "import_layer",
    "map_fields",
    "mend_text",
    "province_in",
    "read_table",
    "read_vector",
    "rename_columns",
    "suggest_crs",
    "write_import",
    "write_template",
]
