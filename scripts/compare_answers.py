"""Do two trees of lsgis give the same answers, byte for byte?

    python scripts/compare_answers.py record DIR [--tree PATH] [--quick] [--only REGEX]
    python scripts/compare_answers.py compare DIR_A DIR_B [--mask-ids]
    python scripts/compare_answers.py check --rev REV [--quick] [--only REGEX] [--mask-ids]
                                            [--keep DIR]

`record` runs the commands of `record_answers.py` (publish, dossiers, tables, every
command for people in vi and en and for programs, refusals, help) with the code of a
tree and keeps each file written, standard output and error, and exit code.
`compare` tells every difference of two such folders: a file that is missing or new; of
JSON the first pointers that differ and, apart from values, which keys and types
(shapes) do; of xlsx, docx and zip the members; of a GeoPackage the tables; of text
the first line. `check` records REV (`git archive`) and this tree and compares them.
Exit code 0: the same; 1: something differs; 2: wrong usage.

Python is the one this runs with: both trees see the same libraries. `record` takes
about 4 minutes on an idle machine, with `--quick` (no published communes, no PDF,
one publish) about 2.

Held only by form, since their figures are the machine's: `doctor` (keys and types of its JSON,
the first word of each line of its table). Not recorded: the prepared index in the
cache (no answer, its format may change) and a `fetch` that succeeds (it needs a network).

`--mask-ids` asks whether only the digests differ that stand for the program's own
files: in both sides it first replaces the id of a report, the sha256 of files that
lsgis carries, the digest of a layer, the sha256 of files written (each with its first
12 or 16 digits, in names of files too) and the version of lsgis by what they stand
for. What cannot be opened for that is compared otherwise: PDF by its text (needs
`pdftotext`), xlsx, docx and GeoPackage by members and tables, a PNG map above the
strip at its foot where the id is printed (needs Pillow); QR codes and pictures inside
HTML and Word are left out, the same maps being there as PNG.
"""

import argparse
import difflib
import hashlib
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from record_answers import ROOT, record

_FOLDERS = ("given", "made", "said")
_BY_FORM = re.compile(r"said/doctor-\w+\.out")
_MOST = 5  # differences told of one file
_FOOT = 0.04  # share of a map's height where notes and id are printed
_DIGEST = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{12,64}(?![0-9A-Za-z])")
_WHOLE = re.compile(r"[0-9a-f]{64}")
_PICTURES = re.compile(
    r'(<figure class="qr">.*?<figcaption>|data:image/png;base64,[\w+/=\s]+)', re.S
)


@dataclass
class Mask:
    """Digests of one side and what stands in their place; without any, nothing is replaced."""

    known: dict[str, str] = field(default_factory=dict)
    version: str = ""

    def __post_init__(self) -> None:
        self._starts = {
            digest[:length]: name
            for digest, name in reversed(self.known.items())
            for length in (12, 16, 64)
        }

    @property
    def on(self) -> bool:
        """Whether anything is to be masked."""
        return bool(self.version)

    def text(self, text: str) -> str:
        """A text with every known digest, its short forms and the version replaced."""
        if not self.on:
            return text
        text = _DIGEST.sub(lambda found: self._starts.get(found[0], found[0]), text)
        return re.sub(rf"(?<![\w.]){re.escape(self.version)}(?![\w.])", "<version>", text)

    def bytes(self, content: bytes) -> bytes:
        """As `text`, where the bytes are a text; else as they are."""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return content
        return self.text(_PICTURES.sub("<picture>", text)).encode() if self.on else content


def compare(one: Path, other: Path, *, mask_ids: bool = False) -> list[str]:
    """Every difference of two recorded folders, one line each; none when they are the same.

    Parameters
    ----------
    one, other
        Folders made by `record`.
    mask_ids
        Replace the digests of the program's own files on both sides first.
    """
    masks = [make_mask(folder) if mask_ids else Mask() for folder in (one, other)]
    files = [_list_files(folder, mask) for folder, mask in zip((one, other), masks, strict=True)]
    lines = [f"{name}: missing in {other}" for name in sorted(files[0].keys() - files[1].keys())]
    lines += [f"{name}: only in {other}" for name in sorted(files[1].keys() - files[0].keys())]
    for name in sorted(files[0].keys() & files[1].keys()):
        sides = [file[name].read_bytes() for file in files]
        if sides[0] != sides[1]:
            lines += [f"{name}: {line}" for line in compare_bytes(name, *sides, masks)]
    return lines


def _list_files(folder: Path, mask: Mask) -> dict[str, Path]:
    """Every file kept, by its name with the ids in it masked."""
    paths = (path for name in _FOLDERS for path in (folder / name).rglob("*") if path.is_file())
    return {mask.text(path.relative_to(folder).as_posix()): path for path in paths}


