"""Where one parcel of a table ends and the next begins, by signs that stand in the table.

A column of parcels, a title ("Thửa số 2", "Khu B"), a line of its area, numbering that
starts again, a ring closed by its first point: each of them parts two parcels. Text that
is none of this is refused, for nobody can say what it means. A blank row alone parts
nothing, unless one ring of all the corners would cross itself while several would not.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from shapely.geometry import Polygon

from lsgis.errors import SiteError
from lsgis.sitecheck.site.corner.entry import Corner, Corners, Gap
from lsgis.sitecheck.site.corner.heading import names_parcel
from lsgis.sitecheck.site.corner.sign import find_sign
from lsgis.sitecheck.site.drawing import plain_text, told

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
    parcels: list[Parcel] = [Parcel([], _title(found.titles), texts=[*found.titles])]
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
        found.log.append(told("site.rows-skipped", rows=rows, text=text))


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
    found.log.append(told("site.blank-rows", rows=rows, count=len(parcel.blanks)))
    return [parcel]


def _is_sound(corners: list[Corner]) -> bool:
    ring = [(corner.second, corner.first) for corner in corners]
    return len(ring) > 2 and Polygon(ring).is_valid
