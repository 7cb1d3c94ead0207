"""A fixture: a server on 127.0.0.1 of one file, well or badly, one way for each path."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from core.data.public import RemoteFile

SIZE = 300_000


class FileServer:
    """Answers `/WAY` with its content as the method of that name does.

    Attributes:
        content: what a sound reply holds.
        asked: (path, Range header or "") of each request, in order.
        sent: bytes of content sent, for each request.
    """

    def __init__(self) -> None:
        self.content = np.random.default_rng(7).bytes(SIZE)
        self.asked: list[tuple[str, str]] = []
        self.sent: list[int] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Range", "")))
                outer.sent.append(0)
                with suppress(OSError):  # the client went away, as it should
                    getattr(outer, self.path.strip("/").split("/")[0])(self)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def file(self, way: str, name: str = "") -> RemoteFile:
        """The content under that way, pinned."""
        sha256 = hashlib.sha256(self.content).hexdigest()
        path = f"test/{way}{name}"
        return RemoteFile(path=path, address=f"{self.url}/{way}{name}", sha256=sha256, size=SIZE)

    def close(self) -> None:
        """Stop serving; replies under way end."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _begin(self, to: Any, *, ranges: bool = True, length: int | None = None) -> bytes:
        """Send the head; what of the content the body is to hold."""
        start = 0
        wanted = to.headers.get("Range", "")
        if ranges and wanted.startswith("bytes="):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            to.send_response(206)
            to.send_header("Content-Range", f"bytes {start}-{SIZE - 1}/{SIZE}")
        else:
            to.send_response(200)
        to.send_header("Content-Length", str(SIZE - start if length is None else length))
        to.end_headers()
        return self.content[start:]

    def _send(self, to: Any, body: bytes) -> None:
        to.wfile.write(body)
        to.wfile.flush()
        self.sent[-1] += len(body)

    # One method for each way. `to` is the request at hand.

    def sound(self, to: Any) -> None:
        """All of it."""
        self._send(to, self._begin(to))

    def cut(self, to: Any) -> None:
        """A third of the whole, then the connection is closed; Range is honoured."""
        body = self._begin(to)
        self._send(to, body[: SIZE // 3])
        to.close_connection = True

    def cut_whole(self, to: Any) -> None:
        """The first time half; Range is never honoured."""
        body = self._begin(to, ranges=False)
        self._send(to, body if len(self.asked) > 1 else body[: SIZE // 2])
        to.close_connection = True

    def shifted(self, to: Any) -> None:
        """The first time half; then a range that nobody asked for; then what is asked."""
        if len(self.asked) == 2:
            to.send_response(206)
            to.send_header("Content-Range", f"bytes 5-{SIZE - 1}/{SIZE}")
            to.send_header("Content-Length", str(SIZE - 5))
            to.end_headers()
            self._send(to, self.content[5:])
            return
        body = self._begin(to)
        self._send(to, body[: SIZE // 2] if len(self.asked) == 1 else body)
        to.close_connection = True

    def wrong(self, to: Any) -> None:
        """Other content of the same length, always."""
        body = self._begin(to)
        self._send(to, bytes(len(body)))

    def wrong_once(self, to: Any) -> None:
        """Other content the first time."""
        body = self._begin(to)
        self._send(to, bytes(len(body)) if len(self.asked) == 1 else body)

    def longer(self, to: Any) -> None:
        """A length that is announced and is not the pinned one."""
        self._begin(to, length=SIZE + 1)
        self._send(to, self.content + b"x")

    def endless(self, to: Any) -> None:
        """No length, and no end."""
        to.send_response(200)
        to.end_headers()
        while not self.over.is_set():
            self._send(to, bytes(65_536))

    def away(self, to: Any) -> None:
        """Sent on to another host."""
        self._move(to, "https://example.invalid/file")

    def near(self, to: Any) -> None:
        """Sent on to the same host."""
        self._move(to, "/sound")

    def circle(self, to: Any) -> None:
        """Sent on to itself."""
        self._move(to, "/circle")

    def _move(self, to: Any, where: str) -> None:
        to.send_response(302)
        to.send_header("Location", where)
        to.send_header("Content-Length", "0")
        to.end_headers()

    def missing(self, to: Any) -> None:
        """404."""
        to.send_error(404)

    def silent(self, to: Any) -> None:
        """Takes the request and says nothing."""
        self.over.wait(30)

    def stalls(self, to: Any) -> None:
        """A quarter, then nothing more."""
        self._send(to, self._begin(to)[: SIZE // 4])
        self.over.wait(30)

    def drips(self, to: Any) -> None:
        """A few bytes now and then: never silent, never done."""
        body = self._begin(to)
        for start in range(0, SIZE, 10):
            if self.over.is_set():
                return
            self._send(to, body[start : start + 10])
            time.sleep(0.05)


@pytest.fixture
def file_server() -> Iterator[FileServer]:
    """The server."""
    server = FileServer()
    yield server
    server.close()
