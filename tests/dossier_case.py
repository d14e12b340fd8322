"""A site report made by hand, with every state: synthetic ground, the catalogue's layers."""

import hashlib
import math
from typing import Any

import shapely
from shapely.geometry import mapping

from lsgis.catalogue import read_catalogue, read_register
from lsgis.region import read_region
from lsgis.sitecheck.index import describe_region

EAST, NORTH = 449_000.0, 2_417_000.0  # a round corner of VN-2000 near the middle of the province
ON = "2026-11-22"
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+1", "-2", "@SUM(A1)", "\t=1", "{{ 7*7 }}", "{% raw %}", "{name}", "%s%n", "`id`", "${PATH}",
    "$\\frac{1}{0}$", "a\x00b\x07\x1b[31m", "\u202egnp.exe", "line\u2028separator", "\ud83d",
    "../../etc/passwd", "C:\\con\\nul.txt", "]]>&amp;&#x3C;b&#x3E;", "Hòa Hoà 東京 🏞",
    "\\20190221", "x" * 400, "a\nb\r\nc", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "Khu đất " * 300,
)  # fmt: skip
SITE = shapely.Polygon(
    [(EAST, NORTH), (EAST + 420, NORTH + 30), (EAST + 400, NORTH + 310), (EAST - 20, NORTH + 280)],
    [[(EAST + 100, NORTH + 100), (EAST + 140, NORTH + 100), (EAST + 140, NORTH + 150)]],
)
ZONES = {
    "monument_zone": shapely.Point(EAST + 420, NORTH + 300).buffer(130),
    "nature_reserve": shapely.Point(EAST - 4600, NORTH + 1500).buffer(4900),
    "water_corridor": shapely.LineString(
        [(EAST - 300, NORTH - 250), (EAST + 30, NORTH + 20), (EAST + 500, NORTH - 60)]
    ).buffer(20),
    "groundwater_source": shapely.box(EAST - 60, NORTH + 270, EAST - 17.5, NORTH + 290),
    "geopark_site": shapely.Point(EAST + 1500, NORTH + 900),
    "urban_inner": shapely.box(EAST + 5200, NORTH - 6200, EAST + 9300, NORTH - 2000),
    "wetland": shapely.Point(EAST - 700, NORTH - 2600).buffer(350),
}
_CLAUSES = (
    "339/IX.1.a", "339/IX.1.b", "08-2022/22.2.c", "43-2015/9", "1672/operation", "339/3.1",
)  # fmt: skip


def make_document(*, name: str = "Nhà máy chế biến gỗ Hồ Sơn (giả lập)", **changes: Any) -> dict:
    """The report; `changes` replace its top-level keys."""
    themes = [_theme(layer) for layer in read_catalogue().values() if layer.restricts]
    document = {
        "id": hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest(),
        "on": ON,
        "type": "industrial",
        "region": describe_region(read_region()),
        "site": _site(name),
        "themes": themes,
        "not_checked": [t["layer"] for t in themes if t["state"] in ("no_data", "incomplete")],
        "context": _context(),
        "consequences": _consequences(),
        "contradictions": [
            row | {"here": here}
            for row, here in zip(
                read_register("contradiction").head(2).to_dict("records"),
                ("yes", "possible"),
                strict=True,
            )
        ],
        "clauses": [_clause(name) for name in _CLAUSES],
        "validity": [_valid("units", "1672/operation"), _valid("plan", "339/3.1")],
        "thresholds": _thresholds(themes),
        "data": [_data(theme) for theme in themes],
        "software": {
            "lsgis": "0.0.0",
            "shapely": shapely.__version__,
            "geos": "3.14.1",
            "pyproj": "3.7.2",
            "proj": "9.5.1",
            "numpy": "2.3.0",
        },
    }
    return document | changes


def make_shapes() -> dict[str, list]:
    """What lies around the site of `make_document`."""
    shapes = {
        layer: [(zone, {"key": f"{layer}-1", "name_vi": _NAMES[layer], "quality": quality(layer)})]
        for layer, zone in ZONES.items()
    }
    west = shapely.box(EAST - 9000, NORTH - 9000, EAST + 150, NORTH + 9000)
    east = shapely.box(EAST + 150, NORTH - 9000, EAST + 9000, NORTH + 9000)
    communes = ((west, "Xã Giả Lập Tây"), (east, "Xã Giả Lập Đông"))
    shapes["commune"] = [(zone, {"key": name, "name_vi": name}) for zone, name in communes]
    road = shapely.LineString(
        [(EAST - 8000, NORTH - 900), (EAST + 600, NORTH + 520), (EAST + 8000, NORTH + 700)]
    )
    shapes["national_road"] = [(road, {"key": "QL.0", "name_vi": "QL.0", "quality": "schematic"})]
    return shapes


