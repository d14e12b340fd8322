"""Vietnamese text as old programs wrote it, made without the tables that lsgis reads it by.

TCVN 5712 comes from the C library (`iconv`), Windows-1258 from Python's codec, VNI from the
rules of its keyboard.
"""

import shutil
import subprocess
import unicodedata
from collections.abc import Iterable

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
UNICODE = ("nfc", "nfd", "eth", "mojibake", "double", "lossy")  # forms of which bytes are UTF-8
