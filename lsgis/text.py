"""What people read, in Vietnamese and English: one register of texts, no text in code."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import TypeAlias

from lsgis.resource import data_dir

LANGUAGES = ("vi", "en")
_FINEST, _LARGEST = 0.0005, 1e15  # numbers between them are written out, to the millimetre
_COLUMNS = {"code", *LANGUAGES, "note"}
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_PLACEHOLDER = re.compile(r"\{(\w+)(![rsa])?(:[^{}|]*)?\}")
# English says one thing and several things in two ways; Vietnamese does not
_CHOICE = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


@lru_cache(maxsize=64)
def read_room_texts(room: str) -> Mapping[str, Mapping[str, str]]:
    """Read the texts of one room, `data/text/<room>.csv`: code -> {"vi": ..., "en": ...}.

    A room without a file has no texts. One that is quick reads only its own.
    The column `note` is for translators and is not read.

    Raises
    ------
    KeyError
        A text that no reader should meet: see `read_text_file`.
    """
    path = data_dir() / "text" / f"{room}.csv"
    return read_text_file(path) if path.is_file() else {}


def read_text_file(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Read and check one file of texts, named after its room.

    Raises
    ------
    KeyError
        A column nobody knows; a code that stands twice, is not `<room>.<name>`,
        or lacks one of the languages; letters that are not NFC; placeholders
        that differ between the languages, or a brace that belongs to none.
    """
    texts: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8") as file:  # a text has one end of line on every machine
        rows = csv.DictReader(file)
        if stray := set(rows.fieldnames or ()) ^ _COLUMNS:
            raise KeyError(f"{path.name}: columns {sorted(stray)}: expected {sorted(_COLUMNS)}")
        for row in rows:
            code, said = row["code"], {lang: row[lang] for lang in LANGUAGES}
            if None in row:
                raise KeyError(f"{path.name}: text '{code}' has more cells than columns")
            if code in texts or not all(said.values()):
                raise KeyError(f"{path.name}: text '{code}' stands twice or lacks a language")
            if not code.startswith(f"{path.stem}."):
                raise KeyError(f"{path.name}: text '{code}' belongs in another file")
            if wrong := wrong_text(said):
                raise KeyError(f"{path.name}: text '{code}': {wrong}")
            texts[code] = said
    return texts


def wrong_text(said: Mapping[str, str]) -> str:
    """What is wrong with a text in its languages ("vi", "en"); "" when nothing is."""
    if not all(unicodedata.is_normalized("NFC", text) for text in said.values()):
        return "letters are not NFC"
    if not any("{" in text or "}" in text for text in said.values()):
        return ""
    said = {lang: text.replace("{{", "").replace("}}", "") for lang, text in said.items()}
    left = _CHOICE.sub("", said["en"])
    named = [placeholders(text) for text in (said["vi"], left)]
    if named[0] != named[1]:
        return f"placeholders {sorted(named[0])} in vi, {sorted(named[1])} in en"
    if any(set("{}") & set(_PLACEHOLDER.sub("", text)) for text in (said["vi"], left)):
        return "a brace that belongs to no placeholder"
    return ""


def placeholders(text: str) -> frozenset[str]:
    """Names of the values that a text shows; that of a choice is not shown."""
    return frozenset(name for name, *_ in _PLACEHOLDER.findall(_CHOICE.sub("", text)))


