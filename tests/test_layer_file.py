"""Layer files: every value held to its type, every problem told at once, what is open let by."""

import ast
import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lsgis
from lsgis.catalogue import (
    ByLayer,
    UnknownLayerError,
    layer_with_role,
    layers_with_role,
    list_open,
    read_catalogue,
    read_layer_file,
    read_register,
    require_layer,
)
from lsgis.catalogue.definition import examine_layer_file
from lsgis.catalogue.layer import ROLES, SINGLE_ROLES
from lsgis.catalogue.register import read_header
from lsgis.errors import CatalogueError
from lsgis.region import embedded_folder, read_region

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(lsgis.__file__).parent
FILES = sorted((embedded_folder() / "layers").glob("*.toml"))
PARK = """\
name = "park"
title = { vi = "Công viên", en = "Parks" }
theme = "urban"
geometry = "Point"
accepts = ["Polygon"]
crs = "EPSG:9215"
key = "code"
quality = "schematic"
accuracy_m = 500
restricts = false
roles = ["nearby"]
order = { nearby = 3 }
fields = ["code", "name_vi", "kind", "opened", "closed"]

[expected]
count = 19
by_type = { gate = 19 }
tolerance = 0.01
tiles = false

[legal]
instrument = "339/QĐ-UBND"
clause = "339/V.2"

[build]
from = "point"
register = "border_gate"
where = { kind = ["gate"] }

[style]
color = "#5e3c99"
shape = "triangle"
width = 1.5
dash = "5 4"
colors = { gate = "#c2187a" }

[check]
bands_m = [0, 100]
office = "commune_committee"

[field.kind]
domain = ["gate"]
pattern = '[a-z]+'
refers = "kind.code"

[field.opened]
type = "date"
title = { vi = "Ngày mở", en = "Opened" }
nullable = false

[field.closed]
type = "date"
title = { vi = "Ngày đóng", en = "Closed" }
not_before = "opened"
"""


def write(folder: Path, text: str, name: str = "park") -> Path:
    """A layer file in a folder of its own."""
    path = folder / "layers" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    """The toy layer with one line another."""
    assert PARK.count(old) == 1
    return PARK.replace(old, new)


def test_the_toy_layer_is_sound(tmp_path):
    layer = read_layer_file(write(tmp_path, PARK))
    assert [column.name for column in layer.fields] == [
        "code",
        "name_vi",
        "kind",
        "opened",
        "closed",
    ]
    shared = {column.name: column for column in read_catalogue()["border_gate"].fields}
    assert layer.fields[:2] == (shared["code"], shared["name_vi"])
    assert layer.fields[2].title == shared["kind"].title and layer.fields[2].domain == ("gate",)
    assert layer.order == {"nearby": 3} and layer.expected.count == 19


