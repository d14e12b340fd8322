"""Work in a process of its own: what ends that process ends one item, never the whole run.

One child answers items in their order; the parent waits for each answer. When the child ends
(a crash of a library, a kill for lack of memory) or is late, the item it was at has no answer,
and a new child goes on with the next one. So it does after a shortage of memory, which may leave
a library half loaded. The child is a fresh interpreter on every system, so that Windows, which
has no fork, does the same as the others.
"""

import ctypes
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
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.spawn import get_executable
from types import MappingProxyType
from typing import IO, Any, TypeAlias

from lsgis.errors import LsgisError, SiteError, has_room, lacks_memory, says_memory
from lsgis.text import LANGUAGES, plain_text, say

Answer: TypeAlias = Callable[[Any], Any]
Prepare: TypeAlias = Callable[[], Answer]

_FIRST = (  # no folder but those of the parent: where one works may lie a file `numpy.py`
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from lsgis.sitecheck.batch_process import serve; serve()"
)
START_S = 60.0  # a process may take so long to be ready, or as long as one answer where longer
STARTS = 3  # so often in a row a process may fail to begin
_SPARE_S = 60.0  # an orphan that hears of nothing ends so long after its time
_ALONE_S = 3600.0  # what is done alone is waited for by somebody who can end it
_ROOM = 2 << 30  # bytes of addresses: with so many left, a dossier in every format is written
_MEMORY = ("SIGKILL", "SIGABRT", "SIGTRAP")  # how libraries and systems end what gets no memory
_SPEAK = ("", "SIGABRT", "SIGTRAP")  # who ends by itself, says why
_TAIL, _LONGEST = 4096, 160  # bytes kept of what a process said, and letters told of its end
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Unanswered:
    """Why an item has no answer.

    Its process ended, or took too long and was ended; there was no memory for it; something
    was raised that nobody foresaw; or no process began.
    """

    code: int = 0  # as the system gives it; minus the signal that ended it
    late_s: float | None = None  # seconds waited
    short: bool = False  # of memory
    found: str = ""  # what was raised
    begun: bool = True
    said: str = field(default="", compare=False)  # the last that the process said

    @property
    def of_memory(self) -> bool:
        """Whether memory ran out, or may have."""
        return self.short or _signal(self.code) in _MEMORY

    def message(self, lang: str, *, outlined: bool = True) -> str:
        """It in words; a shape is spoken of only where the item is `outlined`, not a point."""
        if not self.begun:
            return self.error().message(lang)
        if self.late_s is not None:
            late = "sitecheck.process-late-shape" if outlined else "sitecheck.process-late"
            return say(late, lang, seconds=f"{self.late_s:g}")
        if self.short:
            return say("sitecheck.process-memory", lang)
        if self.found:
            return self.found
        ended = "sitecheck.process-ended-shape" if outlined else "sitecheck.process-ended"
        ended = "sitecheck.process-ended-memory" if self.of_memory else ended
        return say(ended, lang, ended=self._ended(lang))

    def error(self) -> SiteError:
        """It as the refusal that no process could begin."""
        if self.short:
            return SiteError("sitecheck.process-begin-memory")
        ended = {lang: self._ended(lang) for lang in LANGUAGES}
        return SiteError("sitecheck.process-not-begun", tries=STARTS, ended=ended)

    def _ended(self, lang: str) -> str:
        """How the process ended: late, by which signal, or with which code."""
        if self.late_s is not None:
            return say("sitecheck.process-begin-late", lang, seconds=f"{self.late_s:g}")
        ended = _ended(self.code, lang)
        if not self.said or _signal(self.code) not in _SPEAK:
            return ended
        return say("sitecheck.process-said", lang, ended=ended, said=self.said)


def answer_each(
    prepare: Prepare, items: Sequence[Any], *, limit_s: float
) -> Iterator[Any | Unanswered]:
    """The answer to each item, in order, from a process of its own; `Unanswered` where none came.

    Parameters
    ----------
    prepare
        Called once in each process: it makes the function that answers an item. A refusal
        (`LsgisError`) or an error of the system (`OSError`) that the function raises is raised
        here; whatever else it raises, or for lack of memory, leaves that item unanswered.
    items
        What is asked; `prepare` and they must be able to go to another process: see
        `can_leave`.
    limit_s
        Seconds to wait for one answer. A process that begins is waited for as long, or
        `START_S` where that is longer.

    Raises
    ------
    SiteError
        No process could begin, tried `STARTS` times. Where some items are answered, those
        left are told unanswered instead.
    """
    done = failed = 0
    while done < len(items):
        with _child(prepare, items[done:], limit_s) as (answers, ready):
            failed = failed + 1 if ready is not None else 0
            while done < len(items) and not answers.over:
                found = answers.wait(limit_s)
                done += 1
                yield found
        if failed >= STARTS:
            assert ready is not None
            if not done:
                raise ready.error()
            yield from [ready] * (len(items) - done)
            return


