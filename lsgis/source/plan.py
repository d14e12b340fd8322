"""A plan: every layer of the catalogue, wherever its geometry comes from."""

import hashlib
import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from lsgis.catalogue import (
    ByLayer,
    Layer,
    count_located,
    find_files,
    layer_with_role,
    read_catalogue,
    read_facts,
    read_register,
    require_layer,
)
from lsgis.catalogue.register import refuse_cells
from lsgis.check import Issue, check_layer, describe_issue, stopping_issues
from lsgis.check.identity import of_register
from lsgis.check.schema import blank
from lsgis.combine import compose_zones, is_located
from lsgis.crs import (
    VN2000_DEGREES,
    datum_operation,
    move_geometries,
    plane_of,
    require_crs,
    to_vn2000,
)
from lsgis.errors import CatalogueError, CrsError, LayerError, SourceError
from lsgis.intake import read_vector, rename_columns
from lsgis.intake.opening import read_plainly, require_kind, shut_network
from lsgis.region import Region, read_region, require_rule
from lsgis.source.embedded import (
    as_numbers,
    build_layer,
    complete,
    require_stated,
    with_geometry,
)
from lsgis.source.fetched import read_dataset, read_fetched
from lsgis.text import LANGUAGES, family, say

# The user's own files: one layer a file, or a GeoPackage of layers, named as the catalogue.

SUFFIXES = (".gpkg", ".geojson", ".shp", ".fgb", ".kml", ".kmz", ".tab", ".mif", ".parquet", ".gml")
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class OwnFile:
    """Where one layer of the user's plan lies: a file and, in a GeoPackage, a layer of it."""

    path: Path
    sublayer: str | None = None


def find_own(plan: Path, catalogue: Mapping[str, Layer]) -> dict[str, OwnFile]:
    """Which file of a plan folder or GeoPackage holds which layer of the catalogue.

    Raises
    ------
    SourceError
        No such folder or file, nothing in it, a layer named as none of the
        catalogue (it would be left out in silence), or one layer twice.
    """
    if not plan.exists():
        raise SourceError("source.no-plan", path=plan)
    if plan.is_dir():
        files = sorted(file for file in plan.iterdir() if file.suffix.lower() in SUFFIXES)
        pairs = [(file.stem, OwnFile(file)) for file in files]
    else:
        kinds = _list_sublayers(plan)
        pairs = [(str(n), OwnFile(plan, str(n))) for n, kind in kinds if kind is not None]
    names = [name for name, _ in pairs]
    if not names:
        raise SourceError("source.empty-plan", path=plan, suffixes=", ".join(SUFFIXES))
    unknown = [name for name in names if name not in catalogue]
    if unknown:
        known = ", ".join(catalogue)
        raise SourceError("source.unknown-layer", path=plan, found=", ".join(unknown), known=known)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError("source.layer-twice", path=plan, found=", ".join(twice))
    return dict(pairs)


def _list_sublayers(plan: Path) -> list[tuple[str, str | None]]:
    """Layers of a GeoPackage and their geometry; none of any other file."""
    if plan.suffix.lower() != ".gpkg":
        return []
    require_kind(plan)
    with read_plainly(plan) as plain, shut_network():
        return [(str(name), kind) for name, kind in pyogrio.list_layers(plain)]