_NAMES = {
    "monument_zone": "Di tích giả lập Đồi Thông",
    "nature_reserve": "Khu dự trữ thiên nhiên giả lập",
    "water_corridor": "Hành lang suối giả lập", "groundwater_source": "Giếng khoan giả lập số 1",
    "geopark_site": "Hang giả lập", "urban_inner": "Nội thị giả lập", "wetland": "Hồ giả lập",
}  # fmt: skip
_STATES = {
    "monument_zone": "affected", "nature_reserve": "likely", "water_corridor": "likely",
    "groundwater_source": "below_threshold", "geopark_site": "possible",
    "urban_inner": "not_affected", "wetland": "not_affected", "urban_residential": "incomplete",
    "hazard_zone": "incomplete",
}  # fmt: skip
_CAVEATS = {"water_corridor": ["later"], "geopark_site": ["unconfirmed"]}
_SIZES = ("area_m2", "area_least_m2", "area_most_m2", "length_m", "length_least_m",
          "length_most_m", "count", "share", "share_certificate")  # fmt: skip
_ACCURACY = {"monument_zone": 5.0, "nature_reserve": 9500.0, "groundwater_source": 1.0,
             "geopark_site": 5000.0, "urban_inner": 1900.0, "wetland": 50.0}  # fmt: skip


def quality(layer: str) -> str:
    """Quality of a layer here."""
    schematic = ("nature_reserve", "geopark_site", "urban_inner")
    return "schematic" if layer in schematic else "indicative" if layer in ZONES else "none"


def _site(name: str) -> dict[str, Any]:
    inside = SITE.point_on_surface()
    return {
        "name": name, "kind": "polygon",
        "input": {"kind": "table", "name": "bang-ke-goc-ranh.xlsx", "sha256": "ab" * 32},
        "crs_found": "VN-2000 / TM-3 107-15 (EPSG:9215)", "operation": "", "accuracy_m": 0.5,
        "area_m2": SITE.area, "area_ellipsoidal_m2": SITE.area * 1.00021,
        "area_certificate_m2": 119_850.0, "length_m": None, "parts": 1, "holes": 1, "vertices": 7,
        "bounds": list(SITE.bounds),
        "inside": {
            "easting": inside.x, "northing": inside.y, "lon": 106.7584123, "lat": 21.8487321,
        },
        "geometry": mapping(SITE), "geometry_wgs84": mapping(SITE), "log": [],
    }  # fmt: skip


def _theme(layer: Any) -> dict[str, Any]:
    name, state = layer.name, _STATES.get(layer.name, "no_data")
    zone, findings = ZONES.get(name), []
    nearest = _nearest(name, zone) if zone is not None else None
    if state in ("affected", "likely", "possible", "below_threshold"):
        findings = [_finding(name, zone, state, nearest)]
    total = findings[0] if findings else dict.fromkeys(_SIZES)
    undrawn = []
    if state == "incomplete":
        undrawn = [
            {"key": f"{name}-{n}", "name_vi": f"Đối tượng giả lập {n}", "name_en": "",
             "commune_codes": codes, "here": here}
            for n, (codes, here) in enumerate(
                ((["05983"], "no"), (["05977"], "yes"), (["05986"], "possible"), ([], None))
            )
        ]  # fmt: skip
    return {
        "layer": name, "title": dict(layer.title), "theme": layer.theme, "state": state,
        "state_unset": "affected" if name == "groundwater_source" else None,
        "quality": quality(name), "accuracy_m": _ACCURACY.get(name),
        "accuracy_assumed": name in ("water_corridor", "wetland"),
        "holds_to_m": 2221.5 if name == "wetland" else None,
        "expected": layer.expected.count,
        "listed": 3 if undrawn else 1, "located": 1 if zone is not None else 0,
        "complete": state == "not_affected", "origin": "own" if zone is not None else "embedded",
        **{key: total[key] for key in _SIZES},
        "nearest": nearest,
        "bands": [{"within_m": m, "least": 0, "most": int(zone.distance(SITE) <= m)}
                  for m in (0.0, 100.0, 500.0, 1000.0)] if zone is not None else [],
        "clauses": ["339/IX.1.b" if name == "nature_reserve" else "339/IX.1.a"],
        "caveats": _CAVEATS.get(name, []), "undrawn": undrawn, "undrawn_count": len(undrawn),
        "undrawn_here": "yes" if undrawn else None, "office": None, "findings": findings,
    }  # fmt: skip


