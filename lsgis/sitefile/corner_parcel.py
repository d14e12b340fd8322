"""Parcels of a corner table: where one ends, what they are called, which is meant, their areas."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyproj
import shapely
from shapely.geometry import Polygon

from lsgis.combine.plausible import intersect
from lsgis.crs import move_geometries, plane_of
from lsgis.errors import CrsError, LayerError, SiteError
from lsgis.intake.notation import fold
from lsgis.region import Region
from lsgis.sitefile.corner_row import Corner, Corners, Gap
from lsgis.sitefile.corner_title import (
    Stated,
    hold_area,
    names_parcel,
    read_area,
    read_area_cell,
    states_area,
)
from lsgis.text import Log, log_row, plain_text

# Where one parcel of a table ends and the next begins, by signs that stand in the table.
#
# A column of parcels, a title ("Thửa số 2", "Khu B"), a line of its area, numbering that starts
# again, a ring closed by its first point: each of them parts two parcels. Text that is none of
# this is refused, for nobody can say what it means. A blank row alone parts nothing, unless one
# ring of all the corners would cross itself while several would not.

_NAME_ENDS = re.compile(
    r"\s*(?::|;|[-–,(]?\s*(?:diện tích|diện tich|DT\b|area of)|\n)", re.IGNORECASE
)


@dataclass
class Parcel:
    """Corners of one ring, what the table calls it, and what it writes beside it."""

    corners: list[Corner]
    name: str = ""
    sign: str = ""  # what parts it from the one before
    texts: list[str] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)  # corners that stand behind a blank row
    named_again: bool = False  # its first point is named once more, without coordinates


def split_parcels(found: Corners) -> list[Parcel]:
    """Parcels of a table in their order, one where no sign parts them.

    Raises
    ------
    SiteError
        A point without coordinates, or text that parts the corners and says no parcel.
    """
    parcels: list[Parcel] = [Parcel([], _title(found.above), texts=[*found.titles])]
    gaps: list[Gap] = []
    for index, entry in enumerate(found.entries):
        if isinstance(entry, Gap):
            gaps.append(entry)
            continue
        here = parcels[-1]
        before, after = _shared(gaps)
        named = [gap for gap in gaps if gap.kind == "point"]
        sign = (
            find_sign(here.corners, gaps, found.entries[index : index + 2]) if here.corners else ""
        )
        _require_known(here, named)
        if sign:
            here.texts += before
            parcels.append(Parcel([], _title(after), sign, after))
        elif before + after and here.corners:
            raise SiteError(
                "site.text-between", row=_first_text(gaps), found=(before + after)[0][:60]
            )
        else:
            here.texts += before + after
            here.name = here.name or _title(after)
        if any(gap.kind == "blank" for gap in gaps) and parcels[-1].corners:
            parcels[-1].blanks.append(len(parcels[-1].corners))
        parcels[-1].corners.append(entry)
        gaps = []
    _end(parcels[-1], gaps, found)
    return [part for parcel in parcels for part in _at_blanks(parcel, found)]


def _require_known(parcel: Parcel, named: list[Gap]) -> None:
    """Refuse a point without coordinates, unless it only names the first one again."""
    for gap in named:
        if not parcel.corners or gap.text.removesuffix(".0") != parcel.corners[0].point:
            raise SiteError("site.row-empty", row=gap.row, found=gap.text[:60])
        parcel.named_again = True


def _shared(gaps: list[Gap]) -> tuple[list[str], list[str]]:
    """Texts between two parcels: of the one above, and from the first title on of the one below."""
    texts = [gap.text for gap in gaps if gap.kind == "text"]
    start = next((i for i, text in enumerate(texts) if names_parcel(text)), len(texts))
    return texts[:start], texts[start:]


def _title(texts: list[str]) -> str:
    """The last text that names a parcel, up to what it says of it."""
    titles = [text for text in texts if names_parcel(text)]
    if not titles:
        return ""
    return plain_text(_NAME_ENDS.split(titles[-1], maxsplit=1)[0], longest=60)


def _first_text(gaps: list[Gap]) -> int:
    return next(gap.row for gap in gaps if gap.kind == "text")


def _end(last: Parcel, gaps: list[Gap], found: Corners) -> None:
    """What stands below the last corner belongs to its parcel, or to all of them."""
    _require_known(last, [gap for gap in gaps if gap.kind == "point"])
    texts = [gap for gap in gaps if gap.kind == "text"]
    last.texts += [gap.text for gap in texts]
    if texts and last.corners:
        rows = ", ".join(map(str, list(dict.fromkeys(gap.row for gap in texts))[:20]))
        text = plain_text("; ".join(gap.text for gap in texts))
        found.log.append(log_row("site.rows-skipped", rows=rows, text=text))


def _at_blanks(parcel: Parcel, found: Corners) -> list[Parcel]:
    """A parcel as it is; parted at its blank rows when it crosses itself and its parts do not."""
    if not parcel.blanks:
        return [parcel]
    corners = parcel.corners
    starts = [0, *parcel.blanks, len(corners)]
    parts = [corners[a:b] for a, b in pairwise(starts)]
    if not _is_sound(corners) and all(map(_is_sound, parts)):
        rest = [Parcel(part, sign="blank") for part in parts[1:]]
        return [Parcel(parts[0], parcel.name, parcel.sign, parcel.texts), *rest]
    rows = ", ".join(str(corners[index].row - 1) for index in parcel.blanks[:20])
    found.log.append(log_row("site.blank-rows", rows=rows, count=len(parcel.blanks)))
    return [parcel]


def _is_sound(corners: list[Corner]) -> bool:
    ring = [(corner.second, corner.first) for corner in corners]
    return len(ring) > 2 and Polygon(ring).is_valid


# What says that a new parcel of a table begins.

_PREFIX = re.compile(r"[^\W\d_]*")


def find_sign(corners: list[Corner], gaps: list[Gap], ahead: list[Corner | Gap]) -> str:
    """What says that a new parcel begins; "" when nothing does."""
    new, first = ahead[0], corners[0]
    kinds = {gap.kind for gap in gaps}
    if not isinstance(new, Corner):
        return ""
    if new.parcel != first.parcel:
        return "column"
    texts = [gap.text for gap in gaps if gap.kind == "text"]
    if any(names_parcel(text) or states_area(text) for text in texts):
        return "title"
    if _is_closed(corners) or "point" in kinds:
        return "closed"
    if _restarts(corners, new, ahead[1:], loose=bool(kinds)):
        return "numbering"
    if "blank" in kinds and _prefix(new) and _prefix(new) != _prefix(first):
        return "numbering" if len({_prefix(corner) for corner in corners}) == 1 else ""
    return ""


def _restarts(
    corners: list[Corner], new: Corner, ahead: list[Corner | Gap], *, loose: bool
) -> bool:
    """Whether the numbers begin again: the first, with the second behind it or a gap before it."""
    if new.point != corners[0].point or new.point.startswith("#") or _same(corners[0], new):
        return False
    labels = [corner.point for corner in corners]
    if len(labels) < 3 or len({*labels}) < len(labels):
        return False
    second = ahead[0] if ahead and isinstance(ahead[0], Corner) else None
    return second is not None and (loose or second.point == labels[1])


def _is_closed(corners: list[Corner]) -> bool:
    first, last = corners[0], corners[-1]
    unnamed = first.point.startswith("#") or last.point.startswith("#")
    return len(corners) > 3 and _same(first, last) and (unnamed or first.point == last.point)


def _same(one: Corner, other: Corner) -> bool:
    close = 1e-8 if abs(one.first) <= 360 else 1e-3
    return abs(one.first - other.first) <= close and abs(one.second - other.second) <= close


def _prefix(corner: Corner) -> str:
    found = _PREFIX.match(corner.point)
    return found[0].upper() if found else ""


# What the parcels of a table are called, which is meant, and where they lie one on another.

_MOST_NAMED = 20
_TOUCH_M2 = 0.01  # below it neighbours share an edge that was rounded twice
SIGNS = {
    "column": "site.parcels-column",
    "title": "site.parcels-title",
    "closed": "site.parcels-closed",
    "numbering": "site.parcels-numbering",
    "blank": "site.parcels-blank",
}


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
        log_row(code, count=len(parcels), times=seen.count(sign))
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


def tell_overlaps(
    parcels: list[tuple[str, Polygon]], crs: pyproj.CRS, region: Region
) -> list[dict[str, object]]:
    """Parcels that lie on one another; a whole parcel inside another may be a hole of it.

    Raises
    ------
    SiteError
        Two parcels are the same.
    LayerError
        What two have in common could not be computed.
    """
    shapes = _in_metres([shape for _, shape in parcels], crs, region)
    sound = [shape.is_valid for shape in shapes]
    log, seen = [], 0
    for i, j in zip(*shapely.STRtree(shapes).query(shapes, predicate="intersects"), strict=True):
        if i >= j or not (sound[i] and sound[j]):
            continue
        cut = intersect(np.array([shapes[i]]), np.array([shapes[j]]))
        if cut.lost.any():
            raise LayerError("combine.not-computed", found=1)
        common = shapely.area(cut.shape[0])
        if common <= _TOUCH_M2:
            continue
        names = {"one": parcels[i][0], "other": parcels[j][0], "area_m2": round(float(common), 2)}
        areas = sorted((shapes[i].area, shapes[j].area))
        if areas[1] - common <= _TOUCH_M2:
            raise SiteError("site.parcels-same", one=names["one"], other=names["other"])
        seen += 1
        if seen <= _MOST_NAMED:
            inside = areas[0] - common <= _TOUCH_M2
            log.append(log_row("site.parcel-inside" if inside else "site.parcels-overlap", **names))
    return log


def _in_metres(shapes: list[Polygon], crs: pyproj.CRS, region: Region) -> list[Polygon]:
    try:
        return list(move_geometries(shapes, crs, plane_of(region), region=region))
    except CrsError:
        return shapes


# The areas a table states, each held against the ring it is about.


@dataclass
class Ring:
    """One parcel on its way: corners as written, places in the CRS of the table, area."""

    name: str
    parcel: Parcel
    corners: list[Corner]
    places: np.ndarray
    area_m2: float = float("nan")
    stated: list[Stated] = field(default_factory=list)
    stated_m2: float | None = None  # what the table states of its area, where it can be read


def hold_areas(
    rings: list[Ring], chosen: list[int], found: Corners, region: Region
) -> tuple[float | None, Log]:
    """What the table states of its areas, and how far the corners are from it."""
    totals: list[Stated] = []
    log: Log = []
    for index, ring in enumerate(rings):
        rows = {corner.row for corner in ring.parcel.corners}
        cells = {text for row, text in found.areas.items() if row in rows}
        own = [read_area_cell(text, hectares=found.per_hectare) for text in sorted(cells)]
        for text in ring.parcel.texts:
            stated = read_area(text)
            above = index == 0 and text in found.titles and not names_parcel(text)
            if stated and (stated.total or above) and len(rings) > 1:
                totals.append(stated)
            elif stated:
                own.append(stated)
        ring.stated = [stated for stated in own if stated]
    whole = chosen == list(range(len(rings)))
    known: dict[int, float] = {}
    for index in chosen:
        ring = rings[index]
        for stated in ring.stated:
            held = hold_area(stated, ring.area_m2, region, ring.name if len(rings) > 1 else "")
            log += held.log
            if held.stated_m2 is not None:
                known[index] = ring.stated_m2 = held.stated_m2
    if whole and totals:
        held = hold_area(totals[0], sum(ring.area_m2 for ring in rings), region)
        return held.stated_m2, [*log, *held.log]
    return (sum(known.values()) if set(known) == {*chosen} else None), log


def tell_parcels(rings: list[Ring], chosen: list[int]) -> Log:
    """Each parcel with its corners and area; those left out, too."""
    log = []
    for index, ring in enumerate(rings):
        values = {
            "number": index + 1,
            "name": ring.name,
            "corners": len(ring.places),
            "area_m2": round(ring.area_m2, 2),
        }
        code = "site.parcel" if index in chosen else "site.parcel-left-out"
        log.append(log_row(code, **values))
    return log
