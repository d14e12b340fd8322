"""Where a drawing lies, and whether it was moved; what is drawn at home needs no PROJ for it."""

from collections.abc import Mapping

import numpy as np
import shapely

from lsgis.sitecheck.site.drawing import HOME, Drawing

# metres (EPSG:9215) that lie in the extent EPSG gives for that zone: a drawing that meets them
# is in the country, in its own zone and in no doubt
_HOME_BOX = (380_000.0, 2_359_000.0, 512_000.0, 2_486_000.0)


def place_drawing(drawing: Drawing) -> tuple[str, list[Mapping[str, object]]]:
    """Name of the datum operation a drawing needs ("" for none), and what has to be told of it.

    Raises
    ------
    SiteError
        It cannot lie in Viet Nam, or lies in the province only in another zone.
    """
    if drawing.crs is HOME and _meets(drawing.shapes):
        return "", []
    from lsgis.crs import VN2000, crosses_datum, datum_operation
    from lsgis.sitecheck.site.country import require_country, tell_datum
    from lsgis.sitecheck.site.zone import require_province

    require_country(drawing)
    require_province(drawing)
    moved = not isinstance(drawing.crs, str) and crosses_datum(drawing.crs, VN2000)
    return datum_operation().name if moved else "", tell_datum(drawing)


def _meets(shapes) -> bool:
    west, south, east, north = shapely.total_bounds(np.asarray(shapes, dtype=object))
    x0, y0, x1, y1 = _HOME_BOX
    return bool(west <= x1 and east >= x0 and south <= y1 and north >= y0)
