"""What a zone of VN-2000 is known by: its central meridian and the provinces drawn in it."""

import csv
from collections.abc import Mapping
from functools import lru_cache

from lsgis.resource import data_dir

_MOST_NAMED = 4


@lru_cache(maxsize=1)
def read_zones() -> Mapping[int, tuple[str, tuple[str, ...]]]:
    """EPSG code of each TM-3 zone -> its central meridian, and provinces (before July 2025).

    Sources
    -------
    EPSG registry, name and area of use of each zone; names of provinces with their
    Vietnamese marks in data/tm3_zone.csv.
    """
    with (data_dir() / "tm3_zone.csv").open(encoding="utf-8", newline="") as file:
        return {
            int(row["epsg"]): (row["meridian"], tuple(filter(None, row["provinces"].split("; "))))
            for row in csv.DictReader(file)
        }


def name_zone(code: int | None) -> str:
    """Central meridian and provinces of a zone ("107°00′: Bắc Giang, ..."); "" for others."""
    meridian, provinces = read_zones().get(code or 0, ("", ()))
    named = ", ".join(provinces[:_MOST_NAMED]) + (", …" if len(provinces) > _MOST_NAMED else "")
    return f"{meridian}: {named}" if named else meridian
