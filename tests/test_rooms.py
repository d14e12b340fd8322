"""The house: each room imports only from rooms above it."""

import ast
from pathlib import Path

import pytest

import lsgis

PACKAGE = Path(lsgis.__file__).parent
ROOMS = [
    "resource",
    "text",
    "errors",
    "disk",
    "spreadsheet",
    "toml_record",
    "region",
    "digest",
    "hollow",
    "crs",
    "catalogue",
    "intake",
    "combine",
    "check",
    "source",
    "crosswalk",
    "ledger",
    "sitefile",
    "layerfile",
    "sitecheck",
    "report",
    "webmap",
    "publication",
    "machine",
    "cli",
    "__main__",
]
# the chapters of the largest room, in their order
SITECHECK = [
    "record",
    "record_json",
    "law",
    "index",
    "store",
    "build",
    "cache",
    "verdict",
    "telling",
    "context",
    "terrain",
    "content",
    "declared",
    "assess",
    "verification",
    "batch_table",
    "batch_summary",
    "batch_process",
    "batch",
]
ONLY_IMPORTER = {
    "folium": "webmap", "click": "cli", "tqdm": "cli", "pooch": "source", "weasyprint": "report",
    "docx": "report", "segno": "report", "matplotlib": "report", "rasterio": "sitecheck",
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    room = room_of(path)
    if room == "__init__":
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "lsgis" and len(parts) > 1 and parts[1] in ROOMS:
            assert ROOMS.index(parts[1]) <= ROOMS.index(room), f"{room} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_one_room(path):
    for name in imported(path):
        library = name.split(".")[0]
        assert ONLY_IMPORTER.get(library, room_of(path)) == room_of(path), f"{name} in {path}"


@pytest.mark.parametrize(
    "path",
    sorted((PACKAGE / "sitecheck").rglob("*.py")),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_imports_within_the_site_check_go_one_way(path):
    room = path.relative_to(PACKAGE / "sitecheck").parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[:2] == ["lsgis", "sitecheck"] and len(parts) > 2 and parts[2] in SITECHECK:
            assert SITECHECK.index(parts[2]) <= SITECHECK.index(room), f"{room} imports {name}"


def test_every_room_is_known():
    assert {room_of(path) for path in FILES} - {"__init__"} == set(ROOMS)
    within = [p.relative_to(PACKAGE / "sitecheck") for p in (PACKAGE / "sitecheck").rglob("*.py")]
    assert {p.parts[0].removesuffix(".py") for p in within} - {"__init__"} == set(SITECHECK)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_number_of_the_decision_in_code(path):
    numbers = {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    assert not numbers & {65, 61, 830732, 831018, 830967, 163, 196}


def test_no_two_modules_bear_one_name():
    """Packages count, too: a name leads to one place."""
    names = [path.stem if path.stem != "__init__" else path.parent.name for path in FILES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_rooms_have_chapters_not_slips():
    """A module of a few lines is a paragraph of the one that asks for it."""
    chapters = [path for path in FILES if not path.stem.startswith("__")]
    assert len(chapters) <= 125
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in chapters)
    assert lengths[len(lengths) // 2] >= 150
