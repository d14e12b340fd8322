"""Work in a process of its own: what ends that process ends one item, never the whole run.

One child answers items in their order; the parent waits for each answer. When the child ends
(a crash of a library, a kill for lack of memory) or is late, the item it was at has no answer,
and a new child goes on with the next one. The child is a fresh interpreter on every system, so
that Windows, which has no fork, does the same as the others.
"""

import faulthandler
import io
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.spawn import get_executable
from types import MappingProxyType
from typing import IO, Any, TypeAlias

from lsgis.errors import SiteError
from lsgis.text import LANGUAGES, say

Answer: TypeAlias = Callable[[Any], Any]
Prepare: TypeAlias = Callable[[], Answer]

_FIRST = (  # no folder but those of the parent: where one works may lie a file `numpy.py`
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from lsgis.sitecheck.batch_process import serve; serve()"
)
_SPARE_S = 60.0  # an orphan that hears of nothing ends so long after its time


@dataclass(frozen=True)
class Unanswered:
    """Why an item has no answer: its process ended, or took too long and was ended."""

    code: int = 0  # as the system gives it; minus the signal that ended it
    late_s: float | None = None  # seconds waited

    def message(self, lang: str) -> str:
        """It in words."""
        if self.late_s is not None:
            return say("sitecheck.process-late", lang, seconds=f"{self.late_s:g}")
        return say("sitecheck.process-ended", lang, ended=_ended(self.code, lang))


def answer_each(
    prepare: Prepare, items: Sequence[Any], *, limit_s: float
) -> Iterator[Any | Unanswered]:
    """The answer to each item, in order, from a process of its own; `Unanswered` where none came.

    Parameters
    ----------
    prepare
        Called once in each process: it makes the function that answers an item. What
        that function raises is raised here.
    items
        What is asked; `prepare` and they must be able to go to another process: see
        `can_leave`.
    limit_s
        Seconds to wait for one answer.

    Raises
    ------
    SiteError
        A process ended before it could answer anything.
    """
    done = 0
    while done < len(items):
        with _child(prepare, items[done:], limit_s) as answers:
            while done < len(items):
                found = answers.wait(limit_s)
                done += 1
                yield found
                if isinstance(found, Unanswered):
                    break


def can_leave(function: Callable[..., Any] | None) -> bool:
    """Whether a function can go to another process: no lambda, no function within a function."""
    while isinstance(function, partial):
        function = function.func
    try:
        _pack(function, io.BytesIO())
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return bool(get_executable())


def _ended(code: int, lang: str) -> str:
    """How a process ended: by which signal, or with which code."""
    if code >= 0:
        shown = f"{code}" if code < 256 else f"0x{code & 0xFFFFFFFF:08X}"  # as Windows writes it
        return say("sitecheck.process-code", lang, status=shown)
    try:
        name = signal.Signals(-code).name
    except ValueError:  # a signal without a name here
        name = "?"
    text = "sitecheck.process-killed" if name == "SIGKILL" else "sitecheck.process-signal"
    return say(text, lang, number=-code, name=name)


# ---- the parent's side


class _Answers:
    """What a child says, taken in by a thread: a pipe cannot be waited at for a time on Windows."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        self._said: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):  # cut off
            while True:
                self._said.put(pickle.load(self._child.stdout))
        self._said.put(None)

    def wait(self, limit_s: float | None) -> Any | Unanswered:
        """The next answer; what was raised in its place is raised here."""
        try:
            said = self._said.get(timeout=limit_s)
        except queue.Empty:
            self._child.kill()
            return Unanswered(late_s=limit_s)
        if said is None:
            return Unanswered(code=self._child.wait())
        kind, value = said
        if kind == "raised":
            raise value
        return value


@contextmanager
def _child(prepare: Prepare, items: Sequence[Any], limit_s: float) -> Iterator[_Answers]:
    """A process that answers; it is gone in the end, whatever it is at."""
    command = [get_executable(), "-c", _FIRST, *sys.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdin is not None
            with suppress(OSError):  # it ended before it had read everything
                _pack((prepare, items, limit_s), child.stdin)
                child.stdin.flush()
            answers = _Answers(child)
            ready = answers.wait(None)
            if isinstance(ready, Unanswered):
                ended = {lang: _ended(ready.code, lang) for lang in LANGUAGES}
                raise SiteError("sitecheck.process-not-begun", ended=ended)
            yield answers
        finally:
            child.kill()
            with suppress(OSError):  # what it had not read
                child.stdin.close()  # type: ignore[union-attr]


def _pack(what: object, file: IO[bytes]) -> None:
    """Pickle, with the mappings that nobody can change."""
    packer = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    packer.dispatch_table = {MappingProxyType: _unlocked}
    packer.dump(what)


def _unlocked(locked: MappingProxyType[Any, Any]) -> tuple[Answer, tuple[dict[Any, Any]]]:
    return _locked, (dict(locked),)


def _locked(found: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(found)


# ---- the child's side


def serve() -> None:
    """Answer what the parent sends, in a process that it started; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both: the parent decides
    said = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        prepare, items, limit_s = pickle.load(sys.stdin.buffer)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        answer = prepare()
        _say(said, "told", None)
        for item in items:
            # a clock that no library can hold up, should nobody be left to end this
            faulthandler.dump_traceback_later(limit_s + _SPARE_S, exit=True, file=nowhere)
            _say(said, "told", answer(item))
    except BaseException as error:
        _say(said, "raised", error)
    os._exit(0)


def _say(said: IO[bytes], kind: str, value: object) -> None:
    whole = io.BytesIO()
    try:
        _pack((kind, value), whole)
    except (pickle.PicklingError, AttributeError, TypeError):  # an error that cannot travel
        whole = io.BytesIO()
        _pack((kind, RuntimeError(repr(value))), whole)
    with suppress(OSError):  # nobody is left to hear it
        said.write(whole.getvalue())
        said.flush()


def _end_with_parent() -> None:
    """The parent keeps its end of the pipe open as long as it lives, however it ends."""
    while os.read(0, 1):
        pass
    os._exit(1)