def compare_bytes(name: str, one: bytes, other: bytes, masks: list[Mask]) -> list[str]:
    """What differs between two files of one name whose bytes are not the same; by their kind."""
    if _BY_FORM.fullmatch(name):
        return _compare_form(one, other)
    if one[:4] == other[:4] == b"%PDF":
        return _compare_pdf(one, other, masks)
    if one[:4] == other[:4] == b"PK\x03\x04":
        return _compare_zip(one, other, masks)
    if one[:15] == other[:15] == b"SQLite format 3":
        return _compare_tables(one, other, masks)
    if one[:4] == other[:4] == b"\x89PNG" and masks[0].on:
        return _compare_picture(name, one, other)
    masked = [mask.bytes(side) for mask, side in zip(masks, (one, other), strict=True)]
    if masked[0] == masked[1]:
        return []
    read = [_read_json(side) for side in masked]
    if all(isinstance(side, dict | list) for side in read):
        return _compare_json(*read) or ["JSON: same values, other bytes", *_first_line(*masked)]
    return _first_line(*masked)


def _read_json(content: bytes) -> Any:
    """A JSON value, or the values of a file that has one a line; None of anything else."""
    try:
        return json.loads(content)
    except ValueError:
        pass
    try:
        rows = [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return None
    return rows if rows and all(isinstance(row, dict) for row in rows) else None


def _compare_json(one: Any, other: Any) -> list[str]:
    """Shapes that only one side has, then the first pointers whose values differ."""
    lines = _compare_shapes(one, other)
    found = list(_differing(one, other, ""))
    lines += [f"{pointer or '/'}: {_brief(a)} → {_brief(b)}" for pointer, a, b in found[:_MOST]]
    return lines + _more(len(found), "values")


def _compare_shapes(one: Any, other: Any) -> list[str]:
    shapes = [set(_shapes(side, "")) for side in (one, other)]
    gone, come = sorted(shapes[0] - shapes[1]), sorted(shapes[1] - shapes[0])
    return [f"shape: no more {row}" for row in gone] + [f"shape: new {row}" for row in come]


def _shapes(value: Any, pointer: str) -> Iterator[str]:
    """Path and type of everything in a JSON value; the rows of a list are one."""
    yield f"{pointer or '/'} {type(value).__name__}"
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _shapes(part, f"{pointer}/{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _shapes(part, f"{pointer}[]")


def _differing(one: Any, other: Any, pointer: str) -> Iterator[tuple[str, Any, Any]]:
    """Pointers of the values that are not the same; of lists of other lengths, the lengths."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if key in one and key in other:
                yield from _differing(one[key], other[key], f"{pointer}/{key}")
            else:
                yield f"{pointer}/{key}", one.get(key, "(none)"), other.get(key, "(none)")
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{pointer} (length)", len(one), len(other)
        for n, (a, b) in enumerate(zip(one, other, strict=False)):
            yield from _differing(a, b, f"{pointer}/{n}")
    elif type(one) is not type(other) or repr(one) != repr(other):
        yield pointer, one, other


def _compare_form(one: bytes, other: bytes) -> list[str]:
    """Keys and types of JSON, and what was looked at; of a table, the first word of each line."""
    read = [_read_json(side) for side in (one, other)]
    if all(isinstance(side, dict) for side in read):
        return _compare_shapes(*read)
    heads = [[line.split()[:1] for line in side.decode().splitlines()] for side in (one, other)]
    return [] if heads[0] == heads[1] else [f"lines begin otherwise: {_first_pair(*heads)}"]


def _first_pair(one: list, other: list) -> str:
    pairs = zip([*one, None], [*other, None], strict=False)
    return next(f"{_brief(a)} → {_brief(b)}" for a, b in pairs if a != b)


def _compare_zip(one: bytes, other: bytes, masks: list[Mask]) -> list[str]:
    """Members by name; without masking also the container: order, times, compression."""
    files = [zipfile.ZipFile(io.BytesIO(side)) for side in (one, other)]
    names = [file.namelist() for file in files]
    lines = [f"member {name} is missing" for name in names[0] if name not in names[1]]
    lines += [f"member {name} is new" for name in names[1] if name not in names[0]]
    same = not lines
    for name in names[0]:
        if name not in names[1] or (masks[0].on and name.endswith(".png")):
            continue
        sides = [file.read(name) for file in files]
        if sides[0] != sides[1]:
            same = False
            lines += [f"member {name}: {row}" for row in compare_bytes(name, *sides, masks)]
    if same and not masks[0].on:
        lines.append("members are the same, the container is not (order, times, compression)")
    return lines


def _compare_tables(one: bytes, other: bytes, masks: list[Mask]) -> list[str]:
    """Tables of a GeoPackage or SQLite file: columns, then the first row that differs."""
    tables = [_read_tables(side, mask) for side, mask in zip((one, other), masks, strict=True)]
    lines = [f"table {name} is missing" for name in tables[0] if name not in tables[1]]
    lines += [f"table {name} is new" for name in tables[1] if name not in tables[0]]
    for name, rows in tables[0].items():
        there = tables[1].get(name, rows)
        if rows != there:
            counts = f"{len(rows) - 1} → {len(there) - 1} rows"
            lines.append(f"table {name} ({counts}): {_first_pair(rows, there)}")
    if not lines and not masks[0].on:
        lines.append("tables are the same, the file's bytes are not")
    return lines


def _read_tables(content: bytes, mask: Mask) -> dict[str, list[tuple]]:
    """Each table as its definition and its rows, blobs by their digest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.sqlite"
        path.write_bytes(content)
        file = sqlite3.connect(path)
        try:
            made = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view')"
            return {
                name: [(sql,), *(_cells(row, mask) for row in _rows(file, name))]
                for name, sql in file.execute(made).fetchall()
                if not name.startswith("rtree_")  # derived from the geometries, read by GDAL only
            }
        finally:
            file.close()


def _rows(file: sqlite3.Connection, table: str) -> list[tuple]:
    return file.execute(f'SELECT * FROM "{table}"').fetchall()


def _cells(row: tuple, mask: Mask) -> tuple:
    return tuple(_cell(value, mask) for value in row)


def _cell(value: object, mask: Mask) -> object:
    """What of a cell is compared: of a blob, its digest."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return mask.text(value) if isinstance(value, str) else value


def _compare_pdf(one: bytes, other: bytes, masks: list[Mask]) -> list[str]:
    """First line of the text that differs; without masking, other bytes with the same text too.

    With masking it is words one after the other: columns are as wide as the digits of an id.
    """
    if shutil.which("pdftotext") is None:
        return ["PDF: other bytes; its text cannot be read without pdftotext"]
    texts = [_pdf_text(side, words=masks[0].on) for side in (one, other)]
    masked = [mask.bytes(text) for mask, text in zip(masks, texts, strict=True)]
    if masked[0] != masked[1]:
        return [f"text: {line}" for line in _first_line(*masked)]
    return [] if masks[0].on else ["PDF: other bytes, the same text"]


def _pdf_text(content: bytes, *, words: bool) -> bytes:
    """The text as it is laid out, or its words, one a line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(content)
        command = ["pdftotext", *([] if words else ["-layout"]), path, "-"]
        said = subprocess.run(command, capture_output=True, check=False)
    if said.returncode:
        return b"unreadable: " + said.stderr
    return b"\n".join(said.stdout.split()) if words else said.stdout


def _compare_picture(name: str, one: bytes, other: bytes) -> list[str]:
    """Pixels of a map above the foot, where its id is printed; all of any other picture."""
    from PIL import Image, ImageChops

    pictures = [Image.open(io.BytesIO(side)).convert("RGBA") for side in (one, other)]
    if pictures[0].size != pictures[1].size:
        return [f"picture: {pictures[0].size} → {pictures[1].size} pixels"]
    differs = ImageChops.difference(*(picture.convert("RGB") for picture in pictures)).getbbox()
    foot = pictures[0].height * (1 - _FOOT) if "-map-" in name else pictures[0].height
    if differs is None or differs[1] >= foot:
        return []
    return [f"picture: pixels differ within {differs} of {pictures[0].size}"]


def _first_line(one: bytes, other: bytes) -> list[str]:
    """The first lines of two texts that differ, from where they do; of other bytes, the offset."""
    try:
        texts = [side.decode("utf-8-sig").splitlines(keepends=True) for side in (one, other)]
    except UnicodeDecodeError:
        pairs = enumerate(zip(one, other, strict=False))
        at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
        return [f"bytes differ from {at} on ({len(one)} → {len(other)} bytes)"]
    if texts[0] == texts[1]:
        return ["byte order mark or line ends differ"]
    lines = []
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=False) if _short(texts) else None
    n = next(
        (n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b),
        min(map(len, texts)),
    )
    a, b = (text[n] if n < len(text) else "(end)" for text in texts)
    at = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    begin = max(0, at - 30)
    lines.append(f"line {n + 1}: {_brief(a[begin:])} → {_brief(b[begin:])}")
    if matcher is not None:
        changed = sum(tag != "equal" for tag, *_ in matcher.get_opcodes())
        lines += _more(changed, "places", told=1)
    return lines


def _short(texts: list[list[str]]) -> bool:
    return max(map(len, texts)) < 2000


def _more(count: int, what: str, told: int = _MOST) -> list[str]:
    return [f"… {count} {what} differ in all"] if count > told else []


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 90 else f"{text[:89]}…")


