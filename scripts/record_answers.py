"""The commands whose answers are held still, and how what they say and write is recorded.

`compare_answers.py` is the command line of this; see there. Every command runs as
`python -m lsgis` with the code of one tree (PYTHONPATH), in a fresh folder, with
relative names only, its own cache and the day given, so that neither clock nor
place enters an answer. A GeoPackage that GDAL dates by the clock gets the fixed day
of OGR_CURRENT_DATE; `publish` and the dossiers date theirs themselves and do not.
PYTHONHASHSEED is left to chance: an answer that hangs on it is found.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("LSGIS_SHARED", ROOT.parent / "shared"))
COMMUNES = "geodata/communes_2025.geojson"

ON = "--on 2026-11-22"
ASKED = f"--accuracy 0.5 {ON}"
INNER = "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
FAR = "POLYGON ((494000 2390000, 494300 2390000, 494300 2390200, 494000 2390200, 494000 2390000))"
SITES = {  # those of the README
    "park": f"given/park.csv --crs EPSG:9215 --type industrial {ASKED}",
    "inner": f"'{INNER}' --crs EPSG:9215 --type residential {ASKED}",
    "far": f"'{FAR}' --crs EPSG:9215 {ASKED}",
}
COMMANDS = (
    *(
        "list-layers",
        "fetch",
        "check-layer",
        "check-plan",
        "import",
        "template",
        "crosswalk",
        "mend-text",
    ),
    *("join-facts", "join-places", "clip-to", "overlay-zones", "publish", "check-site"),
    *("check-sites", "verify", "doctor"),
)
_README = """
import lsgis

