"""A region that is not there: four square communes in another TM-3 zone, made by this script.

`python tests/toy_region.py DIR` writes `DIR/data` and `DIR/layers`; then `lsgis ... --region DIR`.
Every commune is 10 km wide; the reserve lies in the first two, the road runs along the middle:

    T3 | T4        north
    ---+---  road
    T1 | T2        the reserve: 3 km around the middle of the seam between T1 and T2
"""

import csv
import json
import sys
from pathlib import Path

import geopandas as gpd
import shapely

from lsgis.catalogue.register import read_header
from lsgis.crs import WGS84, move_geometries, plane_of
from lsgis.region import Region, read_region

CRS = "EPSG:9217"  # VN-2000 / TM-3 108-15
EAST, NORTH, WIDE = 560_000, 1_500_000, 10_000  # the south-western corner, metres of CRS
COMMUNES = {"90001": (0, 0), "90002": (1, 0), "90003": (0, 1), "90004": (1, 1)}
NAMES = {
    "90001": "Đồng Thử Một",
    "90002": "Đồng Thử Hai",
    "90003": "Núi Thử Ba",
    "90004": "Núi Thử Tư",
}
OLD = {"80001": "Cũ Một", "80002": "Cũ Hai", "80003": "Cũ Ba", "80004": "Cũ Tư", "80005": "Cũ Năm"}
CLAUSE = {"clause": "7/I", "source": "toy"}
REGION = """\
code = "toy"
crs = "EPSG:9217"
box = [108.6, 13.4, 109.1, 13.9]

[name]
vi = "vùng Thử"
en = "the toy region"

[datum]
operation = "VN-2000 to WGS 84 (2)"
code = "EPSG:6960"

[plan]
instrument = "7/QĐ-THỬ"
title.vi = "Quy hoạch vùng Thử"
title.en = "Plan of the toy region"
short_title.vi = "Quy hoạch vùng Thử"
short_title.en = "Plan of the toy region"
called.vi = "Quyết định 7/QĐ-THỬ"
called.en = "Decision 7/QĐ-THỬ"
short.vi = "Quyết định 7"
short.en = "Decision 7"
dated.vi = "Theo Quyết định 7/QĐ-THỬ ngày 01/02/2026"
dated.en = "Decision 7/QĐ-THỬ of 1 February 2026"
"""
RULES = """
[rules]
decision_7 = { vi = "Quyết định 7", en = "Decision 7" }
"""
LAYER = """\
name = "{name}"
title = {{ vi = "{vi}", en = "{en}" }}
theme = "{theme}"
geometry = "{geometry}"
crs = "EPSG:9217"
key = "{key}"
quality = "indicative"
accuracy_m = 50
restricts = {restricts}
roles = {roles}
fields = {fields}

[legal]
instrument = "7/QĐ-THỬ"
clause = "7/I"

[style]
color = "#2a6f4e"

[expected]
count = {count}
{more}
"""
FIELDS = ["name_vi", "name_en", "kind", "phase", "area_ha", "commune_codes", "quality"]
FIELDS += ["accuracy_m", "source", "clause", "in_decision", "note_vi"]
COMMUNE = """tiles = true
[build]
from = "file"
file = "layer/commune.geojson"
register = "commune"
[field.commune_code]
type = "text"
title = { vi = "Mã xã", en = "Commune code" }
pattern = '\\d{5}'
nullable = false"""
ZONE = """tiles = true
unit = "zone"
[build]
from = "compose"
register = "environmental_zone"
[field.part]
type = "text"
title = { vi = "Phần", en = "Part" }
[field.zone]
type = "text"
title = { vi = "Vùng", en = "Zone" }"""


def corner(code: str) -> tuple[float, float]:
    """South-western corner of a commune, metres of CRS."""
    east, north = COMMUNES[code]
    return EAST + WIDE * east, NORTH + WIDE * north


def middle() -> tuple[float, float]:
    """The place of the reserve: the middle of the seam between the two southern communes."""
    return EAST + WIDE, NORTH + WIDE / 2


def write_region(folder: Path, *, zoning: bool = True) -> Region:
    """Write the region, with environmental zones or without, and read it."""
    (folder / "data" / "layer").mkdir(parents=True)
    (folder / "layers").mkdir()
    text = REGION + (RULES if zoning else "")
    (folder / "data" / "region.toml").write_text(text, encoding="utf-8", newline="\n")
    region = read_region(folder)
    _write_registers(folder, region, zoning)
    _write_layers(folder, zoning)
    _write_communes(folder, region)
    return region


