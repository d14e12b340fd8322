"""No cell that lsgis writes is run by a spreadsheet, whoever wrote it and wherever it goes."""

import ast
import csv
import io
from itertools import chain
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import VN2000, square

import lsgis
from lsgis.check import Issue, write_issues
from lsgis.cli import main
from lsgis.layerfile import write_import
from lsgis.report import write_tables
from lsgis.spreadsheet import FORMULA_STARTS, harmless, write_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n"]
HOSTILE = [f'{start}HYPERLINK("http://x","Lạng Sơn")' for start in STARTS]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
cells = st.one_of(
    texts,
    st.sampled_from(STARTS).flatmap(lambda start: texts.map(lambda text: start + text)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**12), 10**12),
    st.none(),
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(texts, min_size=width, max_size=width, unique=True),
        st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=4),
    )
)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def read_csv(path, mark=","):
    text = Path(path).read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))


def would_run(cell):
    """Whether a spreadsheet takes it for a formula; a number is none."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return cell.startswith(tuple(STARTS))
    return False


@given(table=tables, for_office=st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_cell_of_any_table_runs(tmp_path_factory, table, for_office):
    names, rows = table
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    count = write_csv(frame, path, for_office=for_office)
    hostile = [c for c in [*names, *chain(*rows)] if isinstance(c, str) and c[:1] in STARTS]
    assert count == len([cell for cell in hostile if cell])
    found = read_csv(path, ";" if for_office else ",")
    for told, given_ in zip(found, [names, *rows], strict=True):
        for cell, value in zip(told, given_, strict=True):
            if isinstance(value, str):
                assert cell == harmless(value) and "\r" not in cell and not would_run(cell)
                broken = value.replace("\r\n", "\n").replace("\r", "\n")
                assert cell == (f"'{broken}" if value[:1] in [*STARTS] else broken)
            elif isinstance(value, float):
                assert float(cell.replace(",", ".") if for_office else cell) == value
                assert not (for_office and "." in cell)
            else:
                assert cell == ("" if value is None else str(value))


@pytest.mark.parametrize("kind", ["object", "category", "string"])
def test_every_kind_of_text_column_is_looked_at(tmp_path, kind):
    frame = pd.DataFrame({"a": pd.Series([*HOSTILE, "yên"], dtype=kind), "b": -1.5})
    assert write_csv(frame, tmp_path / "t.csv") == len(STARTS)
    found = read_csv(tmp_path / "t.csv")[1:]
    assert [row[0] for row in found] == [harmless(text) for text in HOSTILE] + ["yên"]
    assert all(row[0].startswith("'") for row in found[:-1])
    assert {row[1] for row in found} == {"-1.5"}


def test_an_office_table_has_semicolons_and_decimal_commas(tmp_path):
    frame = pd.DataFrame({"tên": ["Hữu Liên; a", "b"], "ha": [1234.5, np.nan], "n": [-3, 4]})
    write_csv(frame, tmp_path / "t.csv", for_office=True)
    content = (tmp_path / "t.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == 'tên;ha;n\n"Hữu Liên; a";1234,5;-3\nb;;4\n'


@pytest.fixture
def hostile(tmp_path):
    """A file of which every text is a formula, one a feature, and its column's name, too."""
    columns = {"code": HOSTILE, "commune_codes": [""] * len(HOSTILE), "@SUM(A1)": HOSTILE}
    shapes = [square(n * 200, 0) for n in range(len(HOSTILE))]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=VN2000)
    frame.to_file(tmp_path / "hostile.gpkg")
    return tmp_path / "hostile.gpkg"


def _issues(folder):
    issues = [Issue("LS-LAYER-EMPTY", "error", "commune", key=text) for text in HOSTILE]
    write_issues(issues, folder, lang="vi")


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["clip-to", "{file}", "--within", "province"], id="clip"),
        pytest.param(["join-places", "{file}"], id="places"),
        pytest.param(["join-facts", "{file}", "--facts", "{facts}", "--on", "code"], id="facts"),
        pytest.param(["overlay-zones", "{file}", "{file}"], id="overlay"),
        pytest.param(
            ["crosswalk", "{old}", "--name", "xa", "--district", "huyen", "--count", HOSTILE[0]],
            id="crosswalk",
        ),
    ],
)
def test_no_command_writes_a_cell_that_runs(command, kind, hostile, tmp_path):
    facts = tmp_path / "facts.csv"
    with facts.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["code", "=told"], *([h, h] for h in HOSTILE[:4])])
    old = tmp_path / "old.csv"
    with old.open("w", encoding="utf-8", newline="") as file:
        heading = ["xa", "huyen", HOSTILE[0]]
        csv.writer(file).writerows([heading, ["Vĩnh Trại", "Thành phố Lạng Sơn", 10]])
    out = tmp_path / f"out{kind}"
    arguments = [part.format(file=hostile, facts=facts, old=old) for part in command]
    result = run(*arguments, "--out", out, "--lang", "en")
    assert result.exit_code in (0, 1), result.output
    if kind == ".csv":
        found = [*chain(*read_csv(out))]
        assert "apostrophe before" in result.stderr
        assert any("HYPERLINK" in cell for cell in found)
        assert not [cell for cell in found if would_run(cell)]
    else:
        sheets = openpyxl.load_workbook(out).worksheets
        found = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in found} <= {"s", "n"}
        assert any("HYPERLINK" in str(cell.value) for cell in found)
        assert not [cell for cell in found if cell.hyperlink]


def test_no_other_writer_writes_a_cell_that_runs(hostile, tmp_path):
    told = pd.DataFrame({"layer": HOSTILE, "value": -1.0})
    (tmp_path / "tables").mkdir()
    write_tables({"t": told}, tmp_path / "tables", lang="vi")
    write_import(gpd.read_file(hostile), told, tmp_path / "taken.gpkg")
    _issues(tmp_path / "issues")
    written = [
        tmp_path / "tables/t.csv",
        tmp_path / "taken.log.csv",
        tmp_path / "issues/issues.csv",
    ]
    for path in written:
        found = [*chain(*read_csv(path))]
        assert any("HYPERLINK" in cell for cell in found), path
        assert not [cell for cell in found if would_run(cell)], path


def test_there_is_one_place_where_cells_are_made_harmless():
    """Whoever writes a CSV goes through the chapter that knows how."""
    strays = []
    for path in sorted(Path(lsgis.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call)
                  and isinstance(n.func, ast.Attribute)}  # fmt: skip
        imported = {alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)
                    and n.module == "lsgis.spreadsheet" for alias in n.names}  # fmt: skip
        if called & {"to_csv", "writer", "DictWriter", "to_excel"} and path.stem != "spreadsheet":
            strays += [] if "harmless" in imported else [path.name]
        if "Workbook" in called and not {"BOOK"} & imported:
            strays.append(path.name)
    assert strays == []
    assert set(FORMULA_STARTS) == set(STARTS)
