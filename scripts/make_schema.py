"""Write the JSON Schema of a site report, generated from the records that make one.

Run it after a change of `lsgis/sitecheck/record.py`; a test compares the two.
"""

import json
from pathlib import Path

from lsgis.sitecheck.record_json import make_schema

FILE = Path(__file__).resolve().parent.parent / "lsgis" / "sitecheck" / "site_report.schema.json"


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(make_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8", newline="\n")
    print(FILE)
