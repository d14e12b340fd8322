"""The annex of a dossier: clauses cited, law, data sheet."""

from collections.abc import Mapping, Sequence

import msgspec

from lsgis.catalogue import layers_with_role, read_catalogue, tell_followed
from lsgis.region import Region
from lsgis.report.wording import (
    LAW_KIND,
    LEVEL,
    OUT_OF_FORCE,
    READ,
    STATUS,
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    cite,
    cite_clause,
    day,
    either,
    figure,
    heading,
    join_alike,
    keep_columns,
    layer_title,
    make_table,
    quality_cell,
    source_marks,
    source_numbers,
    without_blanks,
    word,
)
from lsgis.report.words import row_of, spoken
from lsgis.sitecheck.record import (
    ClauseStatus,
    Consequence,
    Contradiction,
    DataSource,
    SiteReport,
    Validity,
)
from lsgis.text import family, say

# Sections on what follows from the findings, and where documents disagree.

_EMPTY = family(
    "dossier.empty-consequences-",
    "dossier.empty-consequences-law",
    "dossier.empty-consequences-reported",
    "dossier.empty-consequences-guidance",
)

_TITLE = family(
    "dossier.consequences-",
    "dossier.consequences-law",
    "dossier.consequences-reported",
    "dossier.consequences-guidance",
)


def make_consequences(report: SiteReport, lang: str, region: Region) -> Section:
    """What the findings mean: law that has been read, what is only quoted of it, then advice.

    A statement that holds for several layers stands once, with all of them.
    """
    columns = (Column("consequence", 6.4), Column("standing", 1.7), Column("clauses", 2.4))
    blocks = []
    for code in ("law", "reported", "guidance"):
        said: dict[tuple[Cell, ...], list[str]] = {}
        for row in report.consequences:
            if _speaks_as(row) == code:
                told = (
                    Cell(_told(row, lang)),
                    _standing(row, lang),
                    Cell(cite(report, row.clauses, lang)),
                )
                layer = _said_of(report, row, lang, region)
                said.setdefault(told, []).append(layer)
        rows = _grouped(said, columns)
        title, empty = say(_TITLE[code], lang), _EMPTY[code]
        blocks.append(make_table(f"consequences-{code}", columns, rows, title=title, empty=empty))
    return Section("consequences", tuple(blocks))


def _said_of(report: SiteReport, row: Consequence, lang: str, region: Region) -> str:
    """The layer a statement is about; or that it binds a project wherever it lies."""
    if row.layer:
        return layer_title(report, row.layer, lang, region)
    return say("dossier.any-project", lang)


def _told(row: Consequence, lang: str) -> str:
    """What a consequence says, and that it holds only if the accuracy makes a distance smaller."""
    unsure = say("dossier.within-accuracy", lang) if row.within_accuracy else ""
    return "\n".join(filter(None, (either(row.text_vi, row.text_en, lang), unsure)))


def _grouped(
    said: Mapping[tuple[Cell, ...], list[str]], columns: Sequence[Column]
) -> list[Mapping[str, Cell] | Cell]:
    """What is said under the layers that it is said of."""
    groups: dict[str, list[Mapping[str, Cell] | Cell]] = {}
    for told, layers in said.items():
        head = "; ".join(layers)
        row = {column.code: cell for column, cell in zip(columns, told, strict=True)}
        groups.setdefault(head, [Cell(head)]).append(row)
    return [row for rows in groups.values() for row in rows]


def _speaks_as(row: Consequence) -> str:
    """Law where its whole text was read, what pages tell of it, or advice and the unread."""
    if row.kind != "law" or not row.level:
        return "guidance"
    return "law" if row.verified else "reported"


def _standing(row: Consequence, lang: str) -> Cell:
    """Law or advice, and how far it was read; what nobody has read is marked wherever it stands."""
    text = word(LAW_KIND, row.kind, lang)
    short = say("law.level-short", lang, level=row.level)  # the title of the table says it whole
    read = short if row.level else say("dossier.unverified", lang)
    look = "law" if row.verified else "guidance"
    return Cell(f"{text}: {read}", look=f"standing {look}")


def make_contradictions(report: SiteReport, lang: str) -> Section:
    """Where documents disagree about something that touches this result."""
    columns = (
        Column("subject", 2),
        Column("says_a", 2.4),
        Column("says_b", 2.4),
        Column("followed", 1.5),
        Column("note", 2.6),
    )
    rows = [
        {
            "subject": Cell(_subject(row, lang)),
            "says_a": Cell(f"{row.document_a}: {row.says_a}"),
            "says_b": Cell(f"{row.document_b}: {row.says_b}"),
            "followed": Cell(tell_followed(msgspec.structs.asdict(row), lang)),
            "note": Cell(either(row.note_vi, row.note_en, lang)),
        }
        for row in report.contradictions
    ]
    empty = "dossier.empty-contradictions"
    return Section("contradictions", (make_table("contradictions", columns, rows, empty=empty),))


