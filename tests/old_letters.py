"""Vietnamese text as old programs wrote it, made without the tables that lsgis reads it by.

TCVN 5712 comes from the C library (`iconv`), Windows-1258 from Python's codec, VNI from the
rules of its keyboard.
"""

import shutil
import struct
import subprocess
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.intake.encoding import mend_text

GRAVE, ACUTE, TILDE, HOOK, DOT = TONES = "\u0300\u0301\u0303\u0309\u0323"
# a letter, then its mark; those of â, ă carry both; i, y and đ have letters of their own
_MARKS = {
    "": dict(zip(TONES, "øùõûï", strict=True)) | {"": ""},
    "â": dict(zip(TONES, "àáãåä", strict=True)) | {"": "â"},
    "ă": dict(zip(TONES, "èéüúë", strict=True)) | {"": "ê"},
    "i": dict(zip(TONES, "ìíóæò", strict=True)) | {"": ""},
}
_VNI_ALONE = {"ơ": "ô", "ư": "ö", "đ": "ñ", "ỵ": "î"}
HAS_ICONV = shutil.which("iconv") is not None


def as_tcvn(texts: Iterable[str]) -> list[bytes]:
    """TCVN 5712:1993 (VN1), toned capitals and all."""
    whole = "\n".join(texts)
    made = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "TCVN5712-1"],
        input=whole.encode(),
        capture_output=True,
        check=True,
    )
    return made.stdout.split(b"\n")


def as_abc(texts: Iterable[str]) -> list[bytes]:
    """TCVN3 as ABC fonts have it: small letters for toned capitals."""
    return as_tcvn(["".join(map(_small_if_toned, text)) for text in texts])


def _small_if_toned(letter: str) -> str:
    toned = set(unicodedata.normalize("NFD", letter)) & set(TONES)
    return letter.lower() if toned else letter


def as_vni(text: str) -> bytes:
    """VNI: bare letters, each with its mark behind it."""
    return "".join(map(_vni_letter, unicodedata.normalize("NFC", text))).encode("latin-1")


def _vni_letter(letter: str) -> str:
    small = letter.lower()
    if small in _VNI_ALONE:
        made = _VNI_ALONE[small]
        return made.upper() if letter != small else made
    parts = unicodedata.normalize("NFD", small)
    tone = next((mark for mark in parts if mark in TONES), "")
    bare = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else small
    if bare == "i" and tone:
        made = _MARKS["i"][tone]
    elif bare in "âă" or bare == "ê" or bare == "ô":
        base = {"â": "a", "ă": "a", "ê": "e", "ô": "o"}[bare]
        made = base + _MARKS["ă" if bare == "ă" else "â"][tone]
    else:
        made = _VNI_ALONE.get(bare, bare) + (_MARKS[""][tone] if tone else "")
    return made.upper() if letter != small else made


def as_1258(text: str) -> bytes:
    """Windows-1258: a tone behind its letter, where the page has no letter that carries it."""
    out = bytearray()
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in parts if mark in TONES)
            bare = unicodedata.normalize("NFC", parts.replace(tone, ""))
            out += bare.encode("cp1258") + tone.encode("cp1258")
    return bytes(out)


