"""One root and a handful of refusals. Each says: expected, found, what to do next."""

from collections.abc import Mapping

from lsgis.text import say


class LsgisError(ValueError):
    """A call that lsgis refuses, with a code of `data/text/*.csv` and its values.

    `str(error)` is the English text; `error.message("vi")` the Vietnamese one.
    A value that is itself a text in both languages is given as {"vi": ..., "en": ...}.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(self.message("en"))

    def message(self, lang: str) -> str:
        """The text of this refusal in a language ("vi" or "en")."""
        values = {k: v[lang] if isinstance(v, Mapping) else v for k, v in self.values.items()}
        return say(self.code, lang, **values)


class CrsError(LsgisError):
    """Coordinates without a reference system, or in another one than needed."""


class CatalogueError(LsgisError):
    """A layer file or register breaks its own rules, or a name is unknown."""


class LayerError(LsgisError):
    """Features cannot be read, or do not carry what a function needs."""


class SourceError(LsgisError):
    """Geometry cannot be had from where it was asked for."""


class OutputError(LsgisError):
    """A result cannot be written where it was asked for."""


class SiteError(LsgisError):
    """A project site cannot be used as it was given."""
