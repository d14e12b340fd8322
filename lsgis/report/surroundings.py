"""What lies around a site: commune, surroundings, place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import shapely

from lsgis.catalogue import read_catalogue
from lsgis.region import Region
from lsgis.report.wording import (
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    accuracy_cell,
    area_cell,
    bearing_cell,
    clean,
    day,
    distance_cells,
    either,
    figure,
    layer_title,
    make_table,
    named,
    theme_title,
    word,
)
from lsgis.report.words import row_of, spoken
from lsgis.sitecheck.record import (
    Band,
    ClassShare,
    CommuneNear,
    CommuneShare,
    LayerVerdict,
    NearestPlace,
    SiteReport,
    Spread,
    Terrain,
    ZoneShare,
)
from lsgis.sitecheck.record_json import as_report
from lsgis.text import family, format_number, say, say_row

if TYPE_CHECKING:
    from lsgis.report.printmap import Thing
    from lsgis.sitecheck.index import CheckIndex


# The section about what lies around the site: communes, zones, corridors, the nearest places.

_FACT = family(
    "dossier.x-",
    "dossier.x-communes",
    "dossier.x-communes_near",
    "dossier.x-outside",
    "dossier.x-socio_economic_zone",
    "dossier.x-environmental_zone",
    "dossier.x-name",
    "dossier.x-crs",
    "dossier.x-cell_m",
    "dossier.x-cells",
    "dossier.x-cells_without_data",
    "dossier.x-elevation_m",
    "dossier.x-slope_deg",
    "dossier.x-min",
    "dossier.x-mean",
    "dossier.x-max",
)

_PART = (
    Column("where", 1.8),
    Column("name", 4),
    Column("area", 2, True),
    Column("share", 1.2, True),
    Column("distance", 1.2, True),
    Column("e", 1.1, True),
)
_PAIR = (Column("fact", 2.4), Column("value", 4))
_Part: TypeAlias = CommuneShare | CommuneNear | ZoneShare | ClassShare
_NEAREST = (
    Column("layer", 2.4),
    Column("name", 3.4),
    Column("distance", 1.3, True),
    Column("bearing", 1.3),
    Column("accuracy", 1.3, True),
)


def make_context(report: SiteReport, lang: str, region: Region) -> Section:
    """Communes with shares, zones, corridors, the nearest of each layer, terrain when given."""
    context = report.context
    rows = _rows(report, "communes", context.communes, lang, region)
    rows += _rows(report, "communes_near", context.communes_near, lang, region)
    if context.outside_m2:
        rows.append(
            {
                "where": Cell(say("dossier.x-outside", lang)),
                "name": Cell("–"),
                "area": area_cell(report, "/context/outside_m2", lang),
                "share": figure(report, "/context/outside_share", "percent", lang),
                "distance": Cell("–"),
                "e": Cell("–"),
            }
        )
    rows += _rows(report, "socio_economic_zone", context.socio_economic_zone, lang, region)
    rows += _rows(report, "environmental_zone", context.environmental_zone, lang, region)
    blocks: list[Table | Sentence] = [make_table("context", _PART, rows)]
    if any(row.provisional for row in context.environmental_zone):
        blocks.append(Sentence("dossier.context-provisional"))
    nearest = [
        _nearest(report, f"/context/{name}/{number}", row, lang, region)
        for name, found in (("corridors", context.corridors), ("nearest", context.nearest))
        for number, row in enumerate(found)
    ]
    title = say("dossier.nearest-title", lang)
    blocks.append(make_table("nearest", _NEAREST, nearest, title=title))
    blocks.append(_bands(report, lang))
    if context.terrain:
        blocks.append(_terrain(report, context.terrain, lang))
    return Section("context", tuple(blocks))


def _rows(
    report: SiteReport,
    name: str,
    found: Sequence[_Part],
    lang: str,
    region: Region,
) -> list[dict[str, Cell]]:
    """Parts of the site under what they are parts of, which is said once."""
    return [
        {
            "where": Cell("" if number else say(_FACT[name], lang)),
            "name": Cell(_name(row, lang, region)),
            **_measures(report, f"/context/{name}/{number}", row, lang),
        }
        for number, row in enumerate(found)
    ]


def _measures(report: SiteReport, at: str, row: _Part, lang: str) -> dict[str, Cell]:
    """Area and share of a part, the way to a commune that is near, the ± of communes."""
    cells = dict.fromkeys(("area", "share", "distance", "e"), Cell("–"))
    if isinstance(row, CommuneNear):
        cells["distance"], cells["e"] = distance_cells(report, at, row, lang)
        return cells
    cells["area"] = area_cell(report, f"{at}/area_m2", lang)
    cells["share"] = figure(report, f"{at}/share", "percent", lang)
    if isinstance(row, CommuneShare):
        cells["e"] = accuracy_cell(report, at, row, lang)
    return cells


def _name(row: _Part, lang: str, region: Region) -> str:
    if isinstance(row, ClassShare):
        return str(spoken("zone", row.zone, lang, region=region))
    code = row.key if isinstance(row, ZoneShare) else row.code
    assumed = not isinstance(row, ZoneShare) and row.accuracy_assumed
    mark = f"\n{say('dossier.mark-accuracy_assumed', lang)}" if assumed else ""
    return f"{either(row.name_vi, row.name_en, lang, code)} ({code}){mark}"


def _nearest(
    report: SiteReport, at: str, row: NearestPlace, lang: str, region: Region
) -> dict[str, Cell]:
    coarse = row.accuracy_m is None or row.accuracy_m >= 10
    return {
        "layer": Cell(layer_title(report, row.layer, lang, region)),
        "name": Cell(named(row, lang) or say("dossier.nothing-located", lang)),
        "distance": figure(report, f"{at}/distance_m", "m", lang, digits=0 if coarse else 1),
        "bearing": bearing_cell(report, at, lang),
        "accuracy": figure(report, f"{at}/accuracy_m", "m", lang, digits=0),
    }


def _terrain(report: SiteReport, terrain: Terrain, lang: str) -> Table:
    """Elevation and slope as smallest, mean, largest; what the model is."""
    rows = []
    for key, value in msgspec.structs.asdict(terrain).items():
        at, title = f"/context/terrain/{key}", word(_FACT, key, lang)
        if isinstance(value, Spread):
            rows += [
                {
                    "fact": Cell(f"{title}, {word(_FACT, part, lang)}"),
                    "value": figure(report, f"{at}/{part}", "m", lang),
                }
                for part in value.__struct_fields__
            ]
        elif isinstance(value, int | float):
            kind = "count" if isinstance(value, int) else "m"
            rows.append({"fact": Cell(title), "value": figure(report, at, kind, lang)})
        else:
            rows.append({"fact": Cell(title), "value": Cell(value or "–")})
    return make_table("terrain", _PAIR, rows, title=say("dossier.terrain-title", lang))


def _bands(report: SiteReport, lang: str) -> Table:
    """How many features of each layer lie within each distance of its bands."""
    themes = [(n, theme) for n, theme in enumerate(report.themes) if theme.bands]
    widths = sorted({band.within_m for _, theme in themes for band in theme.bands})
    columns = (
        Column("layer", 4),
        *(Column(f"{m}", 1.2, True, f"≤ {format_number(m, 0, lang)} m") for m in widths),
    )
    rows = [
        {"layer": Cell(theme_title(theme, lang))} | _counts(report, number, theme, widths, lang)
        for number, theme in themes
    ]
    title, empty = say("dossier.bands-title", lang), "dossier.empty-bands"
    return make_table("bands", columns, rows, title=title, empty=empty)


def _counts(
    report: SiteReport, number: int, theme: LayerVerdict, widths: Sequence[float], lang: str
) -> dict[str, Cell]:
    places = {band.within_m: place for place, band in enumerate(theme.bands)}
    return {
        f"{m}": _band(report, f"/themes/{number}/bands/{places[m]}", theme.bands[places[m]], lang)
        if m in places
        else Cell("–")
        for m in widths
    }


def _band(report: SiteReport, at: str, band: Band, lang: str) -> Cell:
    """How many lie within a band: one number, or from how many to how many."""
    most = figure(report, f"{at}/most", "count", lang)
    return most if band.least == band.most else Cell(f"{band.least}–{most.text}")


# The section about the site itself: as it was given, as it was read.

_SIZE = family(
    "dossier.fact-",
    "dossier.fact-area_m2",
    "dossier.fact-length_m",
)

_SITE_FACT = family(
    "dossier.s-",
    "dossier.s-name",
    "dossier.s-kind",
    "dossier.s-type",
    "dossier.s-on",
    "dossier.s-area_m2",
    "dossier.s-area_ellipsoidal_m2",
    "dossier.s-area_certificate_m2",
    "dossier.s-length_m",
    "dossier.s-parts",
    "dossier.s-holes",
    "dossier.s-vertices",
    "dossier.s-accuracy_m",
    "dossier.s-northing",
    "dossier.s-easting",
    "dossier.s-lat",
    "dossier.s-lon",
    "dossier.s-crs_found",
    "dossier.s-operation",
    "dossier.s-input",
    "dossier.s-sha256",
)

_INPUT = family(
    "dossier.input-",
    "dossier.input-file",
    "dossier.input-table",
    "dossier.input-point",
    "dossier.input-wkt",
)

_KIND = family(
    "dossier.kind-",
    "dossier.kind-polygon",
    "dossier.kind-line",
    "dossier.kind-point",
)

_FIGURES = (
    ("area_m2", "m2"),
    ("area_ellipsoidal_m2", "m2"),
    ("area_certificate_m2", "m2"),
    ("length_m", "m"),
    ("parts", "count"),
    ("holes", "count"),
    ("vertices", "count"),
    ("accuracy_m", "m"),
    ("inside/northing", "coordinate"),
    ("inside/easting", "coordinate"),
    ("inside/lat", "lonlat"),
    ("inside/lon", "lonlat"),
)
_MOST_COMMUNES = 3
_IN_COMMUNE = {  # with a share, with an accuracy
    (True, True): "dossier.fact-commune-about",
    (True, False): "dossier.fact-commune",
    (False, True): "dossier.fact-commune-point-about",
    (False, False): "dossier.fact-commune-point",
}
_IN_HEAD = 1  # facts that the head of every page of paper says: the name
_PAIRS = (Column("fact", 3), Column("value", 2), Column("fact", 2.6), Column("value", 3))


def make_site(report: SiteReport, lang: str, region: Region) -> Section:
    """The site as it was given: areas three ways, where it lies, how it was read."""
    site = report.site
    facts = [
        ("name", Cell(site.name or "–")),
        ("kind", Cell(word(_KIND, site.kind, lang))),
        ("type", Cell(_project_type(report.type, lang, region))),
        ("on", Cell(day(report.on))),
    ]
    for key, kind in _FIGURES:
        at = f"/site/{key}"
        cell = area_cell(report, at, lang) if kind == "m2" else figure(report, at, kind, lang)
        if cell.at or (key == "area_certificate_m2" and site.kind == "polygon"):
            facts.append((key.rpartition("/")[2], cell))
    facts += [
        ("crs_found", Cell(site.crs_found or "–")),
        ("operation", Cell(site.operation or say("dossier.no-operation", lang))),
        ("input", Cell(site.input.name or word(_INPUT, site.input.kind, lang))),
        ("sha256", Cell(site.input.sha256, look="hash")),
    ]
    rows = [(Cell(say(_SITE_FACT[name], lang, crs=region.crs)), cell) for name, cell in facts]
    log = [{"log": Cell(say_row(entry, lang))} for entry in site.log]
    logs = (make_table("site-log", (Column("log"),), log),) if log else ()
    whole = Table("site", _PAIR, tuple(rows))
    return Section("site", (_two_beside(rows[_IN_HEAD:]), *logs), rows=(whole, *logs))


def _two_beside(rows: list[tuple[Cell, Cell]]) -> Table:
    """Facts in two columns, read down the first and then the second."""
    middle = (len(rows) + 1) // 2
    right = [*rows[middle:], (Cell(""), Cell(""))]
    return Table(
        "site", _PAIRS, tuple((*a, *b) for a, b in zip(rows[:middle], right, strict=False))
    )


def make_facts(report: SiteReport, lang: str, region: Region) -> tuple[Sentence, ...]:
    """The site in one line each: how large, in which communes, for what."""
    accuracy = figure(report, "/site/accuracy_m", "m", lang)
    facts = []
    for key, kind in (("area_m2", "m2"), ("length_m", "m")):
        cell = figure(report, f"/site/{key}", kind, lang)
        if cell.at:
            told: dict[str, Cell | str] = {"figure": cell, "accuracy": accuracy}
            if kind == "m2":
                told["ha"] = figure(report, f"/site/{key}", "ha", lang)
            facts.append(Sentence(_SIZE[key], told))
    if not facts:
        facts.append(Sentence("dossier.fact-point", {"accuracy": accuracy}))
    communes = report.context.communes
    for number, row in enumerate(communes[:_MOST_COMMUNES]):
        share = figure(report, f"/context/communes/{number}/share", "percent", lang)
        name, at = either(row.name_vi, row.name_en, lang), f"/context/communes/{number}"
        told = {"name": name}
        if report.site.kind != "point":  # a place has no part of it in a commune
            told["share"] = share
        if row.e_m:
            told["e"] = accuracy_cell(report, at, row, lang)
        facts.append(Sentence(_IN_COMMUNE["share" in told, "e" in told], told))
    more = len(communes) - _MOST_COMMUNES
    if more > 0:
        facts.append(Sentence("dossier.fact-more", {"count": Cell(str(more), kind="count")}))
    for number, near in enumerate(report.context.communes_near[:_MOST_COMMUNES]):
        at = f"/context/communes_near/{number}"
        distance, e = distance_cells(report, at, near, lang)
        name = either(near.name_vi, near.name_en, lang)
        told = {"name": name, "distance": distance, "e": e}
        facts.append(Sentence("dossier.fact-commune-near", told))
    project = _project_type(report.type, lang, region)
    return (*facts, Sentence("dossier.fact-type", {"type": project}))


def _project_type(code: str | None, lang: str, region: Region) -> str:
    if not code:
        return say("dossier.no-type", lang)
    return row_of("project_type", "code", code, region).get(f"title_{lang}", code)


# What lies around the site, as the caller gives it, ready to be drawn.

Shapes = Mapping[str, Sequence[tuple[shapely.Geometry, Mapping[str, Any]]]]

_BORDERS = ("unit", "outline")  # roles of the layers whose borders are drawn
_REACH_M = 16_000.0  # beyond the corners of a sheet at 1:100,000
_PLAIN = "#66727a"


def located(shapes: Shapes, layer: str, key: str) -> shapely.Geometry | None:
    """The geometry of a feature among the shapes, if it is given."""
    for geometry, attributes in shapes.get(layer, ()):
        if str(attributes.get("key")) == str(key) and not shapely.is_empty(geometry):
            return geometry
    return None


def surrounding_things(
    report: SiteReport, shapes: Shapes, layers: Iterable[str], lang: str, region: Region
) -> "list[Thing]":
    """Things to draw for some layers, looking as the catalogue says.

    Attributes used: `key`, `name_vi`, `name_en`, `quality`, `symbol`, `accuracy_m`.
    """
    things = []
    for layer in layers:
        for geometry, attributes in shapes[layer]:
            if geometry is not None and not geometry.is_empty:
                things.append(_thing(report, layer, geometry, attributes, lang, region))
    return things


def _thing(
    report: SiteReport,
    layer: str,
    geometry: shapely.Geometry,
    attributes: Mapping[str, Any],
    lang: str,
    region: Region,
) -> "Thing":
    from lsgis.report.printmap import Thing

    restricting = {theme.layer for theme in report.themes}
    known = read_catalogue(region).get(layer)
    style = known.style if known else None
    roles = known.roles if known else ()
    is_border = not {*_BORDERS}.isdisjoint(roles)
    schematic = attributes.get("quality") == "schematic" or bool(attributes.get("symbol"))
    kind = geometry.geom_type.removeprefix("Multi")
    role = {"Point": "point", "LineString": "line"}.get(kind, "zone")
    own_ground = known is not None and "Polygon" in known.accepts  # no border of neighbours
    if role == "zone" and layer not in restricting and not own_ground:
        role = "border"
    title = layer_title(report, layer, lang, region)
    if role == "border":
        title = say("dossier.m-border", lang, title=title)
    if schematic:
        title = say("dossier.m-schematic", lang, title=title)
    color = style.color if style and not is_border else _PLAIN
    label = _label(attributes, lang) if "outline" not in roles else ""
    width = 2.0 if "outline" in roles else 1.0
    shape = style.shape if style else "circle"
    coarse = 0.0 if is_border or layer in restricting else attributes.get("accuracy_m") or 0.0
    return Thing(
        geometry, role, title, color, label, schematic, shape, width=width, coarse_m=coarse
    )


def _label(attributes: Mapping[str, Any], lang: str) -> str:
    vi, en, key = (str(attributes.get(name) or "") for name in ("name_vi", "name_en", "key"))
    return clean(either(vi, en, lang, key))


def shapes_around(
    index: "CheckIndex", report: SiteReport | Mapping[str, Any]
) -> dict[str, list[tuple[shapely.Geometry, dict[str, Any]]]]:
    """What lies around a site, cut from an index: as far as a map at 1:100,000 can show.

    Parameters
    ----------
    index
        The index that the site was checked with.
    report
        Of the site, or its plain values.

    Returns
    -------
    dict
        `shapes` for `write_dossier`.
    """
    report = as_report(report)
    west, south, east, north = report.site.bounds
    window = shapely.box(west - _REACH_M, south - _REACH_M, east + _REACH_M, north + _REACH_M)
    restricting = [verdict.layer for verdict in report.themes]
    around = [name for role in (*_BORDERS, "around") for name in index.with_role(role)]
    return {
        layer: [
            (shapely.union_all(found.pieces), _attributes(found.feature))
            for found in index.overlay(layer, window)
        ]
        for layer in (*around, *restricting)
        if layer in index.layers
    }


def _attributes(feature: Any) -> dict[str, Any]:
    names = ("key", "name_vi", "name_en", "quality", "accuracy_m")
    return {name: getattr(feature, name) for name in names}
