"""What a reader leaves out or invents without a word, found in the file itself."""

from lsgis.intake.damage.curve import has_curves
from lsgis.intake.damage.geojson import lost_in_geojson
from lsgis.intake.damage.geopackage import lost_in_geopackage
from lsgis.intake.damage.length import has_no_end, lacks_rows, lost_at_the_end
from lsgis.intake.damage.markup import Markup, read_markup
from lsgis.intake.damage.shapefile import lost_in_shapefile, odd_sizes, restore_index

__all__ = [
    "Markup",
    "has_curves",
    "has_no_end",
    "lacks_rows",
    "lost_at_the_end",
    "lost_in_geojson",
    "lost_in_geopackage",
    "lost_in_shapefile",
    "odd_sizes",
    "read_markup",
    "restore_index",
]
