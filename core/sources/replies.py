"""What a server says when it does not give what was asked for."""

from __future__ import annotations

from typing import Any

from core.errors import BadReplyError, SourceError, SourceRefusedError

_LONGEST_WORDS = 400


def refusal(reply: Any) -> SourceError:
    """What a status other than 200 means, with the server's own words."""
    status, words = int(reply.status_code), words_of(reply)
    if status == 429:
        wait = str(reply.headers.get("Retry-After", ""))[:40]
        again = f" in {wait} s" if wait.isdigit() else " later"
        return SourceRefusedError(
            "The server asks us to slow down (429).", hint=f"Try again{again}."
        )
    if status >= 500:
        return BadReplyError(f"The server failed ({status}): {words}", hint="Try again later.")
    return SourceRefusedError(
        f"The server refuses the request ({status}): {words}", hint="Check filter and address."
    )


def words_of(reply: Any) -> str:
    """What a reply says of a fault, in one line: its JSON's words, or what else it is."""
    try:
        content = reply.json()
        errors = content.get("errors") or [content]
        said = [str(e.get("detail") or e.get("message") or e.get("title") or "") for e in errors]
    except (ValueError, AttributeError, TypeError, RecursionError):
        said = []
    text = one_line("; ".join(filter(None, said)))
    if text:
        return text
    kind = str(reply.headers.get("Content-Type", "")).split(";")[0][:60] or "unknown"
    what = "a web page" if "html" in kind else f"content of the type {kind!r}"
    return f"it sent {what} of {len(reply.content):,} bytes."


def one_line(text: str, most: int = _LONGEST_WORDS) -> str:
    """The text without control characters and line breaks, cut to a readable length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[:most]}…"
