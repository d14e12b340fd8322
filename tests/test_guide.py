"""What CONTRIBUTING.md tells a newcomer to write works as it stands there."""

import re
import subprocess
from pathlib import Path

import pytest
from dossier_case import make_document
from test_cli import run

from lsgis.catalogue import list_open, require_layer
from lsgis.catalogue.definition import _NEEDS
from lsgis.catalogue.layer import BUILDS
from lsgis.catalogue.register import read_header
from lsgis.check import check_catalogue, read_rules
from lsgis.region import read_region
from lsgis.report import dossier

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def sample(language):
    """The one block of that language."""
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)
    return block


def told_of(first):
    """The row of a table that begins with a cell."""
    [row] = [line for line in GUIDE.splitlines() if line.lstrip().startswith(f"| {first} |")]
    return row


@pytest.fixture
def office(tmp_path):
    (tmp_path / "layers").mkdir()
    path = tmp_path / "layers" / "cemetery.toml"
    path.write_text(sample("toml"), encoding="utf-8", newline="\n")
    return tmp_path


def test_the_sample_layer_wants_only_its_consequence(office):
    region = read_region(catalogue=[office])
    assert require_layer("cemetery", region).restricts and not list_open(region)
    assert [(issue.code, issue.layer) for issue in check_catalogue(region)] == [
        ("LS-CAT-NO-TEXT", "cemetery")
    ]
    (office / "data").mkdir()
    header = ",".join(read_header("consequence"))
    row = "cemetery-near,guidance,buffer,any,cemetery,within_band,,500,*,Hỏi,Ask,,,lsgis"
    (office / "data" / "consequence.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert not check_catalogue(read_region(catalogue=[office]))


def test_every_key_of_the_sample_layer_is_required(office):
    path = office / "layers" / "cemetery.toml"
    lines = sample("toml").splitlines(keepends=True)
    for n, line in enumerate(lines):
        if " = " not in line or line.startswith("restricts"):
            continue
        path.write_text("".join(lines[:n] + lines[n + 1 :]), encoding="utf-8", newline="\n")
        key = line.partition(" ")[0]
        result = run("list-layers", "--lang", "en", "--catalogue", office)
        assert result.exit_code == 2 and key in result.output, key


def test_the_sample_format_writes_a_dossier(tmp_path, monkeypatch):
    monkeypatch.setattr(dossier, "FORMATS", dict(dossier.FORMATS))
    names = vars(dossier) | {"FORMATS": dossier.FORMATS}
    exec(sample("python"), names)
    path, _ = dossier.write_dossier(make_document(), tmp_path / "out", formats=("txt",), lang="en")
    text = path.read_text(encoding="utf-8")
    assert path.suffix == ".txt" and text.startswith("The site overlaps 3 layers")
    assert text.count(" | ") > 50 and "not located | Declared; nobody has located it." in text


@pytest.mark.parametrize(
    "register", ["relation", "overlap_rule", "consequence", "profile", "register_rule"]
)
def test_every_column_of_a_register_of_rules_is_told(register):
    assert {*read_header(register)} <= {*re.findall(r"\w+", told_of(f"`{register}`"))}


@pytest.mark.parametrize("origin", BUILDS)
def test_every_way_of_making_geometry_is_told_with_its_needs(origin):
    assert {*_NEEDS[origin]} <= {*re.findall(r"\w+", told_of(f"`{origin}`"))}


def test_every_column_and_group_of_check_rules_is_told():
    chapter = GUIDE.partition("## Adding a check rule")[2].partition("\n## ")[0]
    words = {*re.findall(r"\w+", chapter)}
    assert {*read_header("issue")} <= words
    assert {rule["group"] for rule in read_rules().values()} <= words


def test_the_readme_lists_every_format():
    listed = ",".join(dossier.FORMATS)
    assert listed in (ROOT / "README.md").read_text(encoding="utf-8")
    assert listed in (ROOT / "README.vi.md").read_text(encoding="utf-8")


def test_a_clone_keeps_the_line_ends_of_what_ids_hang_on():
    names = ["data/layer/commune.geojson", "layers/commune.toml", "tests/toy.py"]
    names += ["lsgis/report/page.html"]
    asked = ["git", "check-attr", "eol", "--", *names]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip(f"no checkout of git: {told.stderr.strip()}")
    assert told.stdout.splitlines() == [f"{name}: eol: lf" for name in names]