def make_mask(folder: Path) -> Mask:
    """The digests of the program's own files that a recorded folder tells of, named in order.

    They are looked for where they are told: `id` of a report or a row, `sha256` and `digest` of a
    layer that is not the user's own, `files` of a manifest. What the user brought stays.
    """
    version = json.loads((folder / "record.json").read_text(encoding="utf-8"))["lsgis"]
    known: dict[str, str] = {}
    paths = [path for name in ("said", "made") for path in (folder / name).rglob("*")]
    kept = [path for path in paths if path.suffix in (".out", ".json", ".jsonl") and path.is_file()]
    for path in sorted(kept, key=lambda path: _DIGEST.sub("#", path.as_posix())):
        for kind, digest in _told_digests(_read_json(path.read_bytes())):
            if digest not in known:
                count = sum(name.startswith(f"<{kind} ") for name in known.values())
                known[digest] = f"<{kind} {count + 1}>"
    return Mask(known, version)


def _told_digests(value: Any) -> Iterator[tuple[str, str]]:
    """Kind and digest of each place in a JSON value where one is told."""
    if isinstance(value, list):
        for part in value:
            yield from _told_digests(part)
    if not isinstance(value, Mapping):
        return
    told = {"id": value.get("id")}
    if "result" in value:
        told["row"] = value.get("key")
    if value.get("origin") in ("embedded", "fetched"):
        told["data"] = value.get("sha256")
    if "origin" in value:
        told["layer"] = value.get("digest")
    if "software" in value and isinstance(value.get("files"), Mapping):
        told["file"] = " ".join(map(str, value["files"].values()))
    for kind, text in told.items():
        yield from ((kind, digest) for digest in _WHOLE.findall(str(text)))
    for part in value.values():
        yield from _told_digests(part)


