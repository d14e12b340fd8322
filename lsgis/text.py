"""What people read, in Vietnamese and English: one register of texts, no text in code."""

import csv
from collections.abc import Mapping
from functools import lru_cache

from lsgis.resource import data_dir

LANGUAGES = ("vi", "en")


@lru_cache(maxsize=1)
def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Read every text of `data/text/*.csv`: code -> {"vi": ..., "en": ...}.

    Raises
    ------
    KeyError
        A code stands twice, or lacks one of the languages.
    """
    texts: dict[str, dict[str, str]] = {}
    for path in sorted((data_dir() / "text").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                code = row["code"]
                if code in texts or not all(row.get(lang) for lang in LANGUAGES):
                    raise KeyError(f"{path.name}: text '{code}' stands twice or lacks a language")
                texts[code] = {lang: row[lang] for lang in LANGUAGES}
    return texts


def knows(code: str) -> bool:
    """Whether there is a text with this code."""
    return code in read_texts()


def say(code: str, lang: str = "en", **values: object) -> str:
    """Text `code` in a language, its {placeholders} filled with `values`.

    Raises
    ------
    KeyError
        Unknown code, language, or a placeholder without a value.
    """
    return read_texts()[code][lang].format(**values)