def read_own(layer: Layer, file: OwnFile, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Features of one of the user's files as they lie there, columns named as the layer's.

    The CRS stays the file's: `check_layer` looks at the features before they move.

    Raises
    ------
    CrsError
        The file states no CRS and `crs` states none either.
    """
    frame = rename_columns(read_vector(file.path, layer=file.sublayer, crs=crs), layer)
    if frame.crs is None:
        raise CrsError("source.no-crs-own", path=file.path)
    if layer.key in frame:
        frame[layer.key] = frame[layer.key].astype("string").str.strip()
    return frame


def settle_own(layer: Layer, frame: gpd.GeoDataFrame, *, path: object) -> gpd.GeoDataFrame:
    """A user's features as a layer of the plan: in its plane, every shared column there.

    A layer that comes from a file also in lsgis (the communes) takes its facts
    from the register by key, and only the geometry and how sure it is from the user.
    Features that state no quality are "indicative", and no accuracy is made up for them; one
    that is no number is unknown. `path` is where they were read, for a message.

    Raises
    ------
    LayerError
        See `require_stated`.
    """
    require_crs(frame)
    require_stated(frame, layer, path)
    moved = to_vn2000(frame, region=layer.region)
    if layer.build.origin == "file":
        facts = read_register(layer.build.register, layer.region)
        facts = facts.drop(columns=["quality", "accuracy_m"], errors="ignore")
        moved = with_geometry(facts, moved, layer)
    for name in {"area_ha", "accuracy_m"} & {*moved.columns}:  # LS-FIELD-TYPE tells of others
        moved[name] = as_numbers(moved[name]).replace([np.inf, -np.inf], np.nan)
    if "quality" not in moved:
        moved["quality"] = "indicative"
    moved["quality"] = moved["quality"].mask(blank(moved["quality"]), "indicative")
    if "accuracy_m" not in moved:
        moved["accuracy_m"] = float("nan")
    return complete(moved, layer)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; of all its parts in order when it is a shapefile."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [p for s in _SHAPEFILE_PARTS if (p := path.with_suffix(s)).is_file()]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


# The environmental zones of the plan, composed from their parts as the Decision lists them.

ORDER = ("strict", "limited")
_PART = (
    *("zone", "part", "name_vi", "name_en", "clause", "layer", "source", "quality"),
    "accuracy_m",
)


def read_environmental_parts(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    rule: str | None = None,
    region: Region | None = None,
) -> gpd.GeoDataFrame:
    """Every part of the environmental zoning, with the geometry somebody has located.

    Parameters
    ----------
    layers
        Layers of a plan by name.
    rule
        A reading of the region (`Region.rules`); the first, which is followed, when
        None. For Lạng Sơn "339", the zones as the Decision lists them, and "decree_08",
        as Decree 08/2022, article 22 reads, where the two differ.
    region
        Whose zones; those of the region that travels with lsgis when None.

    Returns
    -------
    GeoDataFrame
        One row a feature of a part, one row for a part of which no feature is
        listed: `zone`, `part` ("nature_reserve/BT-01"), `name_vi`, `name_en`,
        `clause`, `layer`, `source`, `quality`, `accuracy_m`. Without geometry
        where nobody has located it.
    """
    region = region or read_region()
    rule = require_rule(rule, region)
    rows, column = read_register("environmental_part", region), f"zone_{rule}"
    if rule and len(rows) and column not in rows:
        known = ", ".join(rows.columns)
        raise CatalogueError("source.no-rule-column", rule=rule, column=column, known=known)
    _require_part_layers(rows, region)
    rows = rows.rename(columns={column: "zone"})
    nothing = gpd.GeoDataFrame({name: [] for name in _PART}, geometry=[], crs=plane_of(region))
    rows = rows[rows["zone"] != ""] if rule and len(rows) else rows.iloc[:0]
    parts = [_features(part, layers, region) for _, part in rows.iterrows()] or [nothing]
    joined = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=plane_of(region))


def _require_part_layers(rows: pd.DataFrame, region: Region) -> None:
    """Refuse parts of a layer that the catalogue has not, or that is itself made of the parts."""
    drawn = [n for n, layer in read_catalogue(region).items() if layer.build.origin != "compose"]
    lost = rows[~rows["layer"].isin(["", *drawn])]
    expected = ("catalogue.want-known", {"known": ", ".join(drawn)})
    cells = zip(lost["part"], lost["layer"], strict=True)
    wrong = [(part, "layer", expected, found) for part, found in cells]
    refuse_cells("environmental_part", region, wrong)


def _features(
    part: pd.Series, layers: Mapping[str, gpd.GeoDataFrame], region: Region
) -> gpd.GeoDataFrame:
    """Features of one part, located or not; the part itself when nobody has listed any."""
    plane = plane_of(region)
    features = layers[part["layer"]] if part["layer"] else gpd.GeoDataFrame(geometry=[], crs=plane)
    shared = {"zone": part["zone"], "layer": part["layer"], "clause": part["clause"]}
    if features.empty or part["zone"] not in ORDER:
        only = {name: [part[name]] for name in ("part", "name_vi", "name_en", "source")}
        only |= {"quality": ["none"], "accuracy_m": [float("nan")]}
        return gpd.GeoDataFrame(only, geometry=[None], crs=plane).assign(**shared)
    codes = features[require_layer(part["layer"], region).key]
    columns = ["name_vi", "name_en", "source", "quality", "accuracy_m", "geometry"]
    return features[columns].assign(part=part["part"] + "/" + codes.astype(str), **shared)


def compose_environmental_zones(
    parts: gpd.GeoDataFrame, province: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Strict; limited minus strict; other = the rest: pieces that partition the province.

    "Other" is where no part has been *located*; while parts are missing it is
    not a finding that nothing protects a place.

    Returns
    -------
    GeoDataFrame
        As `compose_zones`, its class also as `kind`, and as `part` where nobody names the part.
    """
    zones = compose_zones(parts, province, order=ORDER, rest="other")
    named = zones["part"].fillna("") != ""
    return zones.assign(kind=zones["zone"], part=zones["part"].where(named, zones["zone"]))


# A plan: every layer of the catalogue with the geometry at hand, and where each came from.

Progress = Callable[..., Iterable[Any]]
# what is made of other layers comes after them
_STEPS = ("file", "point", "line", "circle", "none", "dissolve", "union", "corridor", "compose")


_HEADING = family(
    "source.plan-",
    "source.plan-layer",
    "source.plan-title",
    "source.plan-located",
    "source.plan-quality",
    "source.plan-origin",
    "source.plan-input",
)


@dataclass(frozen=True, repr=False)
class Plan:
    """Layers of the plan and their provenance.

    `layers`: by name, in the plane of `region`; a name that is none is refused with the
    nearest of those there are. `provenance`: one row a layer (`layer`,
    `origin` embedded / fetched / own, `input`, `sha256`, `crs`, `operation`,
    `licence`). `parts`: the parts of the environmental zones. `issues`: what
    checking the user's own layers found. `rule`: the reading of the environmental zones
    that they were composed by; that of the region when None.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    provenance: pd.DataFrame
    parts: gpd.GeoDataFrame
    issues: tuple[Issue, ...]
    region: Region = field(default_factory=read_region)
    rule: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule", require_rule(self.rule or None, self.region))
        object.__setattr__(self, "layers", ByLayer(self.layers))

    @property
    def units(self) -> gpd.GeoDataFrame:
        """The communes: the layer with the role "unit"."""
        return self._with_role("unit")

    @property
    def outline(self) -> gpd.GeoDataFrame:
        """The province: the layer with the role "outline"."""
        return self._with_role("outline")

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """The environmental zones: the layer with the role "zoning"."""
        return self._with_role("zoning")

    def _with_role(self, role: str) -> gpd.GeoDataFrame:
        return self.layers[layer_with_role(read_catalogue(self.region), role).name]

    def __repr__(self) -> str:
        rows = _summary(self)
        located = int(rows["located"].sum())
        origins = ", ".join(f"{n} {origin}" for origin, n in rows["origin"].value_counts().items())
        return f"Plan: {len(rows)} layers ({origins}), {located} features located"

    def _repr_html_(self) -> str:
        """The same as a table, one row a layer: what a notebook shows."""
        rows = _summary(self)
        expected = rows["expected"].astype("Int64").astype("string").fillna("?")
        rows["located"] = rows["located"].astype("string") + " / " + expected
        shown = rows.drop(columns=["expected", "listed"])
        shown.columns = [" · ".join(_heading(column)) for column in shown.columns]
        table = str(shown.to_html(index=False, na_rep="–"))
        return f"<p>{html.escape(repr(self))}</p>{table}"


def _heading(column: str) -> list[str]:
    return [say(_HEADING[column], lang) for lang in LANGUAGES]


def _summary(plan: Plan) -> pd.DataFrame:
    """One row a layer: what it is called, located of expected, its quality, where it is from."""
    catalogue, inputs = read_catalogue(plan.region), plan.provenance.set_index("layer")
    rows = []
    for name, features in plan.layers.items():
        layer = catalogue.get(name)
        count = count_located(layer, of_register(layer, features)).iloc[0] if layer else {}
        rows.append(
            {
                "layer": name,
                "title": layer.title["vi"] if layer else "",
                "located": count.get("located", len(features)),
                "expected": count.get("expected", pd.NA),
                "listed": len(features),
                "quality": ", ".join(sorted(set(features.get("quality", ())) - {"none"})) or "none",
                "origin": inputs["origin"].get(name, ""),
                "input": inputs["input"].get(name, ""),
            }
        )
    return pd.DataFrame(rows)


def read_plan(
    *,
    communes: str | Path = "embedded",
    plan: str | Path | None = None,
    rule: str | None = None,
    crs: str | None = None,
    communes_crs: str | None = None,
    plan_crs: str | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    region: Region | None = None,
) -> Plan:
    """Read every layer of the catalogue: the user's where given, else what lsgis carries.

    Parameters
    ----------
    communes
        "embedded": the schematic communes that travel with lsgis; "fetched":
        the published boundaries that `fetch` brought; or the user's own file.
    plan
        Folder or GeoPackage whose layers are named as in the catalogue; they
        take the place of the embedded ones.
    rule
        Reading of the environmental zones, one of `Region.rules`; the first when None.
    crs
        CRS of own files that state none; one that states another is refused.
    communes_crs, plan_crs
        The same of the file of `communes`, and of those of `plan`, in place of `crs`.
    cache
        Folder of fetched files; the user's cache folder when None.
    progress
        `tqdm` or alike, called as `progress(items, desc=...)`; silent when None.
    region
        Whose plan; that of the region that travels with lsgis when None.

    Raises
    ------
    LayerError
        One of the user's layers has errors that make its answers worthless;
        all of them are listed. A feature says of its own place what cannot be.
    CatalogueError
        Registers and layer files of the region do not fit one another, or the region lies
        outside its box.
    CrsError
        The CRS of the region is no plane of VN-2000 in metres.
    """
    region = region or read_region()
    plane_of(region)  # or the first file to be moved would be blamed
    catalogue, rule = read_catalogue(region), require_rule(rule, region)
    unit, outline = (layer_with_role(catalogue, role) for role in ("unit", "outline"))
    own = find_own(Path(plan), catalogue) if plan is not None else {}
    systems: dict[str, str | None] = dict.fromkeys(own, plan_crs or crs)
    if str(communes) not in ("embedded", "fetched"):
        own = {**own, unit.name: OwnFile(Path(communes))}
        systems[unit.name] = communes_crs or crs
    order = sorted(catalogue.values(), key=lambda layer: _STEPS.index(layer.build.origin))
    frames: dict[str, gpd.GeoDataFrame] = {}
    rows: list[dict[str, object]] = []
    issues: list[Issue] = []
    for layer in order if progress is None else progress(order, desc="read_plan"):
        if layer.name in own:
            frames[layer.name], row, found = _own(layer, own[layer.name], systems[layer.name])
            issues += found
        elif layer is unit and str(communes) == "fetched":
            frames[layer.name], row = _fetched(layer, cache)
        elif layer.build.origin == "compose":
            parts = read_environmental_parts(frames, rule=rule or None, region=region)
            zones = compose_environmental_zones(parts, frames[outline.name])
            frames[layer.name], row = complete(zones, layer), _embedded(layer)
        else:
            frames[layer.name], row = build_layer(layer, frames), _embedded(layer)
        rows.append(row)
    _require_in_box(frames[outline.name], region)
    layers = ByLayer({name: frames[name] for name in catalogue})
    provenance = pd.DataFrame(rows).sort_values("layer", ignore_index=True)
    parts = read_environmental_parts(frames, rule=rule or None, region=region)
    return Plan(layers, provenance, parts, tuple(issues), region, rule or None)


def _require_in_box(outline: gpd.GeoDataFrame, region: Region) -> None:
    """Refuse a region that lies wholly outside its box (degrees on the datum of its CRS)."""
    drawn = outline.geometry[is_located(outline)]
    shapes = move_geometries(drawn.values, plane_of(region), VN2000_DEGREES, region=region)
    if len(shapes) and not shapely.intersects(shapes, shapely.box(*region.box)).any():
        box, found = (
            ", ".join(f"{degrees:.10g}" for degrees in edges)
            for edges in (region.box, shapely.total_bounds(shapes).round(4))
        )
        path = ", ".join(map(str, find_files("data/region.toml", region)))
        raise CatalogueError("source.outside-box", path=path, box=box, found=found)


def list_layers(plan: Plan) -> pd.DataFrame:
    """Expected, listed and located features of every layer, by type and phase, with quality.

    Returns
    -------
    DataFrame
        Rows of `count_located` with `theme`, `quality`, `accuracy_m` (m, 95 %,
        of the weakest located feature), `clause`, `origin`, `restricts`.
    """
    tables = []
    origin = plan.provenance.set_index("layer")["origin"]
    for name, layer in read_catalogue(plan.region).items():
        features = plan.layers[name]
        table = count_located(layer, of_register(layer, features))
        here = features[features["quality"] != "none"]
        ranks = ["schematic", "indicative", "authoritative"]
        table["quality"] = min(here["quality"], key=ranks.index) if len(here) else "none"
        table["accuracy_m"] = here["accuracy_m"].max(skipna=False) if len(here) else float("nan")
        table["theme"], table["clause"] = layer.theme, layer.legal.clause
        table["origin"], table["restricts"] = origin[name], layer.restricts
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def is_schematic(plan: Plan) -> bool:
    """Whether the communes, on which everything else is laid, are only a schematic drawing."""
    return bool((plan.units["quality"] == "schematic").any())


def _own(
    layer: Layer, file: OwnFile, crs: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, object], list[Issue]]:
    raw = read_own(layer, file, crs=crs)
    issues = check_layer(raw, layer, facts=read_facts(layer))
    errors = stopping_issues(issues, region=layer.region)
    if errors:
        found = {lang: _listed(errors, lang, layer.region) for lang in LANGUAGES}
        raise LayerError("source.broken-layer", layer=layer.name, path=file.path, found=found)
    row = {"input": file.path.name, "sha256": file_sha256(file.path), "crs": raw.crs.to_string()}
    return settle_own(layer, raw, path=file.path), _row(layer, "own", **row), issues


def _listed(issues: Iterable[Issue], lang: str, region: Region) -> str:
    told = [(issue.code, describe_issue(issue, lang, region=region)) for issue in issues]
    return "".join(f"\n  {code}: {said['message']} {said['todo']}" for code, said in told)


def _fetched(layer: Layer, cache: Path | None) -> tuple[gpd.GeoDataFrame, dict[str, object]]:
    raw = read_fetched(cache=cache, region=layer.region)
    dataset = read_dataset(layer.region)
    told = {"input": dataset.name, "licence": dataset["licence"], "crs": dataset["crs"]}
    digest = _register_sha256("download.csv", layer.region)
    settled = settle_own(layer, raw, path=dataset.name)
    return settled, _row(layer, "fetched", sha256=digest, **told)


def _embedded(layer: Layer) -> dict[str, object]:
    build = layer.build
    names = [f"{build.register}.csv" if build.register else "", build.file]
    names += [f"{build.waypoints}.csv" if build.waypoints else ""]
    names += ["membership.csv" if build.list else ""]
    names += ["environmental_part.csv" if build.origin == "compose" else ""]
    files = [name for name in names if name]
    digest = "; ".join(_register_sha256(name, layer.region) for name in files)
    return _row(layer, "embedded", input="; ".join(files), sha256=digest, crs="EPSG:4326")


def _register_sha256(name: str, region: Region) -> str:
    """SHA-256 of a file of `data/`; of all, where several folders have it."""
    return ", ".join(file_sha256(path) for path in find_files(f"data/{name}", region))


def _row(layer: Layer, origin: str, **values: object) -> dict[str, object]:
    operation = datum_operation(layer.region)
    blank = {"input": "", "sha256": "", "crs": "", "licence": ""}
    name = f"{operation.name} ({operation.code}, {operation.accuracy_m:g} m)"
    return {"layer": layer.name, "origin": origin, **blank, "operation": name, **values}