def check(
    rev: str, *, quick: bool = False, only: str = "", mask_ids: bool = False, keep: Path | None
) -> list[str]:
    """Record another revision and this tree, and compare them.

    The recordings stay under `keep` (`before`, `now`) when it is given.
    """
    with tempfile.TemporaryDirectory(prefix="answers-tree-") as place:
        tree, kept = Path(place) / "tree", keep or Path(place)
        tree.mkdir()
        archive = Path(place) / "tree.tar"
        subprocess.run(["git", "archive", "-o", archive, rev], cwd=ROOT, check=True)
        shutil.unpack_archive(archive, tree)
        record(kept / "before", tree=tree, quick=quick, only=only)
        record(kept / "now", quick=quick, only=only)
        return compare(kept / "before", kept / "now", mask_ids=mask_ids)


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    jobs = parser.add_subparsers(dest="job", required=True)
    recording = jobs.add_parser("record", help="run the commands and keep their answers")
    recording.add_argument("folder", type=Path, metavar="DIR")
    recording.add_argument("--tree", type=Path, default=ROOT, metavar="PATH")
    comparing = jobs.add_parser("compare", help="tell every difference of two recordings")
    comparing.add_argument("one", type=Path, metavar="DIR_A")
    comparing.add_argument("other", type=Path, metavar="DIR_B")
    checking = jobs.add_parser("check", help="record a revision and this tree, and compare")
    checking.add_argument("--rev", required=True)
    checking.add_argument("--keep", type=Path, metavar="DIR", help="Keep both recordings there.")
    for job in (recording, checking):
        job.add_argument("--quick", action="store_true")
        job.add_argument("--only", default="", metavar="REGEX", help="Commands by their names.")
    for job in (comparing, checking):
        job.add_argument("--mask-ids", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.job == "record":
        told = record(asked.folder, tree=asked.tree, quick=asked.quick, only=asked.only)
        _tell_places(told["places"])
        print(f"{len(told['seconds'])} commands, {sum(told['seconds'].values()):.0f} s")
        return 0
    if asked.job == "compare":
        for folder in (asked.one, asked.other):
            if not (folder / "record.json").is_file():
                parser.error(f"{folder} is no recording: it has no record.json")
        lines = compare(asked.one, asked.other, mask_ids=asked.mask_ids)
    else:
        lines = check(
            asked.rev,
            quick=asked.quick,
            only=asked.only,
            mask_ids=asked.mask_ids,
            keep=asked.keep,
        )
    return _tell(lines, mask_ids=asked.mask_ids)


def _tell_places(places: list[str]) -> None:
    for name in places:
        if not _BY_FORM.fullmatch(name):
            print(f"! {name} names a folder of this machine: it cannot be the same elsewhere")


def _tell(lines: list[str], *, mask_ids: bool) -> int:
    """Print the differences and what they come to; the exit code."""
    for line in lines:
        print(line)
    if mask_ids:
        print("(digests and version masked; PDF by text, maps above their foot, no QR codes)")
    shapes = sum(": shape: " in line for line in lines)
    files = len({line.split(": ", 1)[0] for line in lines})
    print(f"{files} files differ, {shapes} shapes of JSON" if lines else "the same")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
