"""A plan: every layer of the catalogue with the geometry at hand, and where each came from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Layer, count_located, read_catalogue, read_facts, read_register
from lsgis.check import Issue, check_layer, describe_issue, stopping_issues
from lsgis.crs import datum_operation
from lsgis.errors import LayerError
from lsgis.resource import data_dir
from lsgis.source.embedded import build_layer, complete
from lsgis.source.environment import compose_environmental_zones, read_environmental_parts
from lsgis.source.fetched import read_fetched
from lsgis.source.own import OwnFile, file_sha256, find_own, read_own, settle_own
from lsgis.text import LANGUAGES

Progress = Callable[..., Iterable[Any]]
# what is made of other layers comes after them
_STEPS = ("file", "point", "line", "circle", "none", "dissolve", "union", "corridor", "compose")


@dataclass(frozen=True)
class Plan:
    """Layers of the plan and their provenance.

    `layers`: by name, EPSG:9215. `provenance`: one row a layer (`layer`,
    `origin` embedded / fetched / own, `input`, `sha256`, `crs`, `operation`,
    `licence`). `parts`: the parts of the environmental zones. `issues`: what
    checking the user's own layers found.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    provenance: pd.DataFrame
    parts: gpd.GeoDataFrame
    issues: tuple[Issue, ...]


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
    own = find_own(Path(plan), catalogue) if plan is not None else {}
    if str(communes) not in ("embedded", "fetched"):
        own = {**own, "commune": OwnFile(Path(communes))}
    order = sorted(catalogue.values(), key=lambda layer: _STEPS.index(layer.build.origin))
    frames: dict[str, gpd.GeoDataFrame] = {}
    rows: list[dict[str, object]] = []
    issues: list[Issue] = []
    for layer in order if progress is None else progress(order, desc="read_plan"):
        if layer.name in own:
            frames[layer.name], row, found = _own(layer, own[layer.name], crs)
            issues += found
        elif layer.name == "commune" and communes == "fetched":
            frames[layer.name], row = _fetched(layer, cache)
        elif layer.build.origin == "compose":
            parts = read_environmental_parts(frames, rule=rule)
            zones = compose_environmental_zones(parts, frames["province"])
            frames[layer.name], row = complete(zones, layer), _embedded(layer)
        else:
            frames[layer.name], row = build_layer(layer, frames), _embedded(layer)
        rows.append(row)
    layers = MappingProxyType({name: frames[name] for name in catalogue})
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
    return bool((plan.layers["commune"]["quality"] == "schematic").any())


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
