"""The verdicts of many sites: a workbook that an office reads and prints, and CSV for programs."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsgis import disk
from lsgis.digest import list_software
from lsgis.sitecheck.batch_table import Cells
from lsgis.sitecheck.content import list_data, state_thresholds
from lsgis.sitecheck.declared import STATE, tell_minima
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.record import WORST_FIRST
from lsgis.spreadsheet import BOOK, harmless
from lsgis.text import family, family_of, say

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_COLUMN = family(
    "sitecheck.column-",
    "sitecheck.column-row",
    "sitecheck.column-name",
    "sitecheck.column-worst",
    "sitecheck.column-unknown",
    "sitecheck.column-strongest",
    "sitecheck.column-strongest_layer",
    "sitecheck.column-overlap_m2",
    "sitecheck.column-overlap_ha",
    "sitecheck.column-overlap_m",
    "sitecheck.column-distance_m",
    "sitecheck.column-e_m",
    "sitecheck.column-cautions",
    "sitecheck.column-kind",
    "sitecheck.column-area_m2",
    "sitecheck.column-area_ha",
    "sitecheck.column-accuracy_m",
    "sitecheck.column-communes",
    "sitecheck.column-communes_near",
    "sitecheck.column-place",
    "sitecheck.column-place-note",
    "sitecheck.column-outside_share",
    "sitecheck.column-id",
    "sitecheck.column-link",
    "sitecheck.column-error",
)

_PLACE = family(
    "sitecheck.place-",
    "sitecheck.place-agrees",
    "sitecheck.place-open",
    "sitecheck.place-near",
    "sitecheck.place-elsewhere",
    "sitecheck.place-differs",
    "sitecheck.place-contradicts",
    "sitecheck.place-unknown",
)

_KIND = family(
    "sitecheck.kind-",
    "sitecheck.kind-polygon",
    "sitecheck.kind-line",
    "sitecheck.kind-point",
)

_CAVEAT = family(
    "sitecheck.caveat-",
    "sitecheck.caveat-later",
    "sitecheck.caveat-unconfirmed",
    "sitecheck.caveat-not_computed",
)

_ABOUT = family(
    "sitecheck.about-",
    "sitecheck.about-day",
    "sitecheck.about-plan",
    "sitecheck.about-region",
    "sitecheck.about-digest",
    "sitecheck.about-rule",
    "sitecheck.about-assumed",
    "sitecheck.about-complete",
    "sitecheck.about-minima",
    "sitecheck.about-software",
    "sitecheck.about-sites",
    "sitecheck.about-checked",
    "sitecheck.about-failed",
    "sitecheck.about-cautious",
    "sitecheck.about-changed",
    "sitecheck.about-word",
    "sitecheck.about-outside",
)

_LAYER = family(
    "sitecheck.layer-",
    "sitecheck.layer-title",
    "sitecheck.layer-quality",
    "sitecheck.layer-accuracy_m",
    "sitecheck.layer-expected",
    "sitecheck.layer-located",
    "sitecheck.layer-min_area_m2",
    "sitecheck.layer-min_length_m",
    "sitecheck.layer-origin",
    "sitecheck.layer-input",
    "sitecheck.layer-crs",
    "sitecheck.layer-operation",
    "sitecheck.layer-licence",
    "sitecheck.layer-sha256",
)

# a workbook must state when it was made; the same rows give the same bytes
_MADE = datetime(2026, 2, 28)
DOSSIERS = "dossier"  # folder of the dossiers within that of a run
_FIRST = ("row", "name", "worst")
_STRONGEST = ("unknown", "strongest_layer", "overlap_m2", "overlap_m", "distance_m", "e_m")
_LAST = (
    "kind",
    "area_m2",
    "accuracy_m",
    "communes",
    "communes_near",
    "place",
    "outside_share",
    "id",
)
_SAID = ("strongest", "cautions", "place", "error")  # in words, in the language of the summary
_HECTARE_M2 = 10_000.0
_DIGITS = {
    "_m2": "#,##0.00",
    "_ha": "#,##0.0000",
    "_m": "#,##0.0",
    "_share": "0.00%",
}
_COLORS = {
    "affected": "#f4b6b0",
    "likely": "#f9d5b5",
    "possible": "#fdf0c2",
    "error": "#d9d2e9",
    "below_threshold": "#eef3d2",
    "not_affected": "#d5ead5",
}
_GIVEN, _FOUND = "#eef2f4", "#dbe7f1"  # headings of what came, and of what was found
_LONGEST = 32_767  # letters a cell of a workbook holds
_MOST_LINKS = 65_000  # a sheet holds 65,530
_FIRST_YEAR = 1900  # of the days a workbook knows
_NARROW = 14  # width up to which a text runs on instead of being broken into lines
_PAPER_A3 = 8


@dataclass(frozen=True)
class Run:
    """What a run asked of every site, and of which plan."""

    index: CheckIndex
    on: date
    complete: tuple[str, ...]
    assumed_accuracy_m: float
    minima: Mapping[int, Mapping[str, float]]  # of m² (2) and of m (1), by layer


def write_summary(
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    *,
    cells: Sequence[Cells],
    run: Run,
    lang: str,
    linked: bool = False,
) -> tuple[Path, Path]:
    """Write `sites.xlsx` and `sites.csv`: one row a site, one column a restricting layer.

    CSV: machine names, codes of states, unrounded; `assumed` names the layers whose state
    rests on an assumed accuracy, and up to how many metres it holds; `caveats` those whose
    state stands on zones planned later or unconfirmed alone. XLSX: what the table held as it
    came, states and figures under headings in `lang`, and a sheet on what was asked of which
    plan. In both, text stays text and never becomes a formula.

    Parameters
    ----------
    rows
        As `check_sites` keeps them.
    folder
        Existing folder; both files are written whole, or none.
    cells
        The row of the table that each is the answer to; none at all, or one for each.
    linked
        The dossiers in `folder/dossier/<row>` are linked to, relative to the workbook.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    layers = list(dict.fromkeys(layer for row in rows for layer in row["states"]))
    links = [_find_dossier(folder, row) if linked else {} for row in rows]
    content = {
        "sites.xlsx": _workbook(rows, cells, links, layers, run, lang),
        "sites.csv": _csv(rows, layers, lang),
    }
    with disk.whole_set(folder, code="sitecheck.unwritable-folder") as aside:
        for name, told in content.items():
            (aside / name).write_bytes(told)
    return folder / "sites.xlsx", folder / "sites.csv"