def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Every text of every room."""
    rooms = sorted(path.stem for path in (data_dir() / "text").glob("*.csv"))
    return {code: text for room in rooms for code, text in read_room_texts(room).items()}


def template(code: str, lang: str = "en", **values: object) -> str:
    """Text `code` in a language, its {placeholders} unfilled.

    A choice such as `{count:layer|layers}` is made by the value of that name:
    the first word for 1, the second for every other number.

    Raises
    ------
    KeyError
        Unknown code or language, or a choice without its number.
    """
    return choose(read_room_texts(code.partition(".")[0])[code][lang], values)


def choose(text: str, values: Mapping[str, object]) -> str:
    """A text whose choices (`{count:layer|layers}`) are made, its {placeholders} unfilled.

    Raises
    ------
    KeyError
        A choice without its number.
    """
    if "|" not in text:
        return text
    return _CHOICE.sub(lambda found: found[2 if _is_one(values[found[1]]) else 3], text)


def _is_one(value: object) -> bool:
    return value == 1 or str(value) == "1"


def family(prefix: str, *codes: str) -> Mapping[str, str]:
    """Texts of which a value chooses one: value -> code, each code written out for who searches.

    `family("word.", "word.error", "word.note")["note"]` is "word.note".
    """
    return {code.removeprefix(prefix): code for code in codes}


def family_of(prefix: str) -> Mapping[str, str]:
    """All texts under a prefix, chosen by values that come from data: value -> code.

    `family_of("column.")["area_ha"]` is "column.area_ha". Where the values are few and
    known to the code, `family` names each.
    """
    room = prefix.partition(".")[0]
    return {c.removeprefix(prefix): c for c in read_room_texts(room) if c.startswith(prefix)}


def knows(code: str) -> bool:
    """Whether there is a text with this code."""
    return code in read_room_texts(code.partition(".")[0])


def say(code: str, lang: str = "en", **values: object) -> str:
    """Text `code` in a language, its {placeholders} filled with `values`.

    Raises
    ------
    KeyError
        Unknown code, language, or a placeholder without a value.
    """
    return template(code, lang, **values).format(**values)


LogRow: TypeAlias = dict[str, object]  # `code` of a text, and its values
Log: TypeAlias = list[LogRow]


def log_row(code: str, **values: object) -> LogRow:
    """A text that is said later, in the language of whoever reads it: its code and its values."""
    return {"code": code, **values}


def say_row(row: Mapping[str, object], lang: str) -> str:
    """A row of a log in words; its bare values when the text is unknown.

    Numbers are written as the language does; a value that is a text in both languages, given
    as {"vi": ..., "en": ...}, is said in this one.
    """
    code = str(row["code"])
    values = {key: told_value(value, lang) for key, value in row.items() if key != "code"}
    return say(code, lang, **values) if knows(code) else f"{code}: {values}"


def told_value(value: object, lang: str) -> object:
    """A value of a text in a language: that of two texts, a number as it is written there."""
    if isinstance(value, Mapping):
        return value[lang]
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    number = float(value)
    if number and not _FINEST <= abs(number) < _LARGEST:  # a row of zeros, or no number at all
        text = f"{number:g}"
        return text.replace(".", ",") if lang == "vi" else text
    digits = 0 if isinstance(value, int) else len(f"{number:.3f}".rstrip("0").partition(".")[2])
    return format_number(number, digits, lang)


def format_number(value: float | None, digits: int, lang: str) -> str:
    """A number as readers of a language write it: 1.234,5 in Vietnamese, 1,234.5 in English.

    Written out here, never by the machine's locale. A missing value is a dash.
    """
    if not isinstance(value, Real) or value != value:
        return "–"
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


_MOST_NUMBERS = 10


def number_rows(numbers: Iterable[int]) -> str:
    """Numbers of features as they are listed: the first ten, and whether there are more."""
    listed = [str(number) for number in numbers]
    return ", ".join(listed[:_MOST_NUMBERS]) + (", ..." if len(listed) > _MOST_NUMBERS else "")


def plain_text(text: object, *, longest: int = 200) -> str:
    """Text as it can be shown anywhere: NFC, on one line, nothing unseen in it."""
    seen = (" " if unicodedata.category(c) in _UNSEEN else c for c in str(text))
    words = " ".join(unicodedata.normalize("NFC", "".join(seen)).split())
    return words if len(words) <= longest else words[: longest - 1] + "…"