def _nearest(name: str, zone: shapely.Geometry) -> dict[str, Any]:
    (x0, y0), (x1, y1) = shapely.get_coordinates(shapely.shortest_line(SITE, zone))
    distance = SITE.distance(zone)
    return {
        "key": f"{name}-1", "name_vi": _NAMES[name], "name_en": "", "distance_m": distance,
        "bearing_deg": math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360 if distance else None,
        "e_m": math.hypot(0.5, _ACCURACY.get(name, 100.0)),
        "accuracy_assumed": name not in _ACCURACY,
    }  # fmt: skip


def _finding(name: str, zone: shapely.Geometry, state: str, nearest: dict) -> dict[str, Any]:
    piece = SITE.intersection(zone)
    is_point = zone.geom_type == "Point"
    firm = not is_point and quality(name) != "schematic"
    disputed = {"reason": "Ranh giới suối đã được nắn năm 2025", "by": "Phòng Kinh tế", "on": ON}
    return {
        "key": f"{name}-1", "name_vi": _NAMES[name], "name_en": "",
        "part": None if is_point else f"{name}/{name}-1",
        "state": state, "area_m2": None if is_point else piece.area, "length_m": None,
        "area_least_m2": piece.area * 0.875 if firm else None,
        "area_most_m2": piece.area * 1.125 if firm else None,
        "length_least_m": None, "length_most_m": None,
        "count": 0 if is_point else None, "share": None if is_point else piece.area / SITE.area,
        "share_certificate": None if is_point else piece.area / 119_850.0,
        "distance_m": nearest["distance_m"], "bearing_deg": nearest["bearing_deg"],
        "e_m": nearest["e_m"], "accuracy_m": _ACCURACY.get(name),
        "accuracy_assumed": name not in _ACCURACY, "quality": quality(name),
        "symbol": quality(name) == "schematic",
        "phase": "after-2030" if name == "water_corridor" else "existing",
        "in_decision": "unconfirmed" if name == "geopark_site" else "yes",
        "status": "tạm giao" if name == "monument_zone" else None,
        "caveats": _CAVEATS.get(name, []), "source": ["decision-339-2026"],
        "clauses": ["339/IX.1.a", "43-2015/9"] if name == "water_corridor" else ["339/IX.1.a"],
        "dispute": disputed if name == "water_corridor" else None,
        "geometry": None if piece.is_empty else mapping(piece),
    }  # fmt: skip


def _context() -> dict[str, Any]:
    near = {"name_en": "", "kind": "", "quality": "indicative"}
    border = {"kind": "commune", "accuracy_m": 50.0, "e_m": 50.25, "accuracy_assumed": False}
    return {
        "communes": [
            {"code": "05983", "name_vi": "Giả Lập Tây", "name_en": "",
             "area_m2": SITE.area * 0.36, "share": 0.36} | border,
            {"code": "05977", "name_vi": "Giả Lập Đông", "name_en": "",
             "area_m2": SITE.area * 0.64, "share": 0.64} | border,
        ],
        "communes_near": [
            {"code": "05986", "name_vi": "Giả Lập Bắc", "name_en": "", "distance_m": 31.4} | border,
        ],
        "outside_m2": 0.0, "outside_share": 0.0,
        "socio_economic_zone": [
            {"key": "dynamic", "name_vi": "Vùng động lực", "name_en": "Dynamic zone",
             "area_m2": SITE.area, "share": 1.0},
        ],
        "environmental_zone": [
            {"zone": "strict", "area_m2": 12_345.678, "share": 12_345.678 / SITE.area,
             "provisional": False},
            {"zone": "other", "area_m2": SITE.area - 12_345.678,
             "share": 1 - 12_345.678 / SITE.area, "provisional": True},
        ],
        "corridors": [near | {"layer": "development_axis", "key": "TR-1", "name_vi": "Trục giả lập",
                              "distance_m": 2150.4, "bearing_deg": 94.2, "accuracy_m": 200.0}],
        "nearest": [
            near | {"layer": "border_gate", "key": "CK-1", "name_vi": "Cửa khẩu giả lập",
                    "distance_m": 15_832.25, "bearing_deg": 12.5, "accuracy_m": 150.0},
            near | {"layer": "railway", "key": None, "name_vi": None, "name_en": None,
                    "distance_m": None, "bearing_deg": None, "accuracy_m": None, "quality": None},
        ],
        "terrain": {"name": "dem.tif", "crs": "EPSG:4326", "cell_m": 30.9, "cells": 140,
                    "cells_without_data": 2, "slope_deg": {"min": 0.4, "mean": 8.25, "max": 31.5},
                    "elevation_m": {"min": 262.0, "mean": 281.44, "max": 310.5}},
    }  # fmt: skip