def dossier_folder(row: int) -> str:
    """Folder of the dossier of a row, within that of the run."""
    return f"{DOSSIERS}/{row:05d}"


def _find_dossier(folder: Path, row: Mapping[str, Any]) -> dict[str, str]:
    """Ending -> address of each document of a row's dossier, relative to the workbook."""
    if not row["id"]:
        return {}
    place = dossier_folder(row["row"])
    found = sorted((folder / place).glob(f"dossier-{row['id'][:12]}*"))
    return {p.suffix[1:]: f"{place}/{p.name}" for p in found if p.suffix != ".png"}


def _csv(rows: Sequence[Mapping[str, Any]], layers: Sequence[str], lang: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    notes = ("strongest", "cautions", "place_note", "error")
    writer.writerow([*_FIRST, *layers, *_LAST, *_STRONGEST, "assumed", "caveats", *notes])
    for row in rows:
        states = [row["states"].get(layer, "") for layer in layers]
        words = (row[f"{name}_{lang}"] for name in _SAID)
        figures = (row[name] for name in (*_LAST, *_STRONGEST))
        assumed = (f"{n}: {m:g}" if m is not None else n for n, m in row["assumed"].items())
        caveats = (f"{n}: {', '.join(told)}" for n, told in row["caveats"].items())
        told = [*(row[name] for name in _FIRST), *states, *figures]
        told += ["; ".join(assumed), "; ".join(caveats), *words]
        writer.writerow([harmless(value) for value in told])
    return text.getvalue().encode("utf-8-sig")  # spreadsheets need the mark for Vietnamese


# The workbook: a sheet of the sites, and one of what they were held against.


@dataclass(frozen=True)
class _Column:
    """A column of a sheet: heading, its cells from the first row on, how it looks."""

    title: str
    values: Sequence[Any]
    name: str = ""  # figures are written by its ending
    width: float = 14
    given: bool = False  # it came with the table


class _Book:
    """A workbook and the looks its cells share."""

    def __init__(self, book: "Workbook") -> None:
        self.book = book
        self._looks: dict[tuple[tuple[str, Any], ...], Format] = {}

    def look(self, **options: Any) -> "Format":
        """A look, made once."""
        key = tuple(sorted(options.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format({"valign": "top", **options})
        return self._looks[key]


def _workbook(
    rows: Sequence[Mapping[str, Any]],
    cells: Sequence[Cells],
    links: Sequence[Mapping[str, str]],
    layers: Sequence[str],
    run: Run,
    lang: str,
) -> bytes:
    import xlsxwriter  # only now: a single check needs no workbook

    content = io.BytesIO()
    options = BOOK | {"in_memory": True, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(content, options) as made:
        made.set_properties({"created": _MADE})
        book = _Book(made)
        titles = {name: run.index.layers[name]["title"][lang] for name in layers}
        columns = [*_given(rows, cells, lang), *_states(rows, titles, lang)]
        columns += [*_figures(rows, titles, lang), *_links(links, lang)]
        columns.append(_column("error", [row[f"error_{lang}"] for row in rows], lang, width=40))
        sheet = made.add_worksheet(say("sitecheck.sheet", lang))
        _lay_out(book, sheet, columns)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0, 1)
        _for_print(sheet, run, pages=2)
        about = made.add_worksheet(say("sitecheck.sheet-about", lang))
        _tell_run(book, about, rows, run, titles, lang)
        _for_print(about, run, pages=1)
    return content.getvalue()


def _for_print(sheet: "Worksheet", run: Run, *, pages: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A3)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.fit_to_pages(pages, 0)
    sheet.set_footer(f"&L{run.on.isoformat()} · {run.index.digest[:16]}&R&P/&N")


def _column(name: str, values: Sequence[Any], lang: str, *, width: float = 14) -> _Column:
    return _Column(say(_COLUMN[name], lang), values, name, width)


def _given(rows: Sequence[Mapping[str, Any]], cells: Sequence[Cells], lang: str) -> list[_Column]:
    """Number of the row, then the table as it came; the names alone where it is not at hand."""
    first = _column("row", [row["row"] for row in rows], lang, width=6)
    if not cells or not cells[0]:
        return [first, _column("name", [row["name"] for row in rows], lang, width=28)]
    headings = [heading for heading, _ in cells[0]]
    columns = [[row[n][1] for row in cells] for n in range(len(headings))]
    return [
        first,
        *(
            _Column(heading or "–", values, width=_width(values), given=True)
            for heading, values in zip(headings, columns, strict=True)
        ),
    ]


def _width(values: Sequence[Any]) -> float:
    return float(max(9, min(28, max((len(str(value)) + 1 for value in values), default=0))))


def _states(
    rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], lang: str
) -> list[_Column]:
    """The worst state of each site, how many layers nobody can speak of, and the state of each."""

    def told(states: Iterable[str | None]) -> list[tuple[str, str] | None]:
        return [(state, say(STATE[state], lang)) if state else None for state in states]

    worst = _column("worst", told(row["worst"] for row in rows), lang)
    unknown = _column("unknown", [row["unknown"] for row in rows], lang, width=10)
    each = [
        _Column(
            title,
            [
                state and (state[0], state[1] + _rest(row, layer, lang))
                for state, row in zip(
                    told(row["states"].get(layer) for row in rows), rows, strict=True
                )
            ],
        )
        for layer, title in titles.items()
    ]
    return [worst, unknown, *each]


def _rest(row: Mapping[str, Any], layer: str, lang: str) -> str:
    """What stands after the state of a layer: zones planned later, an assumed accuracy."""
    told = [say(_CAVEAT[caveat], lang) for caveat in row["caveats"].get(layer, ())]
    told += [say("sitecheck.on-word", lang)] if layer in row["vouched"] else []
    if layer not in row["assumed"]:
        return f" ({'; '.join(told)})" if told else ""
    holds, assumed = row["assumed"][layer], f"{row['assumed_accuracy_m']:g}"
    if holds is None:
        told.append(say("sitecheck.assumed-found", lang, e=assumed))
    else:
        told.append(say("sitecheck.assumed-holds", lang, e=assumed, holds=math.floor(holds)))
    return f" ({'; '.join(told)})"


def _figures(
    rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], lang: str
) -> list[_Column]:
    """The strongest finding with its figures, what to be cautious of, and the site itself."""

    def told(name: str, *, of: str = "", width: float = 14) -> _Column:
        return _column(name, [row[of or name] for row in rows], lang, width=width)

    layers = [titles.get(row["strongest_layer"], row["strongest_layer"]) for row in rows]
    kinds = [row["kind"] and say(_KIND[row["kind"]], lang) for row in rows]
    places = [row["place"] and say(_PLACE[row["place"]], lang) for row in rows]
    columns = [
        told("strongest", of=f"strongest_{lang}", width=28),
        _column("strongest_layer", layers, lang, width=24),
        told("overlap_m2"),
        _column("overlap_ha", [_hectares(row["overlap_m2"]) for row in rows], lang),
        told("overlap_m"),
        told("distance_m"),
        told("e_m", width=10),
        told("cautions", of=f"cautions_{lang}", width=48),
        _column("kind", kinds, lang, width=10),
        told("area_m2"),
        _column("area_ha", [_hectares(row["area_m2"]) for row in rows], lang),
        told("accuracy_m", width=10),
        told("communes", width=28),
        told("communes_near", width=28),
        _column("place", places, lang, width=20),
        told("place-note", of=f"place_{lang}", width=40),
        told("outside_share", width=11),
        told("id", width=18),
    ]
    return [c for c in columns if c.name != "overlap_m" or any(v is not None for v in c.values)]


def _hectares(area_m2: float | None) -> float | None:
    return None if area_m2 is None else area_m2 / _HECTARE_M2


def _links(links: Sequence[Mapping[str, str]], lang: str) -> list[_Column]:
    """A column for each kind of document that the dossiers hold."""
    kinds = list(dict.fromkeys(kind for files in links for kind in files))
    if len(kinds) * len(links) > _MOST_LINKS:
        kinds = kinds[: _MOST_LINKS // len(links)]
    return [
        _Column(
            say(_COLUMN["link"], lang, kind=kind.upper()),
            [files.get(kind) for files in links],
            "link",
            width=10,
        )
        for kind in kinds
    ]


def _lay_out(book: _Book, sheet: "Worksheet", columns: Sequence[_Column], *, top: int = 0) -> None:
    """Write columns beside each other under their headings."""
    for n, column in enumerate(columns):
        color = _GIVEN if column.given else _FOUND
        head = book.look(bold=True, text_wrap=True, border=1, bg_color=color)
        sheet.write_string(top, n, column.title[:_LONGEST], head)
        if not top:
            sheet.set_column(n, n, column.width)
        for line, value in enumerate(column.values, start=top + 1):
            _write(book, sheet, line, n, column, value)


def _write(book: _Book, sheet: "Worksheet", line: int, n: int, column: _Column, value: Any) -> None:
    """One cell: a figure, a day, a state in words, a link, or a text that stays text."""
    if value is None or value == "" or value != value:
        return
    if isinstance(value, tuple):
        state, told = value
        color = {"bg_color": _COLORS[state]} if state in _COLORS else {}
        sheet.write_string(line, n, told, book.look(text_wrap=True, **color))
    elif column.name == "link":
        look = book.look(font_color="#0b5c8a", underline=1)
        label = value.rpartition(".")[2].upper()
        sheet.write_url(line, n, f"external:{value}", look, label)
    elif isinstance(value, Real) and not isinstance(value, bool):
        form = next((f for ending, f in _DIGITS.items() if column.name.endswith(ending)), "")
        look = book.look(num_format=form) if form else book.look()
        sheet.write_number(line, n, float(value), look)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        known = value.replace(tzinfo=None) if isinstance(value, datetime) else value
        sheet.write_datetime(line, n, known, book.look(num_format="dd/mm/yyyy"))
    else:
        wide = not column.given and column.width > _NARROW
        sheet.write_string(line, n, str(value)[:_LONGEST], book.look(text_wrap=wide))


# The second sheet: what was asked, of which plan, and what came of it.


def _tell_run(
    book: _Book,
    sheet: "Worksheet",
    rows: Sequence[Mapping[str, Any]],
    run: Run,
    titles: Mapping[str, str],
    lang: str,
) -> None:
    """Day, plan and totals; the states by layer; thresholds and where each layer came from."""
    bold, bare = book.look(bold=True), book.look()
    facts = {**_asked(run, lang), **_totals(rows)}
    for line, (name, value) in enumerate(facts.items()):
        sheet.write_string(line, 0, say(_ABOUT[name], lang), bold)
        write = sheet.write_number if isinstance(value, int | float) else sheet.write_string
        write(line, 1, value, book.look(align="left"))
    line = len(facts) + 1
    for code in ("sitecheck.about-no-data", "sitecheck.about-incomplete"):
        sheet.write_string(line, 0, say(code, lang), bold if code.endswith("no-data") else bare)
        line += 1
    tables = (
        ("sitecheck.about-by-state", _count_states(rows, titles, lang)),
        ("sitecheck.about-by-layer", _describe_layers(run, titles, lang)),
    )
    for code, columns in tables:
        line += 1
        sheet.write_string(line, 0, say(code, lang), bold)
        _lay_out(book, sheet, columns, top=line + 1)
        line += 2 + len(columns[0].values)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, len(_LAYER), 15)


def _asked(run: Run, lang: str) -> dict[str, str | float]:
    """The question, in words: of what day and plan, on which assumptions."""
    region, rule = run.index.region, run.index.inputs["rule"]
    titles = [run.index.layers[name]["title"][lang] for name in run.complete]
    return {
        "day": f"{run.on:%d/%m/%Y}",
        "plan": f"{region.plan.title[lang]} ({region.plan.called[lang]})",
        "region": f"{region.name[lang]}, {region.crs}",
        "digest": run.index.digest,
        "rule": region.rules[rule][lang] if rule in region.rules else rule or "–",
        "assumed": run.assumed_accuracy_m,
        "complete": "; ".join(titles) or "–",
        "minima": tell_own_minima(run.index, run.minima, lang) or "–",
        "software": ", ".join(f"{name} {version}" for name, version in list_software().items()),
    }


def tell_own_minima(index: CheckIndex, minima: Mapping[int, Mapping[str, float]], lang: str) -> str:
    """Minima that whoever asked set, of m² (2) and of m (1), by the titles of their layers."""
    units = {2: "m²", 1: "m"}
    return "; ".join(
        f"{index.layers[name]['title'][lang]}: {tell_minima([(least, units[n])], lang)}"
        for n in units
        for name, least in sorted(minima[n].items())
    )


def _totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    failed = sum(row["worst"] == "error" for row in rows)
    return {
        "sites": len(rows),
        "checked": len(rows) - failed,
        "failed": failed,
        "cautious": sum(bool(row["cautions_vi"]) for row in rows),
        "changed": sum(bool(row["unset"]) for row in rows),
        "word": sum(bool(row["vouched"]) for row in rows),
        "outside": sum((row["outside_share"] or 0) > 0 for row in rows),
    }


def _count_states(
    rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], lang: str
) -> list[_Column]:
    """How many sites are in which state: over all, and by layer."""
    counts = [Counter(row["worst"] for row in rows)]
    counts += [Counter(row["states"].get(layer) for row in rows) for layer in titles]
    names = [say(_COLUMN["worst"], lang), *titles.values()]
    states = [
        _Column(say(STATE[state], lang), [count[state] for count in counts])
        for state in (*WORST_FIRST, "error")
    ]
    return [_Column(say(_LAYER["title"], lang), names), *states]


def _describe_layers(run: Run, titles: Mapping[str, str], lang: str) -> list[_Column]:
    """Thresholds, quality and provenance of the layers asked about, and of the borders."""
    index, words = run.index, family_of("word.")
    borders = [name for role in ("unit", "outline") for name in index.with_role(role)]
    names = [*titles, *borders]
    told = {row["layer"]: row for row in list_data(index)}
    used = state_thresholds(index, [*titles], run.complete, run.assumed_accuracy_m, run.minima)
    found: dict[str, list[Any]] = {
        "title": [index.layers[name]["title"][lang] for name in names],
        "quality": [told[name]["quality"] for name in names],
        **{key: [index.layers[name][key] for name in names] for key in ("expected", "located")},
        **{key: [used[key].get(name) for name in names] for key in ("min_area_m2", "min_length_m")},
    }
    for key in ("accuracy_m", "origin", "input", "crs", "operation", "licence", "sha256"):
        found[key] = [told[name][key] for name in names]
    for key in ("quality", "origin"):
        found[key] = [say(words[v], lang) if v in words else v for v in found[key]]
    return [_Column(say(_LAYER[key], lang), found[key], key) for key in _LAYER]