def do_safely(work: Callable[[], Any]) -> Any:
    """What `work` returns; done in a process of its own where memory is short.

    A library that gets no memory may end its process: then it does not end this one.

    Raises
    ------
    SiteError
        There was not enough memory for it. What `work` raises is raised, too.
    """
    if has_room(_ROOM) or not can_leave(work):
        return work()
    try:
        (found,) = answer_each(partial(_doing, work), [None], limit_s=_ALONE_S)
    except SiteError as error:
        if not error.code.startswith("sitecheck.process-"):
            raise
        found = Unanswered(short=True)
    if not isinstance(found, Unanswered):
        return found
    if found.found:
        raise RuntimeError(found.found)
    raise SiteError("errors.no-memory")  # as was measured before it began


def _doing(work: Callable[[], Any]) -> Answer:
    return lambda _: work()


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
    name = _signal(code)
    text = "sitecheck.process-killed" if name in _MEMORY else "sitecheck.process-signal"
    return say(text, lang, number=-code, name=name)


def _signal(code: int) -> str:
    """Name of the signal that ended a process; "" when none did, "?" when it has no name here."""
    if code >= 0:
        return ""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return "?"


def why_not(error: BaseException) -> Unanswered | None:
    """Why an item that raised this has no answer; None where the error concerns all items."""
    if lacks_memory(error):
        return Unanswered(short=True)
    if isinstance(error, LsgisError | OSError | KeyboardInterrupt | GeneratorExit):
        return None
    return Unanswered(found=repr(error))


# ---- the parent's side


class _Answers:
    """What a child says, taken in by threads: a pipe cannot be waited at for a time on Windows.

    `over` once it says no more. What it writes as an error is kept from the keyboard, its end
    for whoever asks how the child ended; with LSGIS_DEBUG it goes there and is not kept.
    """

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child, self.over = child, False
        self._said: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        self._tail = b""
        self._overhearing = threading.Thread(target=self._overhear, daemon=True)
        self._overhearing.start()
        threading.Thread(target=self._listen, daemon=True).start()

    def _overhear(self) -> None:
        if self._child.stderr is None:
            return
        with suppress(OSError, ValueError):  # closed
            while more := os.read(self._child.stderr.fileno(), _TAIL):
                self._tail = (self._tail + more)[-_TAIL:]

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
            self.over = True
            return Unanswered(late_s=limit_s)
        if said is None:
            self.over = True
            return self._end()
        kind, value = said
        self.over = kind == "last"
        if kind == "raised":
            raise value
        return value

    def _end(self) -> Unanswered:
        """How the child ended, with the last it said of it; by a crash, memory is no matter."""
        code = self._child.wait()
        self._overhearing.join(timeout=1.0)
        told = self._tail.decode("utf-8", "replace")
        lines = [line for line in map(plain_text, told.splitlines()) if line]
        said = plain_text(lines[-1], longest=_LONGEST) if lines else ""
        return Unanswered(code=code, short=code > 0 and says_memory(told), said=said)


@contextmanager
def _child(
    prepare: Prepare, items: Sequence[Any], limit_s: float
) -> Iterator[tuple[_Answers, Unanswered | None]]:
    """A process that answers, and why it did not begin; it is gone in the end, at whatever."""
    whole = io.BytesIO()
    _pack((prepare, items, limit_s), whole)
    command = [get_executable(), "-c", _FIRST, *sys.path]
    pipe = subprocess.PIPE
    errors = None if os.environ.get("LSGIS_DEBUG") else pipe
    try:
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors)
    except OSError as error:
        if lacks_memory(error):
            raise SiteError("sitecheck.process-begin-memory") from error
        raise
    with child:
        # by a thread: who does not read, as one stopped when it was born, holds up who writes
        telling = threading.Thread(target=_tell, args=(child, whole.getbuffer()), daemon=True)
        try:
            telling.start()
            answers = _Answers(child)
            ready = answers.wait(max(START_S, limit_s))
            yield answers, replace(ready, begun=False) if ready is not None else None
        finally:
            child.kill()
            if telling.ident is not None:
                telling.join()
            with suppress(OSError):  # what it had not read
                child.stdin.close()  # type: ignore[union-attr]


def _tell(child: "subprocess.Popen[bytes]", whole: memoryview) -> None:
    assert child.stdin is not None
    with suppress(OSError, ValueError):  # it ended before it had read everything
        child.stdin.write(whole)
        child.stdin.flush()


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
    _be_ended_with_parent()
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
            kind, found = _try(answer, item)
            _say(said, kind, found)
            if kind != "told":
                break
    except BaseException as error:
        short = lacks_memory(error)
        _say(said, *(("last", Unanswered(short=True)) if short else ("raised", error)))
    os._exit(0)


def _try(answer: Answer, item: Any) -> tuple[str, Any]:
    """The answer to an item, or why there is none; "last" where none follows."""
    try:
        return "told", answer(item)
    except BaseException as error:
        why = why_not(error)
        if why is None:
            raise
        return "last" if why.short else "told", why


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


def _be_ended_with_parent() -> None:
    """On Linux the system ends this process with the parent, even one that is stopped."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with_parent() -> None:
    """The parent keeps its end of the pipe open as long as it lives, however it ends."""
    while os.read(0, 1):
        pass
    os._exit(1)
