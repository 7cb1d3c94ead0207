"""A fixture: a server on 127.0.0.1 that breaks the protocol in every way, one for each path."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.types import Crystal
from tests.servers.entries import entry_of

MARKUP = "<img src=x onerror=alert(1)> **bold** :red[x] [y](javascript:z)"
_MEBIBYTE = 2**20


class HostileServer:
    """Answers `/WAY/v1/structures` as `ways` says; keeps the paths asked for.

    Attributes:
        crystal: the sound crystal that many of its replies hold.
        asked: request lines, in order.
    """

    def __init__(self, crystal: Crystal) -> None:
        self.crystal = crystal
        self.asked: list[str] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                way = urlsplit(self.path).path.strip("/").split("/")[0]
                with suppress(OSError):  # the client went away, as it should
                    getattr(outer, way)(self)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop serving; replies under way end."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    # One method for each way. `to` is the request at hand.

    def sound(self, to: Any) -> None:
        """One crystal, the last page."""
        _send(to, _reply(self._entry("a")))

    def html(self, to: Any) -> None:
        """A web page, as a proxy or a moved server sends it."""
        _send(to, b"<html><title>Welcome</title></html>", kind="text/html; charset=utf-8")

    def itself(self, to: Any) -> None:
        """The next page is this one, with the same entry."""
        _send(to, _reply(self._entry("a"), next=f"{self.url}{to.path}"))

    def endless(self, to: Any) -> None:
        """Always one more page under a new address, with the same entry."""
        n = int(parse_qs(urlsplit(to.path).query).get("n", ["0"])[0])
        _send(to, _reply(self._entry("a"), next=f"{self.url}/endless/v1/structures?n={n + 1}"))

    def growing(self, to: Any) -> None:
        """Always one more page, with an entry of its own."""
        n = int(parse_qs(urlsplit(to.path).query).get("n", ["0"])[0])
        link = {"href": f"/growing/v1/structures?n={n + 1}"}
        _send(to, _reply(self._entry(f"e{n}"), next=link))

    def elsewhere(self, to: Any) -> None:
        """The next page lies on another host."""
        _send(to, _reply(self._entry("a"), next="http://localhost.invalid/v1/structures"))

    def file(self, to: Any) -> None:
        """The next page is a file of this machine."""
        _send(to, _reply(self._entry("a"), next="file:///etc/passwd"))

    def away(self, to: Any) -> None:
        """A redirect to another host."""
        _send(to, b"", status=302, location="http://localhost.invalid/v1/structures")

    def round(self, to: Any) -> None:
        """Redirects without end."""
        _send(to, b"", status=302, location=f"{self.url}{to.path}")

    def moved(self, to: Any) -> None:
        """A redirect on the same host."""
        _send(to, b"", status=301, location="/sound/v1/structures")

    def bad_entries(self, to: Any) -> None:
        """NaN, an unknown element, no record at all, no id; and a sound crystal."""
        nan, odd, nameless = self._entry("nan"), self._entry("odd"), self._entry("x")
        nan["attributes"]["lattice_vectors"][0][0] = float("nan")
        odd["attributes"]["species_at_sites"] = ["Xx"] * len(self.crystal.numbers)
        del nameless["id"]
        _send(to, _reply(nan, odd, None, 7, nameless, self._entry("a")))

    def big(self, to: Any) -> None:
        """50 MiB of JSON."""
        pad = b'{"data":[],"pad":"' + b"x" * (50 * _MEBIBYTE) + b'"}'
        _send(to, pad)

    def bomb(self, to: Any) -> None:
        """200 MiB that travel as 200 KB."""
        _send(to, gzip.compress(b" " * (200 * _MEBIBYTE), 9), encoding="gzip")

    def flood(self, to: Any) -> None:
        """More entries than were asked for."""
        _send(to, _reply(*(self._entry(f"f{i}") for i in range(40))))

    def silent(self, to: Any) -> None:
        """No reply at all."""
        self.over.wait(30)

    def drip(self, to: Any) -> None:
        """A byte now and then: no single wait is long."""
        to.send_response(200)
        to.end_headers()
        for _ in range(300):
            if self.over.wait(0.05):
                return
            to.wfile.write(b" ")
            to.wfile.flush()

    def header_drip(self, to: Any) -> None:
        """The same in the headers, where a client has no hand in the reading."""
        for i in range(60):
            if self.over.wait(0.2):
                return
            to.wfile.write(
                b"HTTP/1.1 200 OK\r\n" if i == 0 else b"X-Slow: x\r\n" if i % 9 == 0 else b""
            )
            to.wfile.flush()

    def half(self, to: Any) -> None:
        """The connection breaks within the reply."""
        to.send_response(200)
        to.send_header("Content-Length", "1000")
        to.end_headers()
        to.wfile.write(b'{"data": [')

    def listed(self, to: Any) -> None:
        """JSON of another shape."""
        _send(to, b"[1, 2, 3]")

    def deep(self, to: Any) -> None:
        """JSON that is too deep for any parser."""
        _send(to, b"[" * 200_000)

    def single(self, to: Any) -> None:
        """One entry where a list belongs."""
        _send(to, json.dumps({"data": self._entry("a"), "meta": {}}).encode())

    def null_parts(self, to: Any) -> None:
        """Nulls where objects belong, but a sound crystal."""
        _send(to, json.dumps({"data": [self._entry("a")], "meta": {}, "links": {}}).encode())

    def slow_down(self, to: Any) -> None:
        """Too many requests."""
        _send(to, b"{}", status=429, retry="7")

    def broken(self, to: Any) -> None:
        """A fault of the server, with words that hold escape sequences."""
        _send(
            to,
            json.dumps({"errors": [{"detail": "no \x1b[31mdatabase\n here"}]}).encode(),
            status=500,
        )

    def marked(self, to: Any) -> None:
        """A refusal in words that are markup."""
        _send(to, json.dumps({"errors": [{"detail": MARKUP}]}).encode(), status=400)

    def named(self, to: Any) -> None:
        """An entry whose id is markup."""
        _send(to, _reply(self._entry(MARKUP)))

    def picky(self, to: Any) -> None:
        """Refuses any page limit instead of giving less."""
        if "page_limit" in to.path:
            words = {"errors": [{"title": "Forbidden", "detail": "page_limit is above 10"}]}
            _send(to, json.dumps(words).encode(), status=403)
        else:
            _send(to, _reply(self._entry("a")))

    def patient(self, to: Any) -> None:
        """Two pages, with a wish to wait between them."""
        second = "page=2" in to.path
        link = None if second else f"{self.url}/patient/v1/structures?page=2"
        _send(to, _reply(self._entry("p2" if second else "p1"), next=link, request_delay=0.3))

    def _entry(self, name: str) -> dict[str, Any]:
        return {**entry_of(self.crystal), "id": name}


def _reply(*entries: Any, next: Any = None, **meta: Any) -> bytes:
    return json.dumps({"data": list(entries), "meta": meta, "links": {"next": next}}).encode()


def _send(
    to: Any, body: bytes, *, status: int = 200, kind: str = "application/vnd.api+json",
    location: str = "", encoding: str = "", retry: str = "",
) -> None:  # fmt: skip
    to.send_response(status)
    to.send_header("Content-Type", kind)
    to.send_header("Content-Length", str(len(body)))
    for name, value in (
        ("Location", location), ("Content-Encoding", encoding), ("Retry-After", retry)
    ):  # fmt: skip
        if value:
            to.send_header(name, value)
    to.end_headers()
    to.wfile.write(body)


@pytest.fixture
def hostile(rocksalt: Crystal) -> Iterator[HostileServer]:
    """The hostile server; its crystal is rock salt."""
    server = HostileServer(rocksalt)
    yield server
    server.close()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is so, at most ten seconds."""

    def wait(so: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not so():
            assert time.monotonic() < end, "it never came about"
            time.sleep(0.02)

    return wait