def _subject(row: Contradiction, lang: str) -> str:
    """What documents disagree about; whether it is about a commune that the site only may be in."""
    perhaps = say("dossier.perhaps-here", lang) if row.here == "possible" else ""
    return "\n".join(filter(None, (either(row.subject_vi, row.subject_en, lang), perhaps)))


# The section about clauses: whether the plan is that of the day, and how each clause stands.


def make_clauses(report: SiteReport, lang: str) -> Section:
    """Every clause cited, act by act, with its dates and its standing on the day asked about."""
    validity = tuple(tell_validity(row, lang) for row in report.validity)
    lead = Sentence("dossier.clauses-lead", {"on": day(report.on)})
    blocks: tuple[Table | Sentence, ...] = (*validity, lead, _by_act(report, lang))
    return Section("clauses", blocks, rows=(_one_a_row(report, lang),))


def tell_validity(row: Validity, lang: str) -> Sentence:
    """Whether the communes, or the zones, are those of the day; a warning when they are not."""
    look = "" if row.valid else "warning"
    return Sentence("dossier.validity", {"text": either(row.text_vi, row.text_en, lang)}, look)


def _by_act(report: SiteReport, lang: str) -> Table:
    """Clauses of an act under what is said of all of them, which says nothing of the act."""
    groups: dict[tuple[str, ...], list[ClauseStatus]] = {}
    for clause in report.clauses:
        groups.setdefault((clause.instrument, *_facts(clause, lang)), []).append(clause)
    order = sorted(groups, key=lambda key: groups[key][0].status not in OUT_OF_FORCE)
    rows: list[Mapping[str, Cell] | Cell] = []
    for key in order:
        instrument, *facts = key
        told = "; ".join(filter(None, facts))
        head = say("dossier.clauses-of", lang, act=instrument or "–", told=told)
        rows.append(Cell(head, look=f"law {groups[key][0].status}"))
        rows += [
            {"clause": Cell(_where(report, clause)), "content": Cell(_content(clause, lang))}
            for clause in groups[key]
        ]
    return make_table("clauses", (Column("clause", 2), Column("content", 7)), rows)


def _facts(clause: ClauseStatus, lang: str) -> tuple[str, ...]:
    """How a clause stands, from when to when, why, and how far it was read."""
    start, end, note = clause.effective, clause.repealed, _note(clause, lang)
    known = "dossier.clause-since" if clause.status == "unknown" else "dossier.clause-from"
    code = known if start else "dossier.clause-undated"
    since = say(code, lang, on=day(start))
    until = say("dossier.clause-until", lang, on=day(end)) if end and not note else ""
    status = word(STATUS, clause.status, lang)
    if clause.status in OUT_OF_FORCE:
        status = status.upper()
    return (status, since, until, note, _how_read(clause, lang))


def _how_read(clause: ClauseStatus, lang: str) -> str:
    return word(LEVEL, clause.level, lang) if clause.level else word(READ, "U", lang)


def _where(report: SiteReport, clause: ClauseStatus) -> str:
    """Article, and the numbers of the pages where it was read."""
    marks = source_marks(report, clause.sources) if clause.sources else ""
    return "\n".join(filter(None, (clause.article or "–", marks)))


def _note(clause: ClauseStatus, lang: str) -> str:
    return clause.note_vi if lang == "vi" else clause.note_en


def _content(clause: ClauseStatus, lang: str) -> str:
    title = either(clause.title_vi, clause.title_en, lang)
    return "\n".join(filter(None, (title, clause.text_vi)))


def _one_a_row(report: SiteReport, lang: str) -> Table:
    """The same for a spreadsheet: one clause a row."""
    columns = (
        Column("clause", 2),
        Column("content", 3.4),
        Column("effective", 1.3),
        Column("repealed", 1.3),
        Column("status", 2.3),
        Column("read", 1.2),
    )
    rows = [
        {
            "clause": Cell(cite_clause(clause)),
            "content": Cell(_content(clause, lang)),
            "effective": Cell(day(clause.effective), look="day"),
            "repealed": Cell(day(clause.repealed), look="day"),
            "status": Cell(_status(clause, lang), look=f"law {clause.status}"),
            "read": Cell(
                "\n".join((_how_read(clause, lang), source_marks(report, clause.sources)))
            ),
        }
        for clause in report.clauses
    ]
    return make_table("clauses", columns, rows)


