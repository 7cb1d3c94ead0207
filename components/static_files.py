"""Streamlit's own scripts, styles and fonts from memory: a first visit asks for eighty of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]
_PREFIX = "/static/"
# Their names hold a digest of their content, so a browser need never ask again.
_FOREVER = b"public, immutable, max-age=31536000"
# The machine's own table may say otherwise: Windows has called scripts text/plain.
_KINDS = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".woff2": b"font/woff2",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}


class StaticFiles:
    """Answers GET /static/... itself; everything else, and whatever it lacks, goes on.

    Streamlit opens the file in a thread for every request: 2 ms each, on the core that the
    visitor's script waits for.
    """

    def __init__(self, app: App, folder: Path | None = None) -> None:
        self._app = app
        self._folder = folder or _streamlit_folder()
        # The names that exist, so that no other path is ever opened.
        self._known = {
            _PREFIX + path.relative_to(self._folder).as_posix(): path
            for path in self._folder.rglob("*")
            if path.suffix in _KINDS and path.is_file()
        }
        self._held: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        plain = scope["type"] == "http" and scope["method"] == "GET" and path in self._known
        if not plain or any(name in (b"range", b"if-none-match") for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        headers, body = self._held.get(path) or self._hold(path)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _hold(self, path: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        body = self._known[path].read_bytes()
        headers = [
            (b"content-type", _KINDS[self._known[path].suffix]),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", _FOREVER),
            (b"x-content-type-options", b"nosniff"),
        ]
        self._held[path] = (headers, body)
        return headers, body


def _streamlit_folder() -> Path:
    import streamlit

    return Path(streamlit.__file__).parent / "static" / "static"
