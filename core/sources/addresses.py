"""Addresses of servers: which may be asked at all, and which are one and the same."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.errors import InvalidSpecError

_LONGEST_URL = 300
_PORTS = {"http": 80, "https": 443}
_HINT = "Give the base URL of a server, such as https://optimade.materialsproject.org."


def check_url(text: str) -> str:
    """A base URL, tidied: no slash, version or end point at its end.

    Raises: InvalidSpecError for anything but http and https, and for user names, passwords and
        query strings, which would carry secrets into records and logs. Those are not quoted.
    """
    text = text.strip()
    if len(text) > _LONGEST_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidSpecError(f"{text[:60]!r} is no URL.", hint=_HINT)
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        raise InvalidSpecError("The URL can't be read.", hint=_HINT) from None
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidSpecError(
            "The URL holds a user name, a password or a query string.",
            hint="Leave them out: the URL becomes part of the record of what was loaded.",
        )
    if parts.scheme not in _PORTS:
        raise InvalidSpecError(
            f"{text[:60]!r} is no address on the web.", hint="Only http and https are asked."
        )
    if not parts.hostname:
        raise InvalidSpecError(f"{text[:60]!r} names no server.", hint=_HINT)
    path = parts.path.rstrip("/").removesuffix("/structures").rstrip("/")
    head, _, last = path.rpartition("/")
    if last[:1] == "v" and last[1:].replace(".", "").isdigit():
        path = head
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def same_host(url: str, other: str) -> bool:
    """Whether two URLs lead to one server; http and https of a host are one."""
    return _place(url) == _place(other) != ("", 0)


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0
    if parts.scheme not in _PORTS or not parts.hostname:
        return "", 0
    return parts.hostname.lower(), 443 if port == 80 else port
