"""The site a check is about: one geometry in EPSG:9215 and how it was come by."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from lsgis.crs import VN2000, crosses_datum, datum_operation
from lsgis.sitecheck.site.accuracy import hold_certificate, settle_accuracy, settle_certificate
from lsgis.sitecheck.site.country import require_country, tell_datum
from lsgis.sitecheck.site.drawing import Drawing, name_crs, plain_text, read_crs
from lsgis.sitecheck.site.origin import read_drawing
from lsgis.sitecheck.site.soundness import make_one, require_usable
from lsgis.sitecheck.site.zone import require_province

if TYPE_CHECKING:
    import pyproj


@dataclass(frozen=True)
class Site:
    """A project site as it is checked."""

    name: str
    geometry: BaseGeometry  # EPSG:9215, two dimensions, valid
    accuracy_m: float  # horizontal, 95 %
    kind: str  # polygon | line | point
    input: Mapping[str, str]  # kind (file | table | point | wkt), name, sha256
    crs_found: str
    operation: str  # the datum operation, "" when none was needed
    area_certificate_m2: float | None
    log: tuple[Mapping[str, object], ...]  # {"code": "site.…", values of its placeholders}


def read_site(
    source: str | Path,
    *,
    crs: "str | pyproj.CRS | None" = None,
    accuracy_m: float | None = None,
    name: str = "",
    layer: str | None = None,
    order: str | None = None,
    repair: bool = False,
    area_certificate_m2: float | None = None,
    parcel: str | None = None,
) -> Site:
    """Read the site of a project, from a file, a corner table, a point or WKT.

    Parameters
    ----------
    source
        A path (vector file; CSV, TSV, TXT or XLSX with a table of corners), or
        text: "lon,lat" in degrees, WKT or EWKT, or a pasted table of corners
        whose X is north and Y is east.
    crs
        Reference system, where the source states none. A vector file and WKT
        need one, a corner table without one is read in EPSG:9215, and "lon,lat"
        is WGS 84. It never overrules what the source says of itself.
    accuracy_m
        Horizontal accuracy of the site, 95 %. Without it the stated defaults of
        `lsgis.sitecheck.site.accuracy` count (corner table 0.5 m, else 10 m), or the
        step the coordinates are written in, where that is coarser; the log tells.
    name
        Name of the project; without it that of the file or the point.
    layer
        Layer of a file that holds several, or sheet of a workbook.
    order
        "northing,easting" (the default) or "easting,northing": what X and Y of a
        table, or two columns without heading, are.
    repair
        Mend an invalid boundary (shapely's make_valid) instead of refusing it;
        the log has the area before and after.
    area_certificate_m2
        Area (m²) on the land certificate, if there is one; without it the one a
        corner table states. The log tells by how much the boundary deviates from it.
    parcel
        Name or number of the one parcel to read of a corner table that has several;
        without it all of them make one site.

    Returns
    -------
    Site
        One geometry; several features of a file become its parts.

    Raises
    ------
    SiteError
        The source cannot be used: what was expected, found, and what to do.
    CrsError, LayerError
        A file states no reference system, or cannot be read.
    """
    system = None if crs is None else read_crs(crs)
    certificate = settle_certificate(area_certificate_m2)
    drawing = require_usable(read_drawing(source, system, layer, order, repair, parcel))
    require_country(drawing)
    require_province(drawing)
    operation = datum_operation().name if crosses_datum(drawing.crs, VN2000) else ""
    geometry, kind, mended = make_one(drawing, repair=repair)
    accuracy, reasons = settle_accuracy(drawing, accuracy_m)
    held = hold_certificate(drawing, geometry, certificate)
    return Site(
        name=plain_text(name) or _name(drawing),
        geometry=geometry,
        accuracy_m=accuracy,
        kind=kind,
        input={"kind": drawing.kind, "name": drawing.name, "sha256": drawing.sha256},
        crs_found=name_crs(drawing.crs),
        operation=operation,
        area_certificate_m2=drawing.area_m2 if certificate is None else certificate,
        log=(*drawing.log, *mended, *tell_datum(drawing), *reasons, *held),
    )


def _name(drawing: Drawing) -> str:
    return Path(drawing.name).stem if drawing.kind in ("file", "table") else drawing.name