WRONG = [
    # (line of the toy, what stands there instead, key, found)
    ("restricts = false", 'restricts = "false"', "restricts", '"false"'),
    ("restricts = false", "restricts = 0", "restricts", "0"),
    ("accuracy_m = 500", 'accuracy_m = "about 5 km"', "accuracy_m", '"about 5 km"'),
    ("accuracy_m = 500", "accuracy_m = -5", "accuracy_m", "-5"),
    ("accuracy_m = 500", "accuracy_m = nan", "accuracy_m", "nan"),
    ("accuracy_m = 500", "accuracy_m = inf", "accuracy_m", "inf"),
    ("accuracy_m = 500", "accuracy_m = true", "accuracy_m", "True"),
    ("accuracy_m = 500\n", "", "accuracy_m", "–"),
    ('quality = "schematic"', 'quality = "none"', "accuracy_m", "500"),
    ('quality = "schematic"', 'quality = "good"', "quality", '"good"'),
    ("count = 19", 'count = "nineteen"', "expected.count", '"nineteen"'),
    ("count = 19", "count = 19.5", "expected.count", "19.5"),
    ("count = 19", "count = -1", "expected.count", "-1"),
    ("{ gate = 19 }", '{ gate = "19" }', "expected.by_type.gate", '"19"'),
    ("{ gate = 19 }", "{ gates = 19 }", "expected.by_type", '"gates"'),
    ("tolerance = 0.01", "tolerance = 1.5", "expected.tolerance", "1.5"),
    ('theme = "urban"', 'theme = "econmy"', "theme", '"econmy"'),
    ('clause = "339/V.2"', 'clause = "339/V.99"', "legal.clause", '"339/V.99"'),
    ('"339/QĐ-UBND"', '"339/QD-UBND"', "legal.instrument", '"339/QD-UBND"'),
    ('"339/QĐ-UBND"', '"1672/NQ-UBTVQH15"', "legal.instrument", '"1672/NQ-UBTVQH15"'),
    ("EPSG:9215", "EPSG:4326", "crs", '"EPSG:4326"'),
    ("EPSG:9215", "VN-2000", "crs", '"VN-2000"'),
    ("nullable = false", 'nullable = "no"', "field.opened.nullable", '"no"'),
    (', en = "Parks"', "", "title", "{'vi': 'Công viên'}"),
    ('en = "Parks"', 'en = ""', "title.en", '""'),
    ('en = "Parks"', 'en = " "', "title.en", '" "'),
    ('en = "Parks"', 'en = "Parks", fr = "Parcs"', "title", "{'vi': 'Công viên', 'en': 'Parks'"),
    (', en = "Opened"', "", "field.opened.title", "{'vi': 'Ngày mở'}"),
    ("'[a-z]+'", "'([a-z'", "field.kind.pattern", '"([a-z"'),
    ('register = "border_gate"', 'register = "gates"', "build.register", '"gates"'),
    ('register = "border_gate"\n', "", "build.register", "–"),
    ("{ kind = [", "{ sort = [", "build.where.sort", '"sort"'),
    ("kind.code", "kinds.code", "field.kind.refers", '"kinds"'),
    ("kind.code", "kind.codes", "field.kind.refers", '"codes"'),
    ("kind.code", "kind", "field.kind.refers", '"kind"'),
    ('not_before = "opened"', 'not_before = "open"', "field.closed.not_before", '"open"'),
    ("commune_committee", "mayor", "check.office", '"mayor"'),
    ('from = "point"', 'from = "points"', "build.from", '"points"'),
    ('from = "point"', 'from = "line"', "build.waypoints", "–"),
    ('from = "point"', 'from = "line"\nwaypoints = "none"', "build.waypoints", '"none"'),
    ('from = "point"', 'from = "line"\nwaypoints = "kind"', "build.waypoints", '"line_code"'),
    ('from = "point"', 'from = "union"\nlist = ["zone_mid"]', "build.list[0]", '"zone_mid"'),
    ('from = "point"', 'from = "file"\nfile = "layer/x.gpkg"', "build.file", '"layer/x.gpkg"'),
    ("#5e3c99", "purple", "style.color", '"purple"'),
    ("#5e3c99", "#5E3C99", "style.color", '"#5E3C99"'),
    ("#c2187a", "#c2187", "style.colors.gate", '"#c2187"'),
    ('dash = "5 4"', 'dash = "5,4"', "style.dash", '"5,4"'),
    ('shape = "triangle"', 'shape = "heart"', "style.shape", '"heart"'),
    ("width = 1.5", "width = -1", "style.width", "-1"),
    ("[0, 100]", "[100, 0]", "check.bands_m", "[100, 0]"),
    ("[0, 100]", "[0, 100, 100]", "check.bands_m", "[0, 100, 100]"),
    ("[0, 100]", "[]", "check.bands_m", "[]"),
    ("[0, 100]", '[0, "100"]', "check.bands_m[1]", '"100"'),
    ('"opened", "closed"]', '"opened", "closed", "code"]', "fields[5]", '"code"'),
    ('"opened", "closed"]', '"opened", "closed", "shut"]', "fields[5]", '"shut"'),
    (', "closed"]', "]", "field.closed", '"closed"'),
    ('key = "code"', 'key = "id"', "key", '"id"'),
    ('accepts = ["Polygon"]', 'accepts = ["Area"]', "accepts[0]", '"Area"'),
    (
        'accepts = ["Polygon"]',
        'accepts = ["Polygon", "Polygon"]',
        "accepts",
        "['Polygon', 'Polygon']",
    ),
    ('accepts = ["Polygon"]', 'accepts = "Polygon"', "accepts", '"Polygon"'),
    ('roles = ["nearby"]', 'roles = ["near"]', "roles[0]", '"near"'),
    ('roles = ["nearby"]', "roles = []", "order.nearby", '"nearby"'),
    ('name = "park"', 'name = "parks"', "name", '"parks"'),
    ("restricts = false", "restrict = false", "restrict", "False"),
    ("[check]", "[checks]", "checks", "{'bands_m': [0, 100]"),
    ("[field.kind]", '[field.kind]\nname = "kind"', "field.kind.name", '"kind"'),
    ("[field.kind]", "[field.kind]\nunits = 1", "field.kind.units", "1"),
    ("tiles = false", "tile = true", "expected.tile", "True"),
    ("geometry = ", "shape = ", "geometry", "–"),
]


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    WRONG,
    ids=[f"{key}: {new or 'gone'}" for _, new, key, _ in WRONG],
)
def test_a_wrong_value_is_refused_by_file_key_expected_and_found(tmp_path, old, new, key, found):
    with pytest.raises(CatalogueError) as refused:
        read_layer_file(write(tmp_path, changed(old, new)))
    for lang, words in (("en", ("expected", "found")), ("vi", ("cần", "thấy"))):
        head, *lines = refused.value.message(lang).split("\n  ")
        assert "park.toml" in head
        line = next(line for line in lines if line.startswith(f"{key}: "))
        expected, _, told = line.partition(f"; {words[1]} ")
        assert told.startswith(found)
        assert len(expected) > len(f"{key}: {words[0]} ")


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    text = PARK
    places = {"restricts = false": 'restricts = "no"', "count = 19": "count = 1.5",
              "#5e3c99": "red", "[0, 100]": "[2, 1]", "kind.code": "nothing.code",
              "urban": "town"}  # fmt: skip
    for old, new in places.items():
        text = text.replace(old, new)
    with pytest.raises(CatalogueError) as refused:
        read_layer_file(write(tmp_path, text))
    lines = refused.value.message("en").split("\n  ")[1:]
    assert {line.partition(":")[0] for line in lines} == {
        "restricts", "expected.count", "style.color", "check.bands_m", "field.kind.refers", "theme",
    }  # fmt: skip