def _write_registers(folder: Path, region: Region, zoning: bool) -> None:
    lon, lat = _degrees(shapely.Point(*middle()), region)
    west, east = (_degrees(shapely.Point(EAST + d, NORTH + WIDE), region) for d in (0, 2 * WIDE))
    shared = {**CLAUSE, "phase": "existing", "quality": "indicative", "in_decision": "yes"}
    thing = {**shared, "accuracy_m": 50}
    communes = [
        {**thing, "commune_code": code, "name_vi": name, "kind": "commune", "area_ha": 10_000}
        for code, name in NAMES.items()
    ]
    reserve = {**thing, "code": "R-1", "name_vi": "Rừng Thử", "kind": "nature_reserve"}
    reserve |= {"commune_codes": "90001; 90002", "lon": lon, "lat": lat, "area_ha": 2827.4}
    lost = {**shared, "code": "R-2", "name_vi": "Đầm Thử", "kind": "nature_reserve"}
    ways = [
        {"line_code": "D-1", "n": n, "lon": x, "lat": y} for n, (x, y) in enumerate([west, east])
    ]
    last = {"source": "toy", "quality": "indicative", "old_kind": "commune", "partial": "no"}
    old = zip(OLD.items(), [*NAMES, None], strict=True)
    links = [
        {**last, "old_code": c, "old_name_vi": n, "commune_code": to} for (c, n), to in old if to
    ]
    split = {**last, "old_code": "80005", "old_name_vi": OLD["80005"], "partial": "yes"}
    links += [{**split, "commune_code": code} for code in ("90003", "90004")]
    links = [{**row, "old_district_vi": "Huyện Thử"} for row in links]
    registers = {
        "commune": communes,
        "province": [{**thing, "code": "toy", "name_vi": "Vùng Thử", "kind": "province"}],
        "protected_area": [reserve, lost],
        "transport_line": [{**thing, "code": "D-1", "name_vi": "Đường Thử",
                            "kind": "national_road"}],
        "transport_waypoint": ways,
        "crosswalk": links,
        "source": [{"source": "toy", "title": "Một vùng để thử", "kind": "act"}],
        "instrument": [{"number": "7/QĐ-THỬ", "kind": "decision", "title_vi": "Quy hoạch vùng Thử",
                        "title_en": "Plan of the toy region", "issued": "2026-02-01",
                        "effective": "2026-02-01", "status": "in_force", "read": "S",
                        "source": "toy"}],
        "clause": [{"clause": "7/I", "instrument": "7/QĐ-THỬ", "article": "Điều 1",
                    "title_vi": "Vùng bảo vệ", "title_en": "Zones of protection",
                    "text_vi": "Rừng Thử được bảo vệ.", "read": "S", "level": "A",
                    "source": "toy"}],
        "consequence": [{"code": "reserve", "kind": "law", "subject": "zone",
                         "layers": "nature_reserve", "relation": "overlap", "project_type": "*",
                         "text_vi": "Không xây dựng trong Rừng Thử.",
                         "text_en": "Nothing is built in the toy forest.", "clauses": "7/I",
                         "level": "A", "source": "toy"}],
        "overlap_rule": [{"code": "all", "layer": "*", "other": "*", "rule": "noted",
                          "basis": "default", "vi": "được ghi nhận", "en": "is noted",
                          "source": "toy", "verified": "no"}],
    }  # fmt: skip
    if zoning:
        rows = {"strict": "Nghiêm ngặt", "limited": "Hạn chế", "other": "Khác"}
        registers["environmental_zone"] = [
            {**CLAUSE, "code": zone, "name_vi": name} for zone, name in rows.items()
        ]
        header = list(read_header("environmental_part"))
        header[header.index("zone_339")] = "zone_decision_7"
        part = {**CLAUSE, "part": "nature_reserve", "zone_decision_7": "strict"}
        part |= {"name_vi": "Rừng Thử", "layer": "nature_reserve", "quality": "indicative"}
        _write(folder, "environmental_part", header, [part])
    for name, rows in registers.items():
        _write(folder, name, read_header(name), rows)


def _write(folder: Path, name: str, header, rows) -> None:
    path = folder / "data" / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, header, restval="", lineterminator="\n", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)


def _write_layers(folder: Path, zoning: bool) -> None:
    what = {
        "commune": ("Xã", "Communes", "administrative", "Polygon", ["unit", "opening"], 4, COMMUNE),
        "toy_province": ("Vùng", "Region", "administrative", "Polygon", ["outline"], 1,
                         'area_ha = 40000\n[build]\nfrom = "dissolve"\nregister = "province"'),
        "nature_reserve": ("Rừng", "Forests", "environment", "Polygon", ["around", "table"], 2,
                           '[build]\nfrom = "circle"\nregister = "protected_area"'),
        "toy_road": ("Đường", "Roads", "transport", "LineString", ["nearby", "around"], 1,
                     '[build]\nfrom = "line"\nregister = "transport_line"\n'
                     'waypoints = "transport_waypoint"'),
    }  # fmt: skip
    if zoning:
        told = ("Phân vùng", "Zones", "environment", "Polygon", ["zoning"], 3, ZONE)
        what["environmental_zone"] = told
    for name, (vi, en, theme, geometry, roles, count, more) in what.items():
        key = {"commune": "commune_code", "environmental_zone": "part"}.get(name, "code")
        fields = [key, *FIELDS]
        if key == "part":
            fields = ["part", "zone", "kind", "name_vi", "name_en", "quality", "accuracy_m"]
            fields += ["source", "clause"]
        restricts = "true" if name == "nature_reserve" else "false"
        text = LAYER.format(
            name=name,
            vi=vi,
            en=en,
            theme=theme,
            geometry=geometry,
            key=key,
            restricts=restricts,
            roles=json.dumps(roles),
            fields=json.dumps(fields),
            count=count,
            more=more,
        )
        (folder / "layers" / f"{name}.toml").write_text(text, encoding="utf-8", newline="\n")


def _write_communes(folder: Path, region: Region) -> None:
    squares = [shapely.box(*corner(c), *(at + WIDE for at in corner(c))) for c in COMMUNES]
    shapes = move_geometries(squares, plane_of(region), WGS84, region=region)
    frame = gpd.GeoDataFrame({"commune_code": list(COMMUNES)}, geometry=shapes, crs=WGS84)
    frame.to_file(folder / "data" / "layer" / "commune.geojson", driver="GeoJSON")


def _degrees(point: shapely.Point, region: Region) -> tuple[float, float]:
    (moved,) = move_geometries([point], plane_of(region), WGS84, region=region)
    return round(moved.x, 7), round(moved.y, 7)


if __name__ == "__main__":
    write_region(Path(sys.argv[1]))
