"""Every command that writes, on small real inputs: used by tests and by scripts/run_kills.py."""

import csv
import hashlib
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click
import geopandas as gpd
import shapely

from lsgis.cli.app import main
from lsgis.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
SQUARE = (
    "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
)
# paths that a command reads, by the name of their parameter
READ = {
    "file", "table", "tables", "dossier", "plan", "communes", "catalogue", "region", "office",
    "dem", "disputes", "outline", "reference", "cache", "shares", "accepted",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One way of a command to write: its parameter, its arguments from (given, out), what stays.

    `kept` are files that stay of a run that failed: what was done is not done again.
    """

    command: str
    parameter: str
    arguments: Callable[[Path, Path], list[object]]
    kept: tuple[str, ...] = ()
    fits: bool = True  # False: needs more than the small disk of the quick tests


def _asked(given: Path) -> list[object]:
    return ["--on", "2026-11-22", "--cache", given / "cache"]


CASES = {
    "import": Case(
        "import-layer",
        "out",
        lambda given, out: [given / "parks.geojson", "--as", "industrial_park", "--out",
                            out / "in.gpkg"],
    ),
    "template": Case("write-template", "out", lambda given, out: [out / "template.gpkg"]),
    "check-plan": Case("check-plan", "out", lambda given, out: ["--out", out / "ledger.csv"]),
    "check-plan issues": Case(
        "check-plan", "issues", lambda given, out: ["--issues", out / "found"]
    ),
    "crosswalk": Case(
        "crosswalk-table",
        "out",
        lambda given, out: [given / "old.csv", "--name", "commune", "--district", "district",
                            "--count", "people", "--out", out / "moved.csv"],
    ),
    "mend-text": Case(
        "mend-text", "out", lambda given, out: [given / "old.csv", "--out", out / "mended.csv"]
    ),
    "dossier": Case(
        "check-site",
        "out",
        lambda given, out: [SQUARE, "--crs", "EPSG:9215", "--accuracy", "0.5", *_asked(given),
                            "--formats", "html,json,xlsx,gpkg", "--out", out / "dossier"],
    ),
    "index": Case(
        "check-site",
        "cache",
        lambda given, out: [SQUARE, "--crs", "EPSG:9215", "--accuracy", "0.5", "--on", "2026-11-22",
                            "--cache", out / "cache"],
    ),
    "check-sites": Case(
        "check-sites",
        "out",
        lambda given, out: [given / "sites.csv", *_asked(given), "--out", out / "verdicts"],
        kept=("verdicts/journal.jsonl",),
    ),
    "check-sites dossiers": Case(
        "check-sites",
        "out",
        lambda given, out: [given / "few.csv", *_asked(given), "--dossiers", "--formats",
                            "html,json", "--out", out / "verdicts"],
        kept=("verdicts/journal.jsonl", "verdicts/dossier/"),
    ),
    "repair": Case(
        "check-layer",
        "mended",
        lambda given, out: [given / "parks.geojson", "--as", "industrial_park", "--repair",
                            out / "mended.gpkg"],
    ),
    "check-layer issues": Case(
        "check-layer",
        "issues",
        lambda given, out: [given / "parks.geojson", "--as", "industrial_park", "--issues",
                            out / "found"],
    ),
    "join-facts": Case(
        "join-facts",
        "out",
        lambda given, out: [given / "parks.geojson", "--facts", given / "facts.csv", "--on", "code",
                            "--out", out / "joined.gpkg"],
    ),
    "join-places": Case(
        "join-places",
        "out",
        lambda given, out: [given / "parks.geojson", "--out", out / "places.gpkg"],
    ),
    "clip-to": Case(
        "clip-to",
        "out",
        lambda given, out: [given / "parks.geojson", "--within", "Đông Kinh", "--out",
                            out / "clipped.geojson"],
    ),
    "overlay-zones": Case(
        "overlay-zones",
        "out",
        lambda given, out: ["commune", "environmental_zone", "--out", out / "zones.csv"],
    ),
    "publish": Case("publish", "out", lambda given, out: [out / "site"], fits=False),
    "fetch": Case(
        "fetch",
        "cache",
        lambda given, out: ["--base-url", (given / "address").read_text(), "--cache",
                            out / "fetched"],
        kept=("fetched/",),
    ),
}  # fmt: skip


def places() -> set[tuple[str, str]]:
    """Every command with a path it may write to, by the command line itself."""
    found = {("fetch", "cache"), ("check-site", "cache")}
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        for one in command.params:
            if type(one.type).__name__ == "Place" and one.name not in READ:
                found.add((name, str(one.name)))
    return found


@contextmanager
def given(folder: Path) -> Iterator[Path]:
    """Inputs of all cases in a folder, and a publisher for as long as the block lasts."""
    folder.mkdir(exist_ok=True)
    shapes = [shapely.box(449_000 + 900 * n, 2_417_000, 449_500 + 900 * n, 2_417_400)
              for n in range(30)]  # fmt: skip
    parks = gpd.GeoDataFrame(
        {
            "code": [f"KCN{n:02d}" for n in range(30)],
            "name_vi": [f"Khu công nghiệp {n}" for n in range(30)],
            "commune_codes": ["05977"] * 30,
            "note_vi": ["ghi chú " * 40] * 30,
        },
        geometry=shapes,
        crs=9215,
    )
    parks.to_file(folder / "parks.geojson")
    _table(folder / "facts.csv", ["code", "people"], [[f"KCN{n:02d}", n] for n in range(30)])
    _table(folder / "old.csv", ["commune", "district", "people"], [["Xã Chi Lăng", "Chi Lăng", 10]])
    heads = ["name", "site", "crs", "accuracy_m"]
    sites = [[f"site {n}", shape.wkt, "EPSG:9215", 1] for n, shape in enumerate(shapes * 4)]
    _table(folder / "sites.csv", heads, sites)
    _table(folder / "few.csv", heads, sites[:3])
    with _publisher() as address:
        (folder / "address").write_text(address)
        _, said = start(CASES["dossier"], folder, folder / "warm").communicate()
        assert any((folder / "cache").rglob("*.sqlite")), said
        yield folder


@contextmanager
def _publisher() -> Iterator[str]:
    """The address of a publisher in a process of its own: who forks must have no threads."""
    code = (
        "import sys; from loopback import serve\n"
        "with serve() as server: print(server.url, flush=True); sys.stdin.read()"
    )
    known = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": known}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as child:  # type: ignore[call-overload]
        yield child.stdout.readline().strip()
        child.stdin.close()


def _table(path: Path, heads: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])


def arguments(case: Case, given: Path, out: Path, lang: str = "en", *more: str) -> list[str]:
    """The whole command line after the program's name."""
    return [case.command, *map(str, case.arguments(given, out)), "--lang", lang, *more]


def can_force(case: Case) -> bool:
    """Whether the command replaces a file only when told so."""
    command = main.get_command(click.Context(main), case.command)
    assert command is not None
    return any(one.name == "force" for one in command.params)


def start(case: Case, given: Path, out: Path, **options: object) -> subprocess.Popen[str]:
    """The real program at work."""
    command = [sys.executable, "-m", "lsgis", *arguments(case, given, out)]
    known = {"NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    told: dict[str, object] = {"env": os.environ | known, "text": True, **options}
    told.setdefault("stdout", subprocess.DEVNULL)
    told.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(command, **told)  # type: ignore[call-overload, no-any-return]


def seen(folder: Path) -> dict[str, str]:
    """Every file below a folder with a digest of what it says, clocks of formats left out."""
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "journal.jsonl"
    }


def leftovers(*folders: Path) -> list[str]:
    """What no finished run leaves: work folders, and names that libraries make up for a while."""
    names = (".lsgis-*", "tmp*", "*-journal", "*-wal", "*.probe", "*.part")
    return sorted(str(path) for folder in folders for name in names for path in folder.rglob(name))


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".gpkg":
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as file:
            content = "\n".join(_dump(file)).encode()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            parts = [(name, packed.read(name)) for name in sorted(packed.namelist())
                     if name != "docProps/core.xml"]  # fmt: skip
        content = repr(parts).encode()
    return hashlib.sha256(content).hexdigest()


def _dump(file: sqlite3.Connection) -> Iterator[str]:
    """Every row of every table that SQLite itself can read."""
    names = [n for (n,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in sorted(names):
        with suppress(sqlite3.OperationalError):  # an index of a module that is not here
            asked = file.execute(f"SELECT * FROM [{name}]")
            heads = [head for head, *_ in asked.description]
            rows = [dict(zip(heads, row, strict=True)) | {"last_change": ""} for row in asked]
            yield f"{name}: {sorted(map(repr, rows))}"