OPEN = [
    ('theme = "urban"', 'theme = "parks"', "theme", "theme"),
    ('clause = "339/V.2"', 'clause = "339/V.99"', "legal.clause", "clause"),
    ('"339/QĐ-UBND"', '"99/QĐ-UBND"', "legal.instrument", "instrument"),
    ("commune_committee", "gardeners", "check.office", "office"),
    ("{ gate = 19 }", "{ lake = 19 }", "expected.by_type", "kind"),
]


@pytest.mark.parametrize(
    ("old", "new", "key", "register"), OPEN, ids=[key for _, _, key, _ in OPEN]
)
def test_what_waits_for_a_row_of_a_register_is_no_refusal_in_a_catalogue(
    tmp_path, old, new, key, register
):
    write(tmp_path, changed(old, new))
    region = read_region(catalogue=[tmp_path])
    assert "park" in read_catalogue(region)
    (problem,) = list_open(region)
    assert (problem.file, problem.key, problem.register) == ("park.toml", key, register)
    if register == "instrument":  # its clause names another one: more than a row is missing
        return
    code = new.replace(" = 19", "").split('"')[1] if '"' in new else new.strip("{ }").split()[0]
    columns = read_header(register)
    cells = {"code": code, "clause": code, "instrument": "339/QĐ-UBND"}
    own = tmp_path / "with_row"
    (own / "data").mkdir(parents=True)
    row = ",".join(cells.get(column, "") for column in columns)
    (own / "data" / f"{register}.csv").write_text(f"{','.join(columns)}\n{row}\n", "utf-8")
    region = read_region(catalogue=[tmp_path, own])
    _, problems = examine_layer_file(tmp_path / "layers" / "park.toml", region=region)
    assert key not in {p.key for p in problems}  # the row is there: nothing waits for it


