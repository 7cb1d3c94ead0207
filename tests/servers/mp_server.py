"""A fixture: what Gridscope uses of the Materials Project's REST interface, on 127.0.0.1."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.io.write import structure_dict
from core.types import Crystal

KEY = "Pl4ntedKeyPl4ntedKeyPl4ntedKey42"  # what the server accepts; tests look for it everywhere


class MPServer:
    """Heartbeat and summaries of made-up materials.

    Attributes:
        mode: `sound`, or how it misbehaves: `echo` (refuses every key and quotes it), `silent`,
            `headers` (the same in its headers), `silent`, `html`, `shape`, `failing`, `away`,
            `busy`, `itself` (gives the first page for every page), `odd` (values of other kinds).
        log: request lines, as a server writes them.
        n_materials: it holds.
    """

    def __init__(self, crystal: Crystal) -> None:
        self.mode, self.n_materials = "sound", 230
        self.log: list[str] = []
        self.over = threading.Event()
        self._structure = structure_dict(crystal)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.log.append(self.requestline)
                with suppress(OSError):  # the client went away, as it should
                    if urlsplit(self.path).path.rstrip("/") == "/heartbeat":
                        outer.heartbeat(self)
                    else:
                        outer.summary(self)

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

    def heartbeat(self, to: Any) -> None:
        """What the client asks first, without a key."""
        _send(to, {"version": "0.87.3", "db_version": "2026.11.01",
                   "access_controlled_batch_ids": []})  # fmt: skip

    def summary(self, to: Any) -> None:
        """A page of materials, or the mode's misbehaviour."""
        key = to.headers.get("x-api-key", "")
        if self.mode == "echo":
            _send(to, {"detail": "x" * 380 + f" no such key: {key}", "message": key}, 403)
        elif self.mode == "headers":
            _send(to, b"", 500, kind=f"text/{key}", reason=key)
        elif self.mode == "busy":
            _send(to, {"message": "API rate limit exceeded"}, 429)
        elif self.mode == "silent":
            self.over.wait(30)
        elif self.mode == "html":
            _send(to, b"<html>Bad gateway</html>", kind="text/html")
        elif self.mode == "shape":
            _send(to, {"data": {"a": key}, "meta": None})
        elif self.mode == "failing":
            _send(to, {"detail": f"fault with {key}"}, 500)
        elif self.mode == "away":
            _send(to, b"", 302, location=f"http://localhost.invalid/{key}")
        elif key != KEY:
            _send(to, {"message": "Invalid authentication credentials"}, 401)
        else:
            _send(to, self._page(parse_qs(urlsplit(to.path).query)))

    def _page(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        if "material_ids" in asked:
            names = asked["material_ids"][0].split(",")
        else:
            size, page = int(asked["_per_page"][0]), int(asked["_page"][0])
            page = 1 if self.mode == "itself" else page
            numbers = range(self.n_materials)[(page - 1) * size : page * size]
            names = [f"mp-{n + 1}" for n in numbers]
        total = len(names) if "material_ids" in asked else self.n_materials
        return {"data": [self._document(n) for n in names], "meta": {"total_doc": total}}

    def _document(self, name: str) -> dict[str, Any]:
        broken = {**self._structure, "lattice": {"matrix": [[float("nan")] * 3] * 3}}
        if self.mode == "odd":
            return {
                "material_id": f"<script>\x1b[31m{name}" + "x" * 500, "structure": self._structure,
                "energy_above_hull": "<b>0</b>", "band_gap": [1.0], "energy_per_atom": True,
                "bulk_modulus": "soft", "shear_modulus": {"vrh": {"a": 1}},
            }  # fmt: skip
        return {
            "material_id": name, "structure": broken if name == "mp-13" else self._structure,
            "energy_above_hull": 0.01, "formation_energy_per_atom": -2.0, "energy_per_atom": -3.5,
            "band_gap": 5.0, "shear_modulus": None,
            "bulk_modulus": {"voigt": 25.0, "reuss": 23.0, "vrh": 24.0},
        }  # fmt: skip


def _send(
    to: Any, content: Any, status: int = 200, *, kind: str = "application/json", location: str = "",
    reason: str | None = None,
) -> None:  # fmt: skip
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    # The client's parser is strict: NaN travels as null, which is no number either.
    body = body.replace(b"NaN", b"null")
    to.send_response(status, reason)
    to.send_header("Content-Type", kind)
    to.send_header("Content-Length", str(len(body)))
    if location:
        to.send_header("Location", location)
    to.end_headers()
    to.wfile.write(body)


@pytest.fixture
def mp_server(rocksalt: Crystal) -> Iterator[MPServer]:
    """The server; every material of it is rock salt."""
    server = MPServer(rocksalt)
    yield server
    server.close()
