"""What people read, in Vietnamese and English: one register of texts, no text in code."""

import csv
from collections.abc import Mapping
from functools import lru_cache

from lsgis.resource import data_dir

LANGUAGES = ("vi", "en")


@lru_cache(maxsize=64)
def read_room_texts(room: str) -> Mapping[str, Mapping[str, str]]:
    """Read the texts of one room, `data/text/<room>.csv`: code -> {"vi": ..., "en": ...}.

    A room without a file has no texts. One that is quick reads only its own.

    Raises
    ------
    KeyError
        A code stands twice, is not `<room>.<name>`, or lacks one of the languages.
    """
    path = data_dir() / "text" / f"{room}.csv"
    texts: dict[str, dict[str, str]] = {}
    if not path.is_file():
        return texts
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["code"]
            if code in texts or not all(row.get(lang) for lang in LANGUAGES):
                raise KeyError(f"{path.name}: text '{code}' stands twice or lacks a language")
            if not code.startswith(f"{room}."):
                raise KeyError(f"{path.name}: text '{code}' belongs in another file")
            texts[code] = {lang: row[lang] for lang in LANGUAGES}
    return texts


def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Every text of every room."""
    rooms = sorted(path.stem for path in (data_dir() / "text").glob("*.csv"))
    return {code: text for room in rooms for code, text in read_room_texts(room).items()}


def template(code: str, lang: str = "en") -> str:
    """Text `code` in a language as it is written, its {placeholders} unfilled.

    Raises
    ------
    KeyError
        Unknown code or language.
    """
    return read_room_texts(code.partition(".")[0])[code][lang]


def family(prefix: str, *codes: str) -> Mapping[str, str]:
    """Texts of which a value chooses one: value -> code, each code written out for who searches.

    `family("word.", "word.error", "word.note")["note"]` is "word.note".
    """
    return {code.removeprefix(prefix): code for code in codes}


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
    return template(code, lang).format(**values)