plan = lsgis.read_plan()
zones = plan.layers["environmental_zone"]
parks = lsgis.join_places(plan.layers["industrial_park"], plan.layers["commune"])
pieces = lsgis.overlay_zones(
    plan.layers["commune"], zones, left_key="commune_code", right_key="part"
)
parks.drop(columns="geometry").to_csv("made/python-parks.csv")
pieces.to_csv("made/python-pieces.csv")
print(sorted(lsgis.__all__), sorted(lsgis.JOBS), sep="\\n")
"""


@dataclass(frozen=True)
class Step:
    """One command: the name its answers are kept under, and the line behind `python -m lsgis`.

    `script` runs in place of the command. With `dates_itself` GDAL is not told a
    day: the command itself keeps the clock out of what it writes.
    """

    name: str
    line: str = ""
    script: str = ""
    dates_itself: bool = False


def list_steps(*, quick: bool, real_communes: bool) -> list[Step]:
    """Every command in the order it runs; later ones may read what earlier ones wrote.

    Parameters
    ----------
    quick
        No published communes, no PDF, one `publish`, less in English.
    real_communes
        Whether the file of published communes is at hand.
    """
    steps = [*_publications(quick, real_communes), *_dossiers(quick), *_sites(), *_files()]
    steps += [*_plans(), *_refusals(), *_helps()]
    return [step for step in steps if not (quick and _only_speaks_english(step))]


def _only_speaks_english(step: Step) -> bool:
    """Whether the same is asked in Vietnamese too, and this one writes no file."""
    return step.name.endswith("-en") and "made/" not in step.line


def _publications(quick: bool, real_communes: bool) -> list[Step]:
    lines = {"publish-vi": "publish made/site"}
    if not quick:
        lines |= {
            "publish-decree-json": "publish made/site-decree --rule decree_08 --lang en --json",
            "publish-own-en": "publish made/site-own --plan given/my_layers --lang en",
        }
    if real_communes and not quick:
        lines["publish-real-vi"] = "publish made/site-real --communes given/communes.geojson"
    return [Step(name, line, dates_itself=True) for name, line in lines.items()]


def _dossiers(quick: bool) -> list[Step]:
    """The three sites of the README: each as a dossier in vi, one in en too; each verified."""
    formats = "--formats html,docx,xlsx,json,gpkg,png" if quick else ""
    steps = []
    for name, site in [*SITES.items(), ("park-en", f"{SITES['park']} --lang en")]:
        out = f"--out made/dossier-{name} {formats}"
        steps += [
            Step(f"dossier-{name}", f"check-site {site} {out}", dates_itself=True),
            Step(f"verify-{name}", f"verify made/dossier-{name}"),
        ]
    return [*steps, Step("verify-json", "verify made/dossier-park --lang en --json")]


def _sites() -> list[Step]:
    """Sites as people hand them over, and tables of sites: answers without a dossier."""
    steps = [
        *(Step(f"site-{name}-en", f"check-site {site} --lang en") for name, site in SITES.items()),
        *(Step(f"site-{name}-json", f"check-site {site} --json") for name, site in SITES.items()),
        *_each("site-point", f"check-site 106.760000,21.850000 {ON}"),
        Step("site-vector", f"check-site given/site.geojson {ASKED} --json"),
        Step("site-parcels", f"check-site given/two_parcels.csv --crs EPSG:9215 {ASKED} --json"),
        Step("site-old-day", f"check-site '{INNER}' --crs EPSG:9215 --on 2025-01-01"),
        Step(
            "site-declared",
            f"check-site given/two_parcels.csv --parcel 13 {ASKED} --json"
            " --crs EPSG:9215 --declared-commune 'Hữu Lũng'",
        ),
    ]
    for kind in ("csv", "xlsx"):
        asked = f"check-sites given/projects.{kind} --accuracy 0.5 {ON} --out made/verdicts-{kind}"
        steps += [
            Step(f"sites-{kind}-vi", asked),
            Step(f"sites-{kind}-again", f"{asked} --lang en"),
            Step(f"sites-{kind}-json", f"{asked}-json --json"),
        ]
    return steps


def _files() -> list[Step]:
    """Commands on one file: checked, joined, clipped, overlaid, imported, moved to new units."""
    parks, bad = "given/parks.geojson", "given/bad_parks.geojson --as industrial_park"
    facts = "join-facts given/squares.geojson --facts given/facts.csv"
    pupils = "crosswalk given/schools.csv --name xa --district huyen --count pupils"
    zones = "overlay-zones commune environmental_zone"
    brought = "import given/ranh_gioi.csv --as industrial_park --crs EPSG:4326"
    return [
        *_each("layer-good", "check-layer given/good.geojson --as monument_zone"),
        *_each("layer-parks", f"check-layer {parks} --as industrial_park"),
        *_each("layer-bad", f"check-layer {bad} --strict"),
        Step("layer-issues-vi", f"check-layer {bad} --issues made/issues"),
        Step("layer-issues-en", f"check-layer {bad} --issues made/issues-en --lang en --json"),
        *_each("layer-tiles", "check-layer given/squares.geojson --as commune"),
        Step(
            "layer-repair",
            "check-layer given/squares.geojson --as commune --repair made/repaired.gpkg",
        ),
        *_each("join-facts", facts),
        Step("join-facts-out", f"{facts} --out made/joined.gpkg"),
        *_each("join-places", f"join-places {parks}"),
        Step("join-places-out", f"join-places {parks} --out made/placed.geojson"),
        *_each("clip-to", f"clip-to {parks} --within 'Hữu Lũng'"),
        Step(
            "clip-to-out",
            "clip-to given/site.geojson --within expressway --half-width 5000"
            " --out made/clipped.gpkg",
        ),
        *_each("overlay", zones),
        Step("overlay-out", f"{zones} --out made/zones_by_commune.csv"),
        Step("overlay-fgb", f"overlay-zones {parks} commune --out made/pieces.fgb"),
        *_each("crosswalk", pupils),
        Step("crosswalk-out", f"{pupils} --out made/moved.csv"),
        *_each("mend-text", "mend-text given/schools.csv --out made/mended.csv --force"),
        Step("import-vi", f"{brought} --out made/import-vi.gpkg"),
        Step("import-en", f"{brought} --out made/import-en.gpkg --lang en"),
        Step("import-json", f"{brought} --out made/import-json.gpkg --json"),
        Step(
            "import-zip",
            "import given/parks.geojson.zip --as industrial_park --out made/import-zip.gpkg --json",
        ),
        Step("template-vi", "template made/template-vi.gpkg"),
        Step("template-json", "template made/template-json.gpkg --lang en --json"),
        Step("python-readme", script=_README),
    ]


def _plans() -> list[Step]:
    own = "--plan given/my_layers"
    return [
        *_each("list-layers", "list-layers"),
        *_each("list-layers-own", f"list-layers {own}"),
        *_each("check-plan", "check-plan"),
        Step("check-plan-all", f"check-plan --all {own} --out made/ledger.csv --lang en"),
        Step("check-plan-issues", "check-plan --issues made/plan-issues --strict --json --lang en"),
        *_each("doctor", "doctor --cache cache"),
    ]


def _refusals() -> list[Step]:
    """Wrong calls and unreadable files: what is said, and exit code 2."""
    parks = "given/parks.geojson"
    refused = {
        "no-crs": f"check-site '{FAR}' {ON}",
        "no-crs-file": "check-layer given/ranh_gioi.csv --as industrial_park",
        "no-table": "check-layer given/no_crs.csv --as industrial_park",
        "unknown-layer": f"check-layer {parks} --as castle",
        "unknown-option": "check-site 106.76,21.85 --colour red",
        "unknown-command": "check-everything",
        "missing-argument": "check-layer",
        "latitude-first": f"check-site 21.850000,106.760000 {ON}",
        "missing-file": "check-layer given/nothing.gpkg --as industrial_park",
        "missing-site": f"check-site given/nothing.csv {ON}",
        "missing-table": f"check-sites given/nothing.xlsx --out made/none {ON}",
        "truncated": "check-layer given/truncated.geojson --as industrial_park",
        "truncated-site": f"check-site given/truncated.geojson {ON}",
        "unknown-parcel": f"check-site given/two_parcels.csv --parcel 14 {ON}",
        "bow-tie": f"check-site 'POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))' --crs EPSG:9215 {ON}",
        "outside": f"check-site 105.85,21.03 {ON}",
        "bad-day": "check-site 106.76,21.85 --on 22/11/2026",
        "bad-rule": "publish made/none --rule 340",
        "bad-plan": "publish made/none --plan given/nothing",
        "not-fetched": "publish made/none --communes fetched",
        "unknown-place": f"clip-to {parks} --within Atlantis",
        "unknown-output": f"join-places {parks} --out made/none.doc",
        "unknown-profile": "check-plan --profile gentle",
        "no-dossier": "verify given",
        "no-column": "crosswalk given/schools.csv --name nothing",
        "import-no-crs": "import given/ranh_gioi.csv --as industrial_park --out made/none.gpkg",
        "no-network": "fetch --base-url http://127.0.0.1:9",
        "no-network-json": "fetch --base-url http://127.0.0.1:9 --json",
        "already-there": "template given/already.gpkg",
    }
    steps = []
    for name, line in refused.items():
        steps.append(Step(f"refused-{name}-vi", line))
        if line.split()[0] in COMMANDS:
            steps.append(Step(f"refused-{name}-en", f"{line} --lang en"))
    return steps


def _helps() -> list[Step]:
    helps = [Step(f"help-{name}", f"{name} --help") for name in COMMANDS]
    return [Step("help", "--help"), Step("version", "--version"), *helps]


def _each(name: str, line: str) -> list[Step]:
    """The same command for people in vi and in en, and for programs."""
    variants = {"vi": "", "en": " --lang en", "json": " --json"}
    return [Step(f"{name}-{how}", line + more) for how, more in variants.items()]


def record(folder: Path, *, tree: Path = ROOT, quick: bool = False, only: str = "") -> dict:
    """Run every command with the code of `tree`; keep all that is said and written in `folder`.

    Parameters
    ----------
    folder
        Made anew: `given/`, `made/` (every file written), `said/` (NAME.out, NAME.err,
        NAME.exit of each command) and `record.json` (which tree, versions, seconds).
    tree
        A checkout of lsgis.
    quick
        No published communes, no PDF, one `publish`, less in English.
    only
        Regular expression: commands whose names it does not find are left out.

    Returns
    -------
    dict
        What `record.json` says.

    Raises
    ------
    SystemExit
        The folder is not empty, or Python does not take lsgis from `tree`.
    """
    folder, tree = folder.resolve(), tree.resolve()
    if folder.exists() and any(folder.iterdir()):
        _refuse(f"{folder} holds something already: name another, or remove it")
    with tempfile.TemporaryDirectory(prefix="answers-") as place:
        work = Path(place).resolve()
        real = SHARED / COMMUNES
        make_given(work / "given", None if quick or not real.is_file() else real)
        (work / "made").mkdir()
        (work / "said").mkdir()
        known = _ask_version(tree, work)
        seconds = {}
        steps = [
            step
            for step in list_steps(quick=quick, real_communes=real.is_file())
            if re.search(only, step.name)
        ]
        for n, step in enumerate(steps, start=1):
            seconds[step.name] = _run(step, tree, work)
            print(f"{n}/{len(steps)} {step.name} {seconds[step.name]} s", file=sys.stderr)
        told = {
            **known,
            "quick": quick,
            "only": only,
            "real_communes": real.is_file() and not quick,
            "places": _find_places(work, tree),
            "seconds": seconds,
        }
        for name in ("given", "made", "said"):
            shutil.copytree(work / name, folder / name)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / "record.json").write_text(text + "\n", encoding="utf-8")
    return told


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)


def _environment(tree: Path, *, dated: bool) -> dict[str, str]:
    """What a command sees: the tree's code, a cache of its own, the width of a page, no wishes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LSGIS_")}
    kept |= {"PYTHONPATH": str(tree), "LSGIS_CACHE": "cache", "COLUMNS": "80", "PYTHONUTF8": "1"}
    kept.pop("PYTHONHASHSEED", None)
    kept.pop("OGR_CURRENT_DATE", None)
    return kept | ({"OGR_CURRENT_DATE": "2026-11-22T00:00:00.000Z"} if dated else {})


