"""Do the coordinates lie where their reference system says? Degrees, metres, axes, distance."""

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lsgis.catalogue import Layer
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.crs import WGS84, datum_operation, is_vn2000
from lsgis.intake.region import Box, province_in

# Systems that files of this province come in, likeliest first.
LIKELY = ("EPSG:9215", "EPSG:4326", "EPSG:3405", "EPSG:32648", "EPSG:3857")
# Half the province's box on each side: neighbours and roads beyond the edge are no mistake.
MARGIN = 0.5
_SWAP = [1, 0, 3, 2]
_FULL_TURN = 360
_WGS84 = "World Geodetic System 1984"


def region_in(crs: pyproj.CRS) -> Box | None:
    """The province and as much again around it, in a CRS; None when there is no way there."""
    return province_in(crs, margin=MARGIN)


def _within(bounds: np.ndarray, box: Box | None) -> np.ndarray:
    if box is None:
        return np.zeros(len(bounds), dtype=bool)
    inside = np.column_stack([bounds[:, :2] >= box[:2], bounds[:, 2:] <= box[2:]])
    return np.asarray(inside.all(axis=1))


def check_crs(rows: gpd.GeoDataFrame, layer: Layer, shapes: np.ndarray) -> list[Issue]:
    """Is there a CRS, is it the layer's, and is there a way from it to EPSG:9215?

    `shapes` are the located geometries, finite, as read.
    """
    crs = rows.crs
    if crs is None:
        return [new_issue("LS-CRS-MISSING", layer.name, likely=_likely(shapely.bounds(shapes)))]
    if region_in(crs) is None:
        return [new_issue("LS-CRS-NO-WAY", layer.name, found=_name(crs), expected=layer.crs)]
    if crs == pyproj.CRS(layer.crs):
        return []
    datum, operation = crs.geodetic_crs.datum.name, datum_operation()
    code = "LS-CRS-OTHER" if datum.startswith(_WGS84) else "LS-CRS-OTHER-DATUM"
    code = "LS-CRS-OTHER-ZONE" if is_vn2000(crs) else code
    return [
        new_issue(
            code, layer.name, found=_name(crs), expected=layer.crs, datum=datum,
            operation=operation.name, epsg=operation.code, accuracy_m=operation.accuracy_m,
        )
    ]  # fmt: skip


def check_coordinates(
    shapes: np.ndarray, crs: pyproj.CRS, layer: Layer, keys: np.ndarray
) -> tuple[list[Issue], np.ndarray]:
    """Find coordinates that cannot be what the CRS says, and why.

    Parameters
    ----------
    shapes
        Geometries as read; missing, empty and non-finite ones given as None.

    Returns
    -------
    list of Issue, array of bool
        One issue a cause, naming its features; True where a feature lies in
        or near the province as declared.
    """
    bounds, found = shapely.bounds(shapes), []
    located = ~shapely.is_missing(shapes)
    causes = _causes(bounds, crs, located)
    near = causes.pop("near")
    for code, wrong in causes.items():
        if wrong.any():
            first = bounds[np.flatnonzero(wrong)[0]]
            found.append(
                grouped_issue(
                    code, layer.name, keys[wrong], total=int(located.sum()), found=_name(crs),
                    x=float(first[0]), y=float(first[1]), likely=_likely(bounds[wrong]),
                )
            )  # fmt: skip
    return found, near


def _causes(bounds: np.ndarray, crs: pyproj.CRS, located: np.ndarray) -> dict[str, np.ndarray]:
    """Each located feature under exactly one cause, "near" when there is nothing to say."""
    box, degrees = region_in(crs), region_in(WGS84)
    near = located & _within(bounds, box)
    swapped = located & ~near & _within(bounds[:, _SWAP], box)
    rest = located & ~near & ~swapped
    other = rest & (_within(bounds, degrees) | _within(bounds[:, _SWAP], degrees))
    code = "LS-CRS-DEGREES-AS-METRES"
    if crs.is_geographic:
        code, other = "LS-CRS-METRES-AS-DEGREES", rest & (np.abs(bounds).max(axis=1) > _FULL_TURN)
    return {
        "near": near,
        code: other,
        "LS-CRS-AXES-SWAPPED": swapped,
        "LS-CRS-FAR": rest & ~other,
    }


def _likely(bounds: np.ndarray) -> str | Term:
    """Systems of LIKELY in which all these boxes would lie in or near the province."""
    regions = {name: region_in(pyproj.CRS(name)) for name in LIKELY}
    fits = [name for name, box in regions.items() if len(bounds) and _within(bounds, box).all()]
    return ", ".join(fits) or Term("check.no-crs-fits")


def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name
