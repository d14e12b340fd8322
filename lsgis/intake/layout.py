"""Where a table begins: titles above it, a heading over one or two rows, numbered columns."""

import re
from dataclasses import dataclass, field
from typing import Any

from lsgis.intake.name import bare_name
from lsgis.intake.number import is_number

_MOST_ABOVE = 30  # rows in which a heading is looked for
_NUMBERED = re.compile(r"[\(\[]\s*(\d{1,2}|[A-Z])(?:\s*=.*)?\s*[\)\]]|(\d{1,2}|[A-Z])(?:\.0)?")
_PLACES = ("toado", "coord")
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 0
Told = tuple[str, str, str, str]


@dataclass
class Table:
    """Names of columns, the rows below them with their numbers in the file, and what was told."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    numbers: list[int]  # from 1
    told: list[Told] = field(default_factory=list)


def lay_out(cells: list[tuple[Any, ...]], merged: list[Area] | None = None) -> Table:
    """The table in rows of cells: nothing above it or in it is left out untold.

    Parameters
    ----------
    cells
        Rows of a sheet or a delimited text, from the first.
    merged
        Merged cells, where the file knows them; values stand in the first cell.
    """
    at = _heading(cells)
    depth = _depth(cells, at, merged)
    told = _titles(cells[:at])
    wide = max((len(row) for row in cells[at : at + depth]), default=0)
    names = _names(cells[at : at + depth], wide, at, merged or [])
    if depth > 1:
        told.append(("heading-rows", f"{at + 1}-{at + depth}", str(depth), ", ".join(names)))
    start = at + depth
    if start < len(cells) and _is_numbered(cells[start]):
        told.append(("row-of-numbers", str(start + 1), _shown(cells[start]), ""))
        start += 1
    rows = [list(row) for row in cells]
    told += _fill(rows, merged or [], start, wide)
    kept = [i for i in range(start, len(rows)) if any(_filled(cell) for cell in rows[i])]
    return Table(names, [tuple(rows[i]) for i in kept], [i + 1 for i in kept], told)


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and not is_number(cell)


def _heading(cells: list[tuple[Any, ...]]) -> int:
    """Position of the heading: the first row of words that is about as wide as the table."""
    filled = [[cell for cell in row if _filled(cell)] for row in cells]
    wide = max(map(len, filled), default=0)
    for index, row in enumerate(filled[:_MOST_ABOVE]):
        if len(row) >= max(2, (wide + 1) // 2) and all(map(_is_word, row)):
            return index
    return next((i for i, row in enumerate(filled) if row), 0)


def _depth(cells: list[tuple[Any, ...]], at: int, merged: list[Area] | None) -> int:
    """How many rows a heading has: two or more where its cells are merged, or leave room."""
    if at + 1 >= len(cells):
        return 1
    below = cells[at + 1]
    words = [cell for cell in below if _filled(cell)]
    if not words or not all(map(_is_word, words)) or _is_numbered(below):
        return 1
    if merged is not None:
        over = [area for area in merged if area[0] <= at <= area[2]]
        across = any(area[3] > area[1] for area in over)
        return max([area[2] - at + 1 for area in over] + [1 + across])
    top = [*cells[at], *[None] * (len(below) - len(cells[at]))]
    room = any(_filled(b) and not _filled(t) for t, b in zip(top, below, strict=False))
    covered = all(not _filled(below[i]) or _opens(top, i) for i in range(min(len(top), len(below))))
    return 2 if room and covered else 1


def _opens(top: list[Any], index: int) -> bool:
    """Whether a cell of a heading is part of a group: blank itself, or with a blank behind it."""
    behind = index + 1 < len(top) and not _filled(top[index + 1])
    return not _filled(top[index]) or behind


def _names(rows: list[tuple[Any, ...]], wide: int, at: int, merged: list[Area]) -> list[str]:
    """Name of each column: the words over it, those of a group before its own."""
    grid = [[*row, *[None] * (wide - len(row))] for row in rows]
    for first, left, last, right in merged:
        if at <= first < at + len(grid) and left < wide:
            for row in range(first, min(last, at + len(grid) - 1) + 1):
                for column in range(left, min(right, wide - 1) + 1):
                    grid[row - at][column] = grid[first - at][left]
    if not merged and len(grid) > 1:  # a group goes on until the next word
        for column in range(1, wide):
            if not _filled(grid[0][column]) and _filled(grid[1][column]):
                grid[0][column] = grid[0][column - 1]
    found = []
    for column in range(wide):
        words = list(
            dict.fromkeys(str(row[column]).strip() for row in grid if _filled(row[column]))
        )
        if len(words) > 1 and bare_name(words[0]).startswith(_PLACES):
            words = words[1:]
        found.append(" ".join(" ".join(words).split()) or f"field_{column + 1}")
    return [n if found.index(n) == i else f"{n}_{i + 1}" for i, n in enumerate(found)]


def _is_numbered(row: tuple[Any, ...]) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3), or A B 1 2."""
    found = [_NUMBERED.fullmatch(str(cell).strip()) for cell in row if _filled(cell)]
    marks = [(match[1] or match[2]) if match else "" for match in found]
    letters = [mark for mark in marks if mark.isalpha()]
    steps = [int(mark) for mark in marks if mark.isdigit()]
    follow = steps == list(range(1, len(steps) + 1)) and letters == [*"ABCDEFGH"[: len(letters)]]
    bracketed = all(match and match[1] for match in found)
    return all(marks) and follow and len(marks) >= (2 if bracketed else 4)


def _titles(rows: list[tuple[Any, ...]]) -> list[Told]:
    above = [(number, row) for number, row in enumerate(rows, 1) if any(map(_filled, row))]
    if not above:
        return []
    numbers = ", ".join(str(number) for number, _ in above)
    return [("title-rows", numbers, "; ".join(_shown(row) for _, row in above)[:300], "")]


def _shown(row: tuple[Any, ...]) -> str:
    return " ".join(" ".join(str(cell).split()) for cell in row if _filled(cell))


def _fill(rows: list[list[Any]], merged: list[Area], start: int, wide: int) -> list[Told]:
    """Cells merged downwards in the table count for every row they cover."""
    told = []
    for first, left, last, right in merged:
        if first < start or last == first or left != right or left >= wide or first >= len(rows):
            continue
        value = rows[first][left] if left < len(rows[first]) else None
        if not _filled(value):
            continue
        for row in rows[first + 1 : last + 1]:
            row += [None] * (left + 1 - len(row))
            if any(_filled(cell) for cell in row):
                row[left] = value
        told.append(("merged-cells", f"{first + 1}-{last + 1}", "", str(value)))
    return told
