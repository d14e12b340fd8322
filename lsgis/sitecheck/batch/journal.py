"""What a long run has done so far: one line a site, only ever added to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsgis import disk


class Journal:
    """A file of finished sites, by key. A line cut off by a kill is as if it were not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: dict[str, Mapping[str, Any]] = {}
        content = path.read_bytes() if path.is_file() else b""
        for line in content.split(b"\n"):
            try:
                told = json.loads(line)
                self.done.setdefault(told["key"], told["result"])
            except (ValueError, KeyError, TypeError):
                continue
        self._torn = bool(content) and not content.endswith(b"\n")

    def add(self, key: str, result: Mapping[str, Any]) -> None:
        """Note a finished site; it is with the system before this returns.

        Raises
        ------
        OutputError
            It cannot be noted.
        """
        line = json.dumps({"key": key, "result": result}, ensure_ascii=False)
        text = f"\n{line}\n" if self._torn else f"{line}\n"
        disk.append_text(self._path, text, code="sitecheck.unwritable-folder")
        self._torn = False
        self.done[key] = result