def _status(clause: ClauseStatus, lang: str) -> str:
    return "\n".join(filter(None, (word(STATUS, clause.status, lang), _note(clause, lang))))


# The data sheet: which data answered, where they came from, how good they are.

_COLUMNS = (
    Column("layer", 2.6),
    Column("origin", 1.3),
    Column("input", 2.6),
    Column("quality", 1.2),
    Column("accuracy", 0.9, True),
    Column("crs", 1.2),
    Column("operation", 1.6),
    Column("licence", 1.2),
    Column("sha256", 3.4),
)
_OFTEN_ALIKE = ("origin", "crs", "operation", "licence")
_CONTEXT = ("unit", "outline", "partition", "zoning")  # roles of the layers a context tells of


def make_data(report: SiteReport, lang: str, region: Region) -> Section:
    """Restricting layers and those of the context; a spreadsheet gets every layer of the plan."""
    rows = {
        row.layer: _data_row(report, number, row, lang, region)
        for number, row in enumerate(report.data)
    }
    used = _used(report, region)
    kept = [row for layer, row in rows.items() if layer in used]
    nothing = [row["layer"].text for row in kept if row["input"].text == "–"]
    told = make_table("data", _COLUMNS, [row for row in kept if row["input"].text != "–"])
    table, common = _without_common(told, lang)
    versions = ", ".join(
        f"{name} {version}" for name, version in msgspec.structs.asdict(report.software).items()
    )
    others = Cell(str(len(rows) - len(kept)), kind="count")
    notes = [Sentence("dossier.data-common", {"told": common})] if common else []
    after = [Sentence("dossier.data-none", {"layers": "; ".join(nothing)})] if nothing else []
    after += [Sentence("dossier.data-others", {"count": others})] if others.text != "0" else []
    software = Sentence("dossier.software", {"versions": versions})
    whole = make_table("data", _COLUMNS, rows.values())
    blocks: tuple[Table | Sentence, ...] = (*notes, join_alike(table), *after, software)
    return Section("data", blocks, rows=(whole,), annex=True)


def _used(report: SiteReport, region: Region) -> set[str]:
    """Layers that a verdict or the context of this report rests on."""
    catalogue = read_catalogue(region)
    around = {layer.name for role in _CONTEXT for layer in layers_with_role(catalogue, role)}
    places = {row.layer for row in (*report.context.corridors, *report.context.nearest)}
    return {theme.layer for theme in report.themes} | places | around


def _data_row(
    report: SiteReport, number: int, row: DataSource, lang: str, region: Region
) -> Mapping[str, Cell]:
    return {
        "layer": Cell(layer_title(report, row.layer, lang, region)),
        "origin": Cell(str(spoken("origin", row.origin, lang, region=region) or "–")),
        "input": Cell(row.input or "–"),
        "quality": quality_cell(row.quality, lang, region),
        "accuracy": figure(report, f"/data/{number}/accuracy_m", "m", lang, digits=0),
        "crs": Cell(row.crs or "–"),
        "operation": Cell(row.operation or "–"),
        "licence": Cell(row.licence or "–"),
        "sha256": Cell(row.sha256 or "–", look="hash"),
    }


def _without_common(table: Table, lang: str) -> tuple[Table, str]:
    """The table without the columns that say the same in every row, and what those say."""
    told, kept = [], []
    for n, column in enumerate(table.columns):
        texts = {row[n].text for row in table.rows}
        if column.code in _OFTEN_ALIKE and len(texts) == 1:
            text = texts.pop()
            told += [f"{heading(column, lang)}: {text}"] if text != "–" else []
        else:
            kept.append(n)
    return keep_columns(table, kept), "; ".join(told)


def make_sources(report: SiteReport, region: Region) -> Section:
    """Titles of the sources that findings and clauses name, from the register of sources."""
    columns = (
        Column("mark", 0.6),
        Column("source_title", 5),
        Column("document", 3),
        Column("retrieved", 1.2),
        Column("code", 1.8),
    )
    rows = []
    for name, number in source_numbers(report).items():
        known = row_of("source", "source", name, region)
        rows.append(
            {
                "mark": Cell(f"[{number}]"),
                "source_title": Cell(known.get("title") or "–"),
                "document": Cell(known.get("url_or_document") or "–"),
                "retrieved": Cell(known.get("retrieved") or "–"),
                "code": Cell(name),
            }
        )
    table = without_blanks(make_table("sources", columns, rows))
    return Section("sources", (table,), annex=True)