# ---- any file of the tree, any of its values


def leaves(value, at=()):
    """Every value of a file by its path: tables within tables, items of lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*at, key)
        if isinstance(item, dict | list):
            yield from leaves(item, (*at, key))


def dotted(path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def other_type(value):
    """A value of another TOML type; a whole number is also a number."""
    kinds = {
        "text": st.sampled_from(["x", ""]),
        "number": st.sampled_from([3, 2.5]),
        "flag": st.booleans(),
        "list": st.just([[]]),
        "table": st.just({"odd": {"odd": 1}}),
    }
    kind = {str: "text", bool: "flag", int: "number", float: "number", list: "list", dict: "table"}
    return st.one_of(*(s for name, s in kinds.items() if name != kind[type(value)]))


def toml(value) -> str:
    """A value as TOML, inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_value_of_another_type_is_refused_by_its_key(tmp_path_factory, data):
    file = data.draw(st.sampled_from(FILES))
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    path = data.draw(st.sampled_from(sorted(leaves(raw), key=dotted)))
    spoilt = copy.deepcopy(raw)
    parent = spoilt
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = data.draw(other_type(parent[path[-1]]))
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in spoilt.items())
    with pytest.raises(CatalogueError) as refused:
        folder = tmp_path_factory.mktemp("spoilt")
        read_layer_file(write(folder, text, file.stem))
    keys = [line.partition(": ")[0] for line in refused.value.message("en").split("\n  ")[1:]]
    assert any(key == dotted(path) or key.startswith(f"{dotted(path)}.") for key in keys)


# ---- folders


def test_a_later_folder_stands_in_the_place_of_an_earlier_one(tmp_path):
    write(tmp_path, PARK)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "theme.csv").write_text("code,vi,en,rank\na,b,c,99\n", encoding="utf-8")
    text = (embedded_folder() / "layers" / "wetland.toml").read_text(encoding="utf-8")
    write(tmp_path, text.replace("restricts = true", "restricts = false"), "wetland")
    both = read_catalogue(read_region(catalogue=[tmp_path]))
    assert set(both) == {*read_catalogue(), "park"} and list(both) == sorted(both)
    assert read_catalogue()["wetland"].restricts and not both["wetland"].restricts
    assert both["commune"] == read_catalogue()["commune"]
    assert read_register("theme", read_region(catalogue=[tmp_path]))["code"].iloc[-1] == "a"
    assert read_register("theme")["code"].iloc[-1] != "a"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("code,vi\na\n", "broken.csv.*as many cells as the header", id="short row"),
        pytest.param('code,vi\n"a,b\n', "broken.csv", id="quote left open"),
    ],
)
def test_a_register_that_is_no_table_is_refused(tmp_path, text, match):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=match):
        read_register("broken", read_region(catalogue=[tmp_path]))