def misread(raw: bytes) -> str:
    """Bytes as a program shows them that takes them for Windows-1252; nothing is dropped."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in raw)


def as_mojibake(text: str) -> bytes:
    return misread(text.encode()).encode()


def as_double(text: str) -> bytes:
    return as_mojibake(as_mojibake(text).decode())


def as_lossy(text: str) -> bytes:
    """UTF-8 misread by a program that drops what Windows-1252 does not know."""
    return text.encode().decode("cp1252", "ignore").encode()


def as_eth(text: str) -> bytes:
    return text.replace("Đ", "Ð").replace("đ", "ð").encode()


FORMS = {
    "nfc": lambda texts: [text.encode() for text in texts],
    "nfd": lambda texts: [unicodedata.normalize("NFD", text).encode() for text in texts],
    "eth": lambda texts: list(map(as_eth, texts)),
    "mojibake": lambda texts: list(map(as_mojibake, texts)),
    "double": lambda texts: list(map(as_double, texts)),
    "lossy": lambda texts: list(map(as_lossy, texts)),
    "cp1258": lambda texts: list(map(as_1258, texts)),
    "vni": lambda texts: list(map(as_vni, texts)),
}
if HAS_ICONV:
    FORMS |= {"tcvn3": as_abc, "tcvn5712": as_tcvn}
ANY_CASE = ("tcvn3", "tcvn5712")


# Files of such bytes, written byte by byte.

TOLD = ("letters-unknown",)  # of a whole file; a value is told by mend_text


def write_dbf(
    path: Path, values: Sequence[bytes], *, names: Sequence[bytes] = (b"ten",), driver: int = 0
) -> Path:
    """A DBF whose columns all hold the same values, with a language driver and no .cpg."""
    wide = min(254, max(map(len, values)) + 2)
    size = 32 + 32 * len(names) + 1
    raw = struct.pack("<BBBBIHH", 3, 126, 1, 1, len(values), size, 1 + wide * len(names))
    raw += b"\0" * 17 + bytes([driver]) + b"\0\0"
    for name in names:
        raw += name[:10].ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([wide, 0]) + b"\0" * 14
    rows = (b" " + value.ljust(wide) * len(names) for value in values)
    path.write_bytes(raw + b"\r" + b"".join(rows) + b"\x1a")
    return path


def write_shapefile(
    path: Path, values: Sequence[bytes], *, page: str | None = None, **options: Any
) -> Path:
    """A shapefile of points with such a DBF, and a .cpg if a page is given."""

    def head(size: int) -> bytes:
        box = (106.7, 21.8, 106.7, 21.8, 0, 0, 0, 0)
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack(
            "<ii8d", 1000, 1, *box
        )

    point = struct.pack("<idd", 1, 106.7, 21.8)
    count = len(values)
    records = b"".join(struct.pack(">ii", n + 1, 10) + point for n in range(count))
    places = b"".join(struct.pack(">ii", (100 + 28 * n) // 2, 10) for n in range(count))
    path.write_bytes(head(100 + len(records)) + records)
    path.with_suffix(".shx").write_bytes(head(100 + len(places)) + places)
    write_dbf(path.with_suffix(".dbf"), values, **options)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if page is not None:
        path.with_suffix(".cpg").write_text(page)
    return path


def write_mif(path: Path, values: Sequence[bytes], *, charset: str = "Neutral") -> Path:
    """A MapInfo exchange file of points."""
    head = f'Version 300\nCharset "{charset}"\nDelimiter ","\nColumns 1\n  ten Char(250)\nData\n\n'
    path.write_bytes(head.encode() + b"Point 106.7 21.8\n" * len(values))
    path.with_suffix(".mid").write_bytes(b"".join(b'"' + value + b'"\n' for value in values))
    return path


def write_tab(path: Path, values: Sequence[bytes], *, charset: str = "Neutral") -> Path:
    """A MapInfo table of points, its names of a charset set afterwards, as the bytes they are."""
    texts = [value.decode("latin-1") for value in values]
    points = gpd.points_from_xy([106.7] * len(texts), [21.8] * len(texts), crs="EPSG:4326")
    frame = gpd.GeoDataFrame({"ten": texts}, geometry=points)
    for ending in (".tab", ".dat", ".map", ".id"):
        path.with_suffix(ending).unlink(missing_ok=True)
    frame.to_file(path, driver="MapInfo File", ENCODING="ISO-8859-1")
    head = path.read_bytes()
    path.write_bytes(head.replace(b"ISO8859_1", charset.encode()))
    return path


def write_dxf(path: Path, values: Sequence[bytes], *, page: str, version: str = "AC1015") -> Path:
    """A drawing with one text each."""
    rows = [b"0", b"SECTION", b"2", b"HEADER", b"9", b"$ACADVER", b"1", version.encode()]
    rows += [b"9", b"$DWGCODEPAGE", b"3", page.encode()] if page else []
    rows += [b"0", b"ENDSEC", b"0", b"SECTION", b"2", b"ENTITIES"]
    for value in values:
        rows += [b"0", b"TEXT", b"8", b"0", b"10", b"1.0", b"20", b"2.0", b"40", b"1.0"]
        rows += [b"1", value]
    path.write_bytes(b"\n".join([*rows, b"0", b"ENDSEC", b"0", b"EOF", b""]))
    return path


def write_csv(path: Path, values: Sequence[bytes]) -> Path:
    path.write_bytes(b"ten,x,y\n" + b"".join(b'"' + v + b'",106.7,21.8\n' for v in values))
    return path


def write_geojson(path: Path, values: Sequence[bytes]) -> Path:
    """GeoJSON whose texts are bytes as they are, UTF-8 or not."""
    point = b'"geometry":{"type":"Point","coordinates":[106.7,21.8]}}'
    found = (b'{"type":"Feature","properties":{"ten":"' + v + b'"},' + point for v in values)
    path.write_bytes(b'{"type":"FeatureCollection","features":[' + b",".join(found) + b"]}")
    return path


@dataclass
class Score:
    """How many texts came right, how many are told, and which are wrong with not a word."""

    right: int = 0
    told: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)


def score(
    truth: Sequence[str], frame: pd.DataFrame, column: str = "ten", *, any_case: bool = False
) -> Score:
    """Mend the text of a frame that was read, and hold it against the truth.

    ABC fonts know no toned capitals: of their text the letters are held, not their case.
    """
    found = Score()
    mended, log = mend_text(frame)
    doubtful = set(log.loc[log["encoding"] == "undecided", "before"])
    is_told = any(code in TOLD for code, *_ in frame.attrs.get("told", ()))
    for name, before, after in zip(truth, frame[column], mended[column], strict=True):
        if after == name or (any_case and str(after).lower() == name.lower()):
            found.right += 1
        elif before in doubtful or is_told:
            found.told += 1
        else:
            found.wrong.append((name, before, after))
    return found