def _consequences() -> list[dict[str, Any]]:
    common = {"zone_class": "strict", "relation": "overlap", "project_type": "industrial",
              "layer": "monument_zone", "text_en": "", "within_accuracy": False}  # fmt: skip
    return [
        common | {"code": "strict-zone", "kind": "law", "level": "A", "verified": True,
                  "text_vi": "Nơi này thuộc vùng bảo vệ nghiêm ngặt theo phân vùng môi trường.",
                  "clauses": ["339/IX.1.a"]},
        common | {"code": "unread", "kind": "law", "level": "", "verified": False,
                  "text_vi": "Có thể phải lấy ý kiến cơ quan quản lý văn hóa.", "clauses": []},
    ]  # fmt: skip


def _clause(name: str) -> dict[str, Any]:
    superseded = name.startswith("43-2015")
    number = {
        "339": "339/QĐ-UBND",
        "08-2022": "08/2022/NĐ-CP",
        "43-2015": "43/2015/NĐ-CP",
        "1672": "1672/NQ-UBTVQH15",
    }
    return {
        "id": name, "instrument": number[name.partition("/")[0]],
        "article": f"Điều 1, mục {name.partition('/')[2]}", "title_vi": "Tiêu đề giả lập",
        "title_en": "Synthetic title", "text_vi": "Nội dung điều khoản giả lập. " * 4,
        "effective": None if name.startswith("08") else "2026-02-28",
        "repealed": "2024-07-01" if superseded else None,
        "status": _status(name),
        "read": "U" if superseded else "S", "level": "" if superseded else "A",
        "sources": [], "note_vi": "", "note_en": "",
    }  # fmt: skip


def _valid(code: str, clause: str) -> dict[str, Any]:
    told = {"text_vi": f"Giả lập: {code} đúng với ngày {ON}.", "text_en": f"{code}: right."}
    return {"code": code, "clauses": [clause], "valid": True, **told}


def _status(name: str) -> str:
    return {"43": "superseded", "08": "unknown"}.get(name[:2], "in_force")


def _thresholds(themes: list[dict]) -> dict[str, Any]:
    layers = [theme["layer"] for theme in themes]
    return {
        "combination": "root-sum-square", "assumed_accuracy_m": 100.0, "datum_accuracy_m": 1.0,
        "complete": ["wetland"], "min_area_m2": dict.fromkeys(layers, 10.0),
        "min_length_m": dict.fromkeys(layers, 0.0),
        "set_min_area_m2": {"groundwater_source": 10.0}, "set_min_length_m": {},
        "bands_m": {layer: [0.0, 100.0, 500.0, 1000.0] for layer in layers},
        "rounding_m": 1e-8, "quad_segs": 8, "buffer_widened": 1.0048385, "rule": "339",
    }  # fmt: skip


def _data(theme: dict) -> dict[str, Any]:
    return {
        "layer": theme["layer"], "origin": theme["origin"], "input": f"{theme['layer']}.gpkg",
        "sha256": hashlib.sha256(theme["layer"].encode()).hexdigest(), "crs": "EPSG:9215",
        "operation": "", "licence": "", "digest": "cd" * 32, "quality": theme["quality"],
        "accuracy_m": theme["accuracy_m"],
    }  # fmt: skip
