"""What the parcels of a table are called, which is meant, and where they lie one on another."""

import pyproj
import shapely
from shapely.geometry import Polygon

from lsgis.crs import VN2000, move_geometries
from lsgis.errors import CrsError, SiteError
from lsgis.sitecheck.site.corner.heading import fold
from lsgis.sitecheck.site.corner.parcel import Parcel
from lsgis.sitecheck.site.drawing import plain_text, told

_MOST_NAMED = 20
_TOUCH_M2 = 0.01  # below it neighbours share an edge that was rounded twice
SIGNS = {
    "column": "site.parcels-column", "title": "site.parcels-title", "closed": "site.parcels-closed",
    "numbering": "site.parcels-numbering", "blank": "site.parcels-blank",
}  # fmt: skip


def name_parcels(parcels: list[Parcel]) -> list[str]:
    """What to call each parcel: by its column, its title, else its number; no two alike."""
    names: list[str] = []
    for number, parcel in enumerate(parcels, 1):
        name = (parcel.corners[0].parcel if parcel.corners else "") or parcel.name or str(number)
        again = sum(known == name or known.startswith(f"{name} (") for known in names)
        names.append(f"{name} ({again + 1})" if again else name)
    return names


def tell_signs(parcels: list[Parcel]) -> list[dict[str, object]]:
    """What the parcels of a table were told apart by."""
    seen = [parcel.sign for parcel in parcels if parcel.sign]
    return [
        told(code, count=len(parcels), times=seen.count(sign))
        for sign, code in SIGNS.items()
        if sign in seen
    ]


def choose_parcel(names: list[str], parcel: str | None) -> list[int]:
    """Positions of the parcels to read: all, or the one named or numbered.

    Raises
    ------
    SiteError
        No parcel of that name, or several; the names are given.
    """
    if parcel is None:
        return list(range(len(names)))
    wanted = _bare(parcel)
    exact = [i for i, name in enumerate(names) if _bare(name) == wanted]
    ending = [i for i, name in enumerate(names) if _bare(name).split(" ")[-1:] == [wanted]]
    number = int(wanted) - 1 if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else -1
    numbered = [number] if 0 <= number < len(names) else []
    for found in (exact, ending, numbered):
        if len(found) == 1:
            return found
    known = "; ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
    raise SiteError("site.no-parcel", found=plain_text(parcel, longest=60), known=known)


def _bare(name: str) -> str:
    return " ".join(fold(name).split())


def tell_overlaps(parcels: list[tuple[str, Polygon]], crs: pyproj.CRS) -> list[dict[str, object]]:
    """Parcels that lie on one another; a whole parcel inside another may be a hole of it.

    Raises
    ------
    SiteError
        Two parcels are the same.
    """
    shapes = _in_metres([shape for _, shape in parcels], crs)
    sound = [shape.is_valid for shape in shapes]
    log, seen = [], 0
    for i, j in zip(*shapely.STRtree(shapes).query(shapes, predicate="intersects"), strict=True):
        if i >= j or not (sound[i] and sound[j]):
            continue
        common = shapely.area(shapely.intersection(shapes[i], shapes[j]))
        if common <= _TOUCH_M2:
            continue
        names = {"one": parcels[i][0], "other": parcels[j][0], "area_m2": round(float(common), 2)}
        areas = sorted((shapes[i].area, shapes[j].area))
        if areas[1] - common <= _TOUCH_M2:
            raise SiteError("site.parcels-same", one=names["one"], other=names["other"])
        seen += 1
        if seen <= _MOST_NAMED:
            inside = areas[0] - common <= _TOUCH_M2
            log.append(told("site.parcel-inside" if inside else "site.parcels-overlap", **names))
    return log


def _in_metres(shapes: list[Polygon], crs: pyproj.CRS) -> list[Polygon]:
    try:
        return list(move_geometries(shapes, crs, VN2000))
    except CrsError:
        return shapes