def test_an_own_folder_adds_a_shared_field(tmp_path):
    path = tmp_path / "layers" / "shared" / "field.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[shade]\ntype = "text"\ntitle = { vi = "Bóng", en = "Shade" }\n', "utf-8")
    write(tmp_path, changed('"kind", ', '"kind", "shade", '))
    layer = read_catalogue(read_region(catalogue=[tmp_path]))["park"]
    assert layer.fields[3].title["en"] == "Shade"
    path.write_text('[shade]\ntype = "words"\ntitle = { vi = "Bóng" }\n', "utf-8")
    other = tmp_path / "other"
    (other / "layers" / "shared").mkdir(parents=True)
    path.rename(other / "layers" / "shared" / "field.toml")
    with pytest.raises(CatalogueError, match=r"field.toml.*\n  shade.type.*\n  shade.title"):
        read_catalogue(read_region(catalogue=[other]))


# ---- roles


def test_single_roles_have_one_layer_and_each_role_is_used():
    catalogue = read_catalogue()
    for role in SINGLE_ROLES:
        assert role in layer_with_role(catalogue, role).roles
    assert all(layers_with_role(catalogue, role) for role in ROLES)


def test_layers_of_a_role_stand_in_its_order_and_the_others_last_by_name(tmp_path):
    for name, order in {"b": "", "a": "", "d": 1, "c": 2}.items():
        text = changed('name = "park"', f'name = "{name}"')
        text = text.replace(
            "order = { nearby = 3 }", f"order = {{ nearby = {order} }}" * bool(order)
        )
        write(tmp_path, text, name)
    catalogue = read_catalogue(read_region(catalogue=[tmp_path]))
    own = [n.name for n in layers_with_role(catalogue, "nearby") if n.name in "abcd"]
    assert own == ["d", "c", "a", "b"]


def test_a_role_of_which_there_is_one_is_refused_to_a_second_layer(tmp_path):
    text = changed('roles = ["nearby"]', 'roles = ["nearby", "unit"]')
    write(tmp_path, text)
    with pytest.raises(CatalogueError, match="role 'unit'; found: commune, park"):
        read_catalogue(read_region(catalogue=[tmp_path]))
    with pytest.raises(CatalogueError, match="no role 'units'; there are: unit, outline"):
        layers_with_role(read_catalogue(), "units")
    with pytest.raises(CatalogueError, match="exactly one layer with the role 'unit'; found: –"):
        layer_with_role({}, "unit")


# names that stand in code for something else than the layer of that name
NOT_A_LAYER = {
    "lsgis/cli/plan_commands.py": {"commune"},  # a column of the ledger
    "lsgis/ledger/inventory.py": {"commune"},  # the same
    "lsgis/crosswalk/unit.py": {"commune"},  # part of the code of a text: crosswalk.shares-commune
    "lsgis/sitecheck/batch_table.py": {"commune"},  # a heading that people write
    "lsgis/sitecheck/declared.py": {"commune"},  # a value of a log row
    # keys of a site report, which keep their names whatever the layers are called
    "lsgis/sitecheck/context.py": {"socio_economic_zone", "environmental_zone"},
    "lsgis/report/surroundings.py": {"socio_economic_zone", "environmental_zone"},
}


