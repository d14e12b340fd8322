"""A plan: every layer of the catalogue with the geometry at hand, and where each came from."""

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    ByLayer,
    Layer,
    count_located,
    layer_with_role,
    read_catalogue,
    read_facts,
    read_register,
)
from lsgis.check import Issue, check_layer, describe_issue, stopping_issues
from lsgis.crs import datum_operation
from lsgis.errors import LayerError
from lsgis.resource import data_dir
from lsgis.source.embedded import build_layer, complete
from lsgis.source.environment import compose_environmental_zones, read_environmental_parts
from lsgis.source.fetched import read_fetched
from lsgis.source.own import OwnFile, file_sha256, find_own, read_own, settle_own
from lsgis.text import LANGUAGES, family, say

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

    `layers`: by name, EPSG:9215; a name that is none is refused with the nearest of those
    there are. `provenance`: one row a layer (`layer`,
    `origin` embedded / fetched / own, `input`, `sha256`, `crs`, `operation`,
    `licence`). `parts`: the parts of the environmental zones. `issues`: what
    checking the user's own layers found.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    provenance: pd.DataFrame
    parts: gpd.GeoDataFrame
    issues: tuple[Issue, ...]

    def __post_init__(self) -> None:
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
        return self.layers[layer_with_role(read_catalogue(), role).name]

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
        return f"<p>{html.escape(repr(self))}</p>" + shown.to_html(index=False, na_rep="–")


def _heading(column: str) -> list[str]:
    return [say(_HEADING[column], lang) for lang in LANGUAGES]


def _summary(plan: Plan) -> pd.DataFrame:
    """One row a layer: what it is called, located of expected, its quality, where it is from."""
    catalogue, inputs = read_catalogue(), plan.provenance.set_index("layer")
    rows = []
    for name, features in plan.layers.items():
        layer = catalogue.get(name)
        count = count_located(layer, features).iloc[0] if layer else {}
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
    rule: str = "339",
    crs: str | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
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
        Environmental zoning: "339" (the Decision, followed) or "decree_08".
    crs
        CRS of own files that state none.
    cache
        Folder of fetched files; the user's cache folder when None.
    progress
        `tqdm` or alike, called as `progress(items, desc=...)`; silent when None.

    Raises
    ------
    LayerError
        One of the user's layers has errors that make its answers worthless;
        all of them are listed.
    """
    catalogue = read_catalogue()
    unit, outline = (layer_with_role(catalogue, role) for role in ("unit", "outline"))
    own = find_own(Path(plan), catalogue) if plan is not None else {}
    if str(communes) not in ("embedded", "fetched"):
        own = {**own, unit.name: OwnFile(Path(communes))}
    order = sorted(catalogue.values(), key=lambda layer: _STEPS.index(layer.build.origin))
    frames: dict[str, gpd.GeoDataFrame] = {}
    rows: list[dict[str, object]] = []
    issues: list[Issue] = []
    for layer in order if progress is None else progress(order, desc="read_plan"):
        if layer.name in own:
            frames[layer.name], row, found = _own(layer, own[layer.name], crs)
            issues += found
        elif layer is unit and communes == "fetched":
            frames[layer.name], row = _fetched(layer, cache)
        elif layer.build.origin == "compose":
            parts = read_environmental_parts(frames, rule=rule)
            zones = compose_environmental_zones(parts, frames[outline.name])
            frames[layer.name], row = complete(zones, layer), _embedded(layer)
        else:
            frames[layer.name], row = build_layer(layer, frames), _embedded(layer)
        rows.append(row)
    layers = ByLayer({name: frames[name] for name in catalogue})
    provenance = pd.DataFrame(rows).sort_values("layer", ignore_index=True)
    return Plan(layers, provenance, read_environmental_parts(frames, rule=rule), tuple(issues))


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
    for name, layer in read_catalogue().items():
        features = plan.layers[name]
        table = count_located(layer, features)
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


def _own(layer: Layer, file: OwnFile, crs: str | None):
    raw = read_own(layer, file, crs=crs)
    issues = check_layer(raw, layer, facts=read_facts(layer))
    errors = stopping_issues(issues)
    if errors:
        found = {lang: _listed(errors, lang) for lang in LANGUAGES}
        raise LayerError("source.broken-layer", layer=layer.name, path=file.path, found=found)
    row = {"input": file.path.name, "sha256": file_sha256(file.path), "crs": raw.crs.to_string()}
    return settle_own(layer, raw), _row(layer, "own", **row), issues


def _listed(issues: Iterable[Issue], lang: str) -> str:
    told = [(issue.code, describe_issue(issue, lang)) for issue in issues]
    return "".join(f"\n  {code}: {said['message']} {said['todo']}" for code, said in told)


def _fetched(layer: Layer, cache: Path | None):
    raw = read_fetched(cache=cache)
    rows = read_register("dataset").set_index("dataset")
    licence = rows.at["commune_2025", "licence"]
    digest = file_sha256(data_dir() / "download.csv")
    return settle_own(layer, raw), _row(
        layer, "fetched", input="commune_2025", sha256=digest, crs="EPSG:4326", licence=licence
    )


def _embedded(layer: Layer) -> dict[str, object]:
    build = layer.build
    names = [f"{build.register}.csv" if build.register else "", build.file]
    names += [f"{build.waypoints}.csv" if build.waypoints else ""]
    names += ["membership.csv" if build.list else ""]
    names += ["environmental_part.csv" if build.origin == "compose" else ""]
    files = [name for name in names if name]
    digest = "; ".join(file_sha256(data_dir() / name) for name in files)
    return _row(layer, "embedded", input="; ".join(files), sha256=digest, crs="EPSG:4326")


def _row(layer: Layer, origin: str, **values: object) -> dict[str, object]:
    operation = datum_operation()
    blank = {"input": "", "sha256": "", "crs": "", "licence": ""}
    name = f"{operation.name} ({operation.code}, {operation.accuracy_m:g} m)"
    return {"layer": layer.name, "origin": origin, **blank, "operation": name, **values}
