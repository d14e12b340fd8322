"""Facts: tidy CSV registers under `data/`, text as written, every row with its source."""

from functools import lru_cache

import pandas as pd

from lsgis.catalogue.layer import Layer
from lsgis.errors import CatalogueError
from lsgis.resource import data_dir

NUMBERS = (
    "lon", "lat", "area_ha", "accuracy_m", "population", "rank", "n", "target_low", "target_high",
    "year", "label_lon", "label_lat", "bbox_w", "bbox_s", "bbox_e", "bbox_n",
)  # fmt: skip


@lru_cache(maxsize=64)
def _register(name: str) -> pd.DataFrame:
    path = data_dir() / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in data_dir().glob("*.csv")))
        raise CatalogueError("catalogue.no-register", name=name, known=known)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    for column in rows.columns.intersection(NUMBERS):
        rows[column] = pd.to_numeric(rows[column].replace("", None))
    return rows


def read_register(name: str) -> pd.DataFrame:
    """Rows of `data/<name>.csv`: text columns as written (codes keep their zeros).

    Columns `lon`, `lat` (degrees, WGS 84), `area_ha`, `accuracy_m` (m),
    `population`, `rank`, `n` are numbers, NaN where the fact is unknown.

    Raises
    ------
    CatalogueError
        There is no such register.
    """
    return _register(name).copy()


def read_facts(layer: Layer) -> pd.DataFrame | None:
    """Register rows that a layer selects, by its key; None when no register has that key."""
    if not layer.build.register:
        return None
    rows = read_register(layer.build.register)
    for column, values in layer.build.where.items():
        rows = rows[rows[column].isin(values)]
    return rows.reset_index(drop=True) if layer.key in rows else None


def read_membership(*lists: str) -> pd.DataFrame:
    """Communes that the Decision names in a list: `list`, `commune_code`, `rank`, `clause`.

    Parameters
    ----------
    lists
        Names of lists in `data/membership.csv`; all of them when none is given.
    """
    rows = read_register("membership")
    unknown = sorted(set(lists) - set(rows["list"]))
    if unknown:
        known = ", ".join(sorted(rows["list"].unique()))
        raise CatalogueError("catalogue.no-list", found=", ".join(unknown), known=known)
    return rows[rows["list"].isin(lists)].reset_index(drop=True) if lists else rows


def title_of(register: str, code: str, lang: str) -> str:
    """Title of a code (kind, phase, theme) in a language; the code itself when unknown."""
    rows = read_register(register).set_index("code")
    return str(rows.at[code, lang]) if code in rows.index else code
