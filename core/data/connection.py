"""A request whose reply comes in pieces through a thread that is never waited for.

The thread is given up when it is silent: a name server that does not answer can't be timed out in
any other way. Redirects stay on the host.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.errors import DatasetUnavailableError, JobCancelled
from core.types import ShouldStop

MIRROR = "GRIDSCOPE_DATA_MIRROR"
BROKE = "the connection broke"
OFFLINE_HINT = (
    f"Without a network, set {MIRROR} to a folder that holds the files (README, Public data); "
    "embedded sets need neither."
)
_PIECE = 65_536
_POLL_SECONDS = 0.1
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server may take.

    Attributes:
        connect: seconds for a connection.
        silent: seconds between any two signs of life once connected.
        whole: seconds for a file, besides a second for every `slowest` bytes.
        slowest: bytes a second that are still waited for.
        pause: seconds before going on with a broken download.
    """

    connect: float = 5.0
    silent: float = 10.0
    whole: float = 60.0
    slowest: float = 20_000.0
    pause: float = 0.5


class Broken(Exception):  # noqa: N818 - an event inside this module
    """The connection broke off; what had come stays."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers (names in lower case) of a reply."""

    status: int
    headers: Mapping[str, str]


_Post = Head | bytes | Exception | None


def listen(
    session: Any,
    address: str,
    headers: dict[str, str],
    patience: Patience,
    should_stop: ShouldStop,
    size: int,
) -> Generator[Head | bytes, None, None]:
    """The head of the reply, then its body in pieces, as a thread receives them."""
    posts: queue.Queue[_Post] = queue.Queue(maxsize=16)
    left = threading.Event()
    args = (session, address, headers, patience, posts, left)
    threading.Thread(target=_receive, args=args, name="download", daemon=True).start()
    began = sign = time.monotonic()
    limit = patience.connect + patience.silent
    host = urlsplit(address).netloc
    try:
        while True:
            if should_stop():
                raise JobCancelled
            try:
                post = posts.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                now = time.monotonic()
                if now - sign > limit:
                    raise too_slow(host, limit) from None
            else:
                if post is None:
                    return
                if isinstance(post, Exception):
                    raise post
                sign, limit = time.monotonic(), patience.silent
                yield post
            allowed = patience.whole + size / patience.slowest
            if time.monotonic() - began > allowed:
                raise too_slow(host, allowed)
    finally:
        left.set()


def _receive(
    session: Any,
    address: str,
    headers: dict[str, str],
    patience: Patience,
    posts: queue.Queue[_Post],
    left: threading.Event,
) -> None:
    """Run the request and post what comes; ends soon after `left` is set."""
    import requests
    import urllib3

    def post(item: _Post) -> bool:
        while not left.is_set():
            try:
                posts.put(item, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    host = urlsplit(address).netloc
    try:
        response = _follow(session, address, headers, patience)
        with response:
            head = {name.lower(): value for name, value in response.headers.items()}
            if not post(Head(response.status_code, head)):
                return
            while piece := response.raw.read1(_PIECE):
                if not post(piece):
                    return
        post(None)
    except DatasetUnavailableError as error:
        post(error)
    except requests.exceptions.ConnectionError as error:
        post(_unreachable(host, error, patience))
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        post(too_slow(host, patience.silent))
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        post(Broken(type(error).__name__))
    except Exception as error:  # noqa: BLE001 - the end of a thread: the other side must hear of it
        post(DatasetUnavailableError(f"{host} can't be asked ({type(error).__name__})."))


def _follow(session: Any, address: str, headers: dict[str, str], patience: Patience) -> Any:
    """The response behind redirects that stay on the host and its scheme."""
    for _ in range(_MOST_REDIRECTS + 1):
        response = session.get(
            address, headers=headers, stream=True, allow_redirects=False,
            timeout=(patience.connect, patience.silent),
        )  # fmt: skip
        if not response.is_redirect:
            return response
        where = urljoin(address, response.headers["location"])
        response.close()
        if urlsplit(where)[:2] != urlsplit(address)[:2]:
            raise DatasetUnavailableError(
                f"{urlsplit(address).netloc} sends us on to {where[:120]!r}: not followed.",
                hint=OFFLINE_HINT,
            )
        address = where
    raise DatasetUnavailableError(f"{urlsplit(address).netloc} sends us round in circles.")


def why_unreachable(error: Exception, seconds: float) -> str:
    """Why no connection to a server came about, in words; "" for one that broke later.

    Args:
        error: of `requests`.
        seconds: how long a connection was waited for.
    """
    import requests

    text = str(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"it takes no connection within {seconds:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let us through"
    if "resolve" in text or "Name or service" in text:
        return "no network, or no server of that name"
    return "it refuses the connection" if "refused" in text else ""


def _unreachable(host: str, error: Exception, patience: Patience) -> Exception:
    why = why_unreachable(error, patience.connect)
    if not why:
        return Broken(BROKE)
    return DatasetUnavailableError(f"{host} can't be reached: {why}.", hint=OFFLINE_HINT)


def too_slow(host: str, seconds: float) -> DatasetUnavailableError:
    """No sign of life for too long, or too little of it."""
    return DatasetUnavailableError(
        f"{host} gave no answer within {seconds:g} s.", hint=f"Try again later. {OFFLINE_HINT}"
    )
