"""Through which files does a site go? Follow its reading, or a whole command, call by call.

    python scripts/follow_site.py SITE [--crs CRS] [--layer NAME] [--every]
    python scripts/follow_site.py --command check-site SITE [any option of the command] [--every]

Each line is a step from one file of lsgis into another, in order: by a call (`->`) or by
coming back from one (`<-`), with the function and the line it stands on. Below stand how many
files were met, how often the reading came to one that it had left before, and how many of
the calls differ (a loop over rows takes the same ones again and again). Calls within a
file and into libraries are no steps. Not counted, unless `--every`: what is met everywhere
and needs no reading to follow a site (`NOT_COUNTED`); calls made from there count.

The site is read once unseen before it is followed, so that what is imported or read once for
all sites (a region, texts, a register) is no part of its way. `--cold` follows the first time.
"""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import lsgis

PACKAGE = Path(lsgis.__file__).parent
NOT_COUNTED = ("text.py", "errors.py", "crs.py", "disk.py", "intake/opening.py")


@dataclass
class Way:
    """The files a call goes through, step by step."""

    left_out: tuple[str, ...]
    here: str = ""
    steps: list[tuple[str, str, str, int]] = field(default_factory=list)

    def see(self, frame: FrameType | None, sign: str) -> None:
        """Note the file that a frame stands in, when it is another one."""
        while frame is not None and not (name := self._name(frame)):
            frame = frame.f_back  # a library, or what is not counted: who asked for it?
        if frame is None or name == self.here:
            return
        self.here = name
        self.steps.append((sign, name, _called(frame), frame.f_lineno))

    def _name(self, frame: FrameType) -> str:
        """The file of a frame as told; "" for one that is none of lsgis or is not counted."""
        path = Path(frame.f_code.co_filename)
        if not path.is_relative_to(PACKAGE) or frame.f_code.co_name == "<module>":
            return ""
        name = path.relative_to(PACKAGE).as_posix()
        return "" if name in self.left_out else name

    @property
    def files(self) -> list[str]:
        """Files met, in order."""
        return list(dict.fromkeys(name for _, name, _, _ in self.steps))

    @property
    def returns(self) -> int:
        """Steps into a file that was met and left before."""
        return len(self.steps) - len(self.files)

    @property
    def calls_back(self) -> int:
        """Those of them that are calls: a reader turns to a file anew, for another function."""
        calls = [name for sign, name, _, _ in self.steps if sign == "->"]
        return len(calls) - len({*calls})

    @property
    def different(self) -> int:
        """Different calls from one file into another: a loop over rows counts once."""
        before = ["", *(name for _, name, _, _ in self.steps)]
        pairs = zip(before, self.steps, strict=False)
        return len({(b, name, called) for b, (sign, name, called, _) in pairs if sign == "->"})


def _called(frame: FrameType) -> str:
    return getattr(frame.f_code, "co_qualname", frame.f_code.co_name)  # Python 3.10 has the name


def follow(call: Callable[[], object], *, left_out: tuple[str, ...] = NOT_COUNTED) -> Way:
    """The way a call takes through the files of lsgis."""
    way = Way(left_out)

    def notice(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            way.see(frame, "->")
        elif event == "return":
            way.see(frame.f_back, "<-")

    sys.setprofile(notice)
    try:
        call()
    finally:
        sys.setprofile(None)
    return way


def _call_of(options: argparse.Namespace, rest: list[str]) -> Callable[[], object]:
    if options.command:
        from lsgis.cli import main

        arguments = [options.command, *([options.site] if options.site else []), *rest]

        def run() -> None:
            with (
                Path(os.devnull).open("w", encoding="utf-8") as nowhere,
                redirect_stdout(nowhere),
                redirect_stderr(nowhere),
                suppress(SystemExit),
            ):
                main(arguments)

        return run
    from lsgis.sitefile import read_site

    return lambda: read_site(options.site, crs=options.crs, layer=options.layer)


def run() -> int:
    """Follow what the command line asks for, and print it."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("site")
    asked.add_argument("--command")
    asked.add_argument("--crs")
    asked.add_argument("--layer")
    asked.add_argument("--every", action="store_true", help="count every file")
    asked.add_argument("--cold", action="store_true", help="follow the first time")
    options, rest = asked.parse_known_args()
    call = _call_of(options, rest)
    if not options.cold:
        call()
    way = follow(call, left_out=() if options.every else NOT_COUNTED)
    for sign, name, function, line in way.steps:
        print(f"{sign} {name}:{line} {function}")
    print(f"{len(way.files)} files: {', '.join(way.files)}")
    print(f"{way.returns} returns to a file left before, {way.calls_back} of them by a new call")
    print(f"{way.different} different calls from file to file")
    return 0


if __name__ == "__main__":
    sys.exit(run())