def _ask_version(tree: Path, work: Path) -> dict[str, str]:
    """Version of the lsgis that runs; refuse when it is not the one of `tree`."""
    asked = "import lsgis; print(lsgis.__file__); print(lsgis.__version__)"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=work,
        env=_environment(tree, dated=False),
        capture_output=True,
        text=True,
        check=False,
    )
    found, version = [*said.stdout.splitlines(), "", ""][:2]
    if said.returncode or not Path(found).resolve().is_relative_to(tree):
        _refuse(f"expected the lsgis of {tree}, found {found or said.stderr}")
    return {"tree": str(tree), "lsgis": version, "python": sys.version.split()[0]}


def _run(step: Step, tree: Path, work: Path) -> float:
    """Run one command, keep what it says; how many seconds it took."""
    command = ["-c", step.script] if step.script else ["-m", "lsgis", *shlex.split(step.line)]
    started = time.perf_counter()
    said = subprocess.run(
        [sys.executable, *command],
        cwd=work,
        env=_environment(tree, dated=not step.dates_itself),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    (work / "said" / f"{step.name}.out").write_bytes(said.stdout)
    (work / "said" / f"{step.name}.err").write_bytes(said.stderr)
    (work / "said" / f"{step.name}.exit").write_text(f"{said.returncode}\n")
    return round(time.perf_counter() - started, 1)


def _find_places(work: Path, tree: Path) -> list[str]:
    """Files that name a folder of this machine: their answers hang on where they were made."""
    marks = [str(path).encode() for path in (work, tree, Path(sys.executable).parent)]
    files = sorted(path for name in ("made", "said") for path in (work / name).rglob("*"))
    return [
        path.relative_to(work).as_posix()
        for path in files
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]


def make_given(folder: Path, communes: Path | None) -> None:
    """Every file the commands read, the same bytes each time; nothing of lsgis is asked."""
    folder.mkdir(parents=True)
    if communes is not None:
        shutil.copy(communes, folder / "communes.geojson")
    _write_tables(folder)
    _write_layers(folder)
    _write_workbook(folder / "projects.xlsx")


def _write_tables(folder: Path) -> None:
    park = [(2396400, 411200), (2396400, 412200), (2395800, 412200), (2395800, 411200)]
    corners = [f"{n};{x},00;{y},00" for n, (x, y) in enumerate(park, start=1)]
    further = [f"13;{n};{x},00;{y + 2000},00" for n, (x, y) in enumerate(park, start=1)]
    head = "Điểm;X (m);Y (m)"
    tables = {
        "park.csv": [head, *corners],
        "two_parcels.csv": ["Thửa;" + head, *(f"12;{row}" for row in corners), *further],
        "projects.csv": [";".join(map(str, row)) for row in _PROJECTS],
        "facts.csv": ["commune_code,teachers", "05977,120", "06001,80"],
        "schools.csv": [
            *("xa,huyen,pupils", "Vĩnh Trại,Thành phố Lạng Sơn,410", "Đông Kinh,Lạng Sơn,388"),
            *("Hữu Lũng,Hữu Lũng,512", "Hữu Liên,Hữu Lũng,97", "Nowhere,Hữu Lũng,5"),
        ],
        "no_crs.csv": ["code,name_vi,x,y", "A,Khu A,431000,2400000"],
        "ranh_gioi.csv": [
            "ma,ten_kcn,dien_tich,WKT",
            f'K1,Khu công nghiệp thử,"1.234,5","{_ring(106.38, 21.47, 0.01)}"',
            f'K2,Khu cÃ´ng nghiá»‡p,12,"{_ring(106.50, 21.55, 0.01)}"',
        ],
    }
    for name, lines in tables.items():
        text = "\n".join(lines) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    (folder / "already.gpkg").write_bytes(b"")


_PROJECTS: list[tuple] = [
    ("Tên dự án", "WKT", "crs", "accuracy", "type", "xã/phường"),
    ("Nội thành", INNER, "EPSG:9215", "0.5", "residential", "Lương Văn Tri"),
    ("Xa", FAR, "EPSG:9215", "", "", ""),
    ("=1+1", "POINT (106.76 21.85)", "EPSG:4326", "5", "industrial", "Hữu Lũng"),
    ("Hỏng", "POLYGON ((1 1", "EPSG:9215", "", "", ""),
    ("Không hệ tọa độ", FAR, "", "", "", ""),
]


def _write_layers(folder: Path) -> None:
    """GeoJSON in degrees: parks that are good and bad, a site, squares that tile badly."""
    parks = [
        ({"code": "KCN-01", "name_vi": "Khu A", "commune_codes": "06385"}, (106.38, 21.47, 0.02)),
        ({"code": "KCN-02", "name_vi": "Khu B", "commune_codes": "06001"}, (106.50, 21.55, 0.01)),
    ]
    bad = [
        *parks,
        ({"code": "KCN-02", "phase": "soon"}, (106.505, 21.555, 0.01)),
        ({"code": None, "name_vi": "Hoà", "commune_codes": "1"}, (20.0, 10.0, 0.1)),
    ]
    squares = [
        ({"commune_code": "05977"}, (106.70, 21.80, 0.05)),
        ({"commune_code": "06001"}, (106.750002, 21.80, 0.05)),
        ({"commune_code": "99999"}, (106.749, 21.85, 0.05)),
    ]
    files = {
        "parks.geojson": parks,
        "bad_parks.geojson": bad,
        "squares.geojson": squares,
        "good.geojson": [({"code": "M1", "name_vi": "Di tích"}, (106.70, 21.86, 0.002))],
        "site.geojson": [({"name": "Khu đất"}, (106.37, 21.48, 0.02))],
    }
    for name, features in files.items():
        (folder / name).write_text(_geojson(features), encoding="utf-8", newline="\n")
    whole = _geojson(parks)
    (folder / "truncated.geojson").write_text(whole[: len(whole) * 2 // 3], encoding="utf-8")
    (folder / "my_layers").mkdir()
    (folder / "my_layers/industrial_park.geojson").write_text(whole, encoding="utf-8")
    monument = _geojson(files["good.geojson"])
    (folder / "my_layers/monument_zone.geojson").write_text(monument, encoding="utf-8")
    with zipfile.ZipFile(folder / "parks.geojson.zip", "w") as file:
        file.writestr(zipfile.ZipInfo("parks.geojson", (2026, 11, 22, 0, 0, 0)), whole)


def _corners(west: float, south: float, side: float) -> list[list[float]]:
    east, north = round(west + side, 6), round(south + side, 6)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _ring(west: float, south: float, side: float) -> str:
    return f"POLYGON (({', '.join(f'{x} {y}' for x, y in _corners(west, south, side))}))"


def _geojson(features: list) -> str:
    rows = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": [_corners(*square)]},
        }
        for properties, square in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)


def _write_workbook(path: Path) -> None:
    """The table of projects as a workbook; its day is stated, so its bytes are the same."""
    from datetime import datetime

    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as file:
        file.set_properties({"created": datetime(2026, 11, 22)})
        sheet = file.add_worksheet("Dự án")
        for n, row in enumerate([("Danh mục dự án",), *_PROJECTS]):
            for column, cell in enumerate(row):
                sheet.write_string(n, column, cell)
