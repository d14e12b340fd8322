"""A real HTTP server on this machine that serves the publisher's layout, with faults on demand."""

import os
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SHARED = Path(os.environ.get("LSGIS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
GEODATA = SHARED / "geodata"


def geodata(name: str) -> Path:
    """A real file to test against; its absence fails the test, it never skips it."""
    path = GEODATA / name
    assert path.is_file(), f"expected {path}; set LSGIS_SHARED to the folder that holds geodata/"
    return path


@lru_cache(maxsize=1)
def published() -> dict[str, bytes]:
    """Files of the province at the pinned version: path -> bytes."""
    with tarfile.open(geodata("upstream_20_lang_son.tar.gz")) as archive:
        return {
            member.name: archive.extractfile(member).read()
            for member in archive.getmembers()
            if member.isfile()
        }


class Publisher(ThreadingHTTPServer):
    """Serves `files` below `url`; counts what it is asked for; misbehaves as `faults` says.

    A fault of a path is a status to answer (404, 503), "cut" (half of the
    promised bytes), "other" (altered bytes), "mute" (no answer until the
    server stops), "endless" (a body that never ends), "slow" and "slow-head" (a byte
    every tenth of a second, of the body and of the answer before it), or an address
    to send the reader on to. A list of faults is used up one request after the other.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.files = published()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/publisher/"
        self.faults: dict[str, object] = {}
        self.asked: list[str] = []
        self.most_at_once = 0
        self.on_request = lambda path: None
        self.lock, self.stopping, self._busy = threading.Lock(), threading.Event(), 0

    @contextmanager
    def noted(self, path: str) -> Iterator[object]:
        """Count one request for a path and hand out the fault it is to meet."""
        with self.lock:
            self.asked.append(path)
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
            fault = self.faults.get(path)
            if isinstance(fault, list):
                fault = fault.pop(0) if fault else None
        try:
            self.on_request(path)
            yield fault
        finally:
            with self.lock:
                self._busy -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader who hangs up: some tests make it do so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as at the publisher
    server: Publisher

    def do_GET(self) -> None:
        path = self.path.removeprefix("/publisher/")
        with self.server.noted(path) as fault:
            body = self.server.files.get(path)
            if isinstance(fault, int) or body is None:
                self._answer(fault or 404, b"no such file")
            elif str(fault).startswith("http"):
                self._answer(302, b"elsewhere", location=str(fault))
            elif fault == "mute":
                self.server.stopping.wait(30)
                self.close_connection = True
            elif fault == "cut":
                self._answer(200, body[: len(body) // 2], length=len(body))
                self.close_connection = True
            elif fault == "endless":
                self._drop(b"HTTP/1.1 200 OK\r\n\r\n", bytes(256 * 1024), 0)
            elif fault == "slow":
                self._drop(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.1)
            elif fault == "slow-head":
                self._drop(b"HTTP/1.1 200 OK\r\nX-Y: ", b"x", 0.1)
            else:
                self._answer(200, body.replace(b"106.", b"107.") if fault == "other" else body)

    def _drop(self, first: bytes, piece: bytes, pause_s: float) -> None:
        """Pieces without an end, until the reader hangs up or the server stops."""
        self.close_connection = True
        with suppress(ConnectionError):
            self.wfile.write(first)
            while not self.server.stopping.wait(pause_s):
                self.wfile.write(piece)

    def _answer(
        self, status: int, body: bytes, *, length: int | None = None, location: str = ""
    ) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@contextmanager
def serve() -> Iterator[Publisher]:
    """Run a publisher in a thread for as long as the block lasts."""
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with serve() as server:
        return server.server_port
