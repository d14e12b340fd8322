"""A site report as JSON: its file written and read, its schema, what is wrong with no report."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from lsgis.errors import SiteError
from lsgis.sitecheck.record import SiteReport

Kind = TypeVar("Kind", bound=msgspec.Struct)

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
# What holds between fields, as JSON Schema; `__post_init__` of each record holds the same.
_NOT_AFFECTED = {"properties": {"state": {"not": {"const": "affected"}}}}
_BETWEEN_FIELDS = {
    "Finding": [
        {"if": {"properties": {name: {"const": True}}}, "then": _NOT_AFFECTED}
        for name in ("symbol", "accuracy_assumed")
    ],
    "LayerVerdict": [
        {
            "if": {"properties": {"located": {"const": 0}, "findings": {"maxItems": 0}}},
            "then": {"properties": {"state": {"not": {"const": "not_affected"}}}},
        }
    ],
}
_SAID = re.compile(r"(?P<said>.*?)(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]+)\]")
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`")
_EXPECTED = re.compile(r"Expected (?P<expected>.*?)(?:, got (?P<found>.*))?", re.DOTALL)
_LONGEST = 60  # characters of a wrong value that a message tells


def to_json(report: SiteReport) -> bytes:
    """A report as the bytes of its JSON file: UTF-8, one layout, no clock.

    Raises
    ------
    ValueError
        A number is none, or a text cannot be written in UTF-8.
    """
    plain = msgspec.to_builtins(report)
    text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode("utf-8")


def from_json(content: bytes) -> SiteReport:
    """Read the JSON file of a report; refuse whatever is not exactly one.

    Raises
    ------
    SiteError
        It is no JSON, or a field is missing, unknown, of another type or outside
        its range: where (JSON pointer), what was expected, what was found.
    """
    try:
        record = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SiteError("sitecheck.record-json", reason=error) from error
    return from_document(record)


def from_document(record: Any) -> SiteReport:
    """Make a report of plain values; refuse whatever is not exactly one, as `from_json` does."""
    return read_as(SiteReport, record)


def as_report(report: SiteReport | Mapping[str, Any]) -> SiteReport:
    """A report as it is, or made of its plain values (`SiteReport.document`)."""
    return report if isinstance(report, SiteReport) else from_document(report)


def read_as(kind: type[Kind], record: Any) -> Kind:
    """Plain values of a report as a record of it, or of as much of it as `kind` asks for.

    Raises
    ------
    SiteError
        They are none: where (JSON pointer), what was expected, what was found.
    """
    try:
        return msgspec.convert(record, kind)
    except msgspec.ValidationError as error:
        raise _refusal(error, record) from error


def _refusal(error: msgspec.ValidationError, record: Any) -> SiteError:
    """The refusal of a value that is no record: where, what was expected, what was found."""
    told = _SAID.fullmatch(str(error))
    said, path = (told["said"], told["path"] or "") if told else (str(error), "")
    steps = [name or number for name, number in _STEP.findall(path)]
    at = "".join(f"/{step}" for step in steps)
    if field := _FIELD.fullmatch(said):
        missing = field["what"] == "missing required"
        code = "sitecheck.record-missing" if missing else "sitecheck.record-unknown"
        return SiteError(code, at=f"{at}/{field['name']}")
    values = _EXPECTED.fullmatch(said)
    if values:
        expected = values["expected"]
    elif said.endswith("encoded date"):
        expected = "YYYY-MM-DD"
    else:  # a word that is none of those known
        schema = make_schema()
        expected = ", ".join(_words_at(schema, steps, schema["$defs"])) or said
    found = _value_at(record, steps, otherwise=(values and values["found"]) or "–")
    return SiteError("sitecheck.record-value", at=at or "/", expected=expected, found=found)


def _value_at(value: Any, steps: Sequence[str], *, otherwise: str) -> str:
    """The value a pointer leads to, shortened; `otherwise` where it is a record, or unknown."""
    for step in steps:
        if step == "...":  # a key of a mapping: nobody says which
            return otherwise
        value = value[int(step)] if isinstance(value, list | tuple) else value[step]
    if isinstance(value, Mapping | list | tuple):
        return otherwise
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _words_at(
    part: Mapping[str, Any], steps: Sequence[str], records: Mapping[str, Any]
) -> list[str]:
    """The words that may stand where steps lead within a part of the schema."""
    if "$ref" in part:
        return _words_at(records[part["$ref"].rpartition("/")[2]], steps, records)
    if "anyOf" in part:
        return [word for each in part["anyOf"] for word in _words_at(each, steps, records)]
    if not steps:
        return [str(word) for word in part.get("enum", ())]
    below = part.get("properties", {}).get(steps[0]) or part.get("items")
    return _words_at(below, steps[1:], records) if isinstance(below, Mapping) else []


def make_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a report's JSON file, generated from these records."""
    _, parts = msgspec.json.schema_components([SiteReport], ref_template="#/$defs/{name}")
    records = {name: dict(part) for name, part in sorted(parts.items())}
    for name, rules in _BETWEEN_FIELDS.items():
        records[name]["allOf"] = rules
    whole = records.pop(SiteReport.__name__)
    return {"$schema": _SCHEMA, **whole, "title": "lsgis site report", "$defs": records}