def test_no_layer_is_named_in_code():
    names, found = {path.stem for path in FILES}, {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in names:
                file = f"lsgis/{path.relative_to(PACKAGE).as_posix()}"
                found.setdefault(file, set()).add(node.value)
    assert found == NOT_A_LAYER


# ---- names


@pytest.mark.parametrize("look", [require_layer, lambda name: read_catalogue()[name]])
def test_a_name_that_is_none_is_refused_with_the_nearest(look):
    with pytest.raises(KeyError, match="did you mean 'commune'") as refused:
        look("comune")
    assert isinstance(refused.value, CatalogueError | UnknownLayerError)
    assert str(refused.value).startswith("no layer 'comune' in the catalogue")
    assert "có phải là “commune”" in refused.value.message("vi")
    with pytest.raises(CatalogueError, match="no layer '§' in the catalogue; there are: border"):
        look("§")


def test_a_mapping_by_layer_is_a_mapping():
    values = ByLayer({"b": 1, "a": 2})
    assert dict(values) == {"b": 1, "a": 2} and values == {"b": 1, "a": 2} and len(values) == 2
    assert "a" in values and "c" not in values and values.get("c") is None
    assert repr(values) == "ByLayer(b, a)"


# ---- one file to add a layer

CEMETERY = """\
name = "cemetery"
title = { vi = "Nghĩa trang", en = "Cemeteries" }
theme = "burial"
geometry = "Polygon"
crs = "EPSG:9215"
key = "code"
quality = "none"
restricts = true
roles = ["corridor", "nearby", "around", "table", "opening"]
fields = ["code", "name_vi"]

[expected]
by_type = { burial_ground = 3 }

[legal]
instrument = "99/QĐ-UBND"
clause = "99/I"

[build]
from = "none"

[style]
color = "#123456"

[check]
office = "gravediggers"
"""
COMMANDS = [
    ["list-layers", "--lang", "en"],
    ["check-plan", "--lang", "en"],
    ["template", "template.gpkg"],
    ["check-layer", "own.geojson", "--as", "cemetery"],
    ["publish", "site", "--lang", "en"],
    ["check-site", "106.36,21.68", "--on", "2026-03-01", "--lang", "en", "--out", "dossier",
     "--formats", "json,html,xlsx,gpkg"],
]  # fmt: skip
SQUARE = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":
{"code": "C1", "name_vi": "Một"}, "geometry": {"type": "Polygon", "coordinates":
[[[106.5, 21.7], [106.51, 21.7], [106.51, 21.71], [106.5, 21.7]]]}}]}"""


def test_with_one_file_more_every_command_works_and_tells_what_is_open(tmp_path):
    """A layer of which nothing else is known yet: theme, clause, office, kind, texts, rows."""
    house = tmp_path / "house"
    for name in ("data", "layers"):
        shutil.copytree(embedded_folder() / name, house / name)
    shutil.copytree(PACKAGE, house / "lsgis", ignore=shutil.ignore_patterns("__pycache__"))
    write(house, CEMETERY, "cemetery")
    (tmp_path / "own.geojson").write_text(SQUARE, encoding="utf-8")
    run = (
        "import json, sys; from click.testing import CliRunner; from lsgis.cli import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    done = CliRunner().invoke(main, words)\n"
        "    print(words[0], done.exit_code, done.output, sep='\\n', end='\\0')\n"
    )
    path = os.pathsep.join([str(house), *filter(None, sys.path)])
    made = subprocess.run(
        [sys.executable, "-c", run, json.dumps(COMMANDS)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = {part.split("\n")[0]: part.split("\n", 2)[1:] for part in made.stdout.split("\0")[:-1]}
    assert {name: code in ("0", "1") for name, (code, _) in told.items()} == dict.fromkeys(
        (command[0] for command in COMMANDS), True
    ), told
    keys = ["theme", "legal.clause", "legal.instrument", "check.office", "expected.by_type"]
    for command in ("list-layers", "check-plan"):
        for key in keys:
            assert f"File cemetery.toml, key {key}: " in told[command][1], (command, key)
    issues = json.loads((tmp_path / "site" / "issues.json").read_text(encoding="utf-8"))["issues"]
    open_files = [issue for issue in issues if issue["code"].startswith("LS-CAT")]
    assert len(open_files) == len(keys) + 1 and {i["layer"] for i in open_files} == {"cemetery"}
    (document,) = (tmp_path / "dossier").glob("*.json")
    clauses = json.loads(document.read_text(encoding="utf-8"))["clauses"]
    (clause,) = [clause for clause in clauses if clause["id"] == "99/I"]
    assert clause["status"] == "unknown" and "not in the register" in clause["note_en"]
    (page,) = (tmp_path / "dossier").glob("*.html")
    assert clause["note_en"] in page.read_text(encoding="utf-8")
