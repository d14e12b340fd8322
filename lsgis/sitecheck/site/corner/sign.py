"""What says that a new parcel of a table begins."""

import re

from lsgis.sitecheck.site.corner.area import states_area
from lsgis.sitecheck.site.corner.entry import Corner, Gap
from lsgis.sitecheck.site.corner.heading import names_parcel

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
