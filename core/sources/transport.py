"""What a live query may ask of the network: every request of every source passes here.

Connections have 5 seconds to come about and replies a time and a size; redirects stay on the host;
a stop is heard between any two pieces of a reply.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from core import __version__
from core.data.connection import BROKE, why_unreachable
from core.errors import (
    BadReplyError,
    JobCancelled,
    SourceError,
    SourceTimeoutError,
    SourceUnreachableError,
)
from core.sources.addresses import same_host
from core.sources.replies import refusal
from core.sources.secret import Secret
from core.types import ShouldStop

CONNECT_SECONDS = 5.0
MOST_BYTES = 32 * 2**20  # of one reply
_MOST_BYTES_IN_ALL = 256 * 2**20  # of one source
_MOST_REDIRECTS = 3
_PIECE = 65_536
_ALONE = "Check your network; everything else in Gridscope works without one."


@dataclass(slots=True)
class Channel:
    """What one source may ask for, and what became of it.

    Attributes:
        name: of the source, for messages.
        seconds: for each whole reply.
        asked_to_stop: the user's question.
        secret: masked in all that comes back, before anything reads it.
        abandoned: nobody waits for this source any more.
        fault: the first thing that went wrong; libraries between may have swallowed it.
        reply: the last response, of type `requests.Response`.
        sign: when something last happened, by the monotonic clock.
    """

    name: str
    seconds: float
    asked_to_stop: ShouldStop
    secret: Secret = field(default_factory=lambda: Secret(""))
    abandoned: bool = False
    fault: SourceError | None = None
    reply: Any = field(default=None, repr=False)
    n_bytes: int = 0
    sign: float = field(default_factory=time.monotonic)

    def should_stop(self) -> bool:
        """Whether to end this query now."""
        return self.abandoned or self.asked_to_stop()

    def look_up(self) -> None:
        """Raises: JobCancelled when the query is to end."""
        if self.should_stop():
            raise JobCancelled("stopped")  # with words: the OPTIMADE client reads the first

    def alive(self) -> None:
        """Something happened: the time for a reply begins anew."""
        self.sign = time.monotonic()

    def preparing(self) -> None:
        """Something slow of our own is under way, such as an import: no fault of the source."""
        self.sign = float("inf")

    def pause(self, seconds: float) -> None:
        """Wait because the server asks for it. Raises: JobCancelled."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.look_up()
            self.alive()
            time.sleep(min(0.1, left))

    def check(self) -> None:
        """What a library may have swallowed is raised here.

        Raises: JobCancelled, SourceError.
        """
        self.look_up()
        if self.fault is not None:
            raise self.fault
        if self.reply is not None and self.reply.status_code != 200:
            raise refusal(self.reply)


def session_class(channel: Channel) -> type[Any]:
    """A class of `requests.Session` that keeps to the channel's rules."""
    import requests

    class GuardedSession(requests.Session):
        """Sessions whose every request is bounded in time, size and place."""

        def __init__(self) -> None:
            super().__init__()
            self.headers["User-Agent"] = f"gridscope/{__version__}"

        def send(self, request: Any, **kwargs: Any) -> Any:
            """As there. Raises: JobCancelled, SourceError."""
            try:
                channel.reply = None
                channel.reply = _follow(channel, super().send, request, kwargs)
            except SourceError as error:
                channel.fault = channel.fault or error
                raise
            return channel.reply

        def resolve_redirects(self, *_: Any, **__: Any) -> Any:
            """None: `send` follows them itself; here they would be read without a limit."""
            return iter(())

    return GuardedSession


def _follow(
    channel: Channel, send: Callable[..., Any], request: Any, kwargs: dict[str, Any]
) -> Any:
    """The response behind redirects that stay on the host. Raises: JobCancelled, SourceError."""
    for _ in range(_MOST_REDIRECTS):
        response = _one(channel, send, request, kwargs)
        if not response.is_redirect:
            return response
        where = channel.secret.scrub(urljoin(request.url, response.headers["location"]))
        if not same_host(where, request.url) or not where.startswith("http"):
            raise BadReplyError(
                f"The server sends us on to {where[:120]!r}.",
                hint="Give that address as the base URL if you trust it.",
            )
        if request.url.startswith("https:") and not where.startswith("https:"):
            raise BadReplyError("The server sends us from https to http.", hint="Not followed.")
        request = request.copy()
        request.url = where
    raise BadReplyError("The server sends us from one address to the next without end.")


def _one(channel: Channel, send: Callable[..., Any], request: Any, kwargs: dict[str, Any]) -> Any:
    """One request and its whole reply. Raises: JobCancelled, SourceError."""
    import requests
    import urllib3

    channel.look_up()
    channel.alive()
    host = urlsplit(request.url).netloc
    limit = min(CONNECT_SECONDS, channel.seconds)
    kwargs = {**kwargs, "stream": True, "allow_redirects": False,
              "timeout": (limit, channel.seconds)}  # fmt: skip
    try:
        response = send(request, **kwargs)
        try:
            response._content = channel.secret.scrub_bytes(_body(channel, response))
            response._content_consumed = True
            response.reason = channel.secret.scrub(str(response.reason or ""))
            for name, value in tuple(response.headers.items()):
                response.headers[name] = channel.secret.scrub(value)
        finally:
            response.close()
        return response
    except requests.exceptions.ConnectionError as error:
        raise _unreachable(host, error) from None
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        raise too_slow(channel) from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # Not their text: that of an invalid header holds the header.
        raise BadReplyError(f"{host} broke off ({type(error).__name__}).") from None


def _body(channel: Channel, response: Any) -> bytes:
    """All bytes of a reply. Raises: JobCancelled, SourceTimeoutError, BadReplyError."""
    end = time.monotonic() + channel.seconds
    pieces = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=True):
        pieces += piece
        channel.n_bytes += len(piece)
        channel.look_up()
        if time.monotonic() > end:
            raise too_slow(channel)
        if len(pieces) > MOST_BYTES or channel.n_bytes > _MOST_BYTES_IN_ALL:
            most = MOST_BYTES if len(pieces) > MOST_BYTES else _MOST_BYTES_IN_ALL
            raise BadReplyError(
                f"The server sends more than {most / 2**20:.0f} MiB.", hint="Narrow the query."
            )
    return bytes(pieces)


def _unreachable(host: str, error: Exception) -> SourceUnreachableError:
    why = why_unreachable(error, CONNECT_SECONDS) or BROKE
    return SourceUnreachableError(f"{host} can't be reached: {why}.", hint=_ALONE)


def too_slow(channel: Channel) -> SourceTimeoutError:
    """No whole reply in the time for it."""
    return SourceTimeoutError(
        f"{channel.name} gave no whole reply within {channel.seconds:g} s.",
        hint="Try again later, narrow the query, or allow more time.",
    )
