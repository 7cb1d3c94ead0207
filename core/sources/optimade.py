"""OPTIMADE: one query to several providers, page by page, what is wrong told for each of them.

The client of optimade-python-tools builds the requests and reads the replies of one page at a time;
its own paging, retries, parallel mode and `get` are not used (docs/decisions/0014).
Reference: Andersen et al., Scientific Data 8, 217 (2021), doi 10.1038/s41597-021-00974-z.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from core.errors import BadReplyError, InvalidSpecError, SourceRefusedError
from core.io.readers.optimade_entry import FIELDS
from core.registry import Spec, option
from core.sources.addresses import same_host
from core.sources.filters import check
from core.sources.gather import Page, SearchReport, Source, search
from core.sources.providers import Provider, provider
from core.sources.replies import one_line, words_of
from core.sources.transport import Channel, session_class
from core.types import Progress, ShouldStop

MOST_RESULTS = 10_000
_PAGE = 100
_MOST_PROVIDERS = 20
_NAMED = 3  # providers in a few words
_LONGEST_DELAY = 5.0  # seconds between pages, however long a server asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimadeQuery(Spec):
    """What is asked of OPTIMADE servers.

    Attributes:
        providers: names of the list, or base URLs.
        filter: in the language of OPTIMADE; empty for no condition.
        max_results: structures at most, shared out evenly among the providers.
        seconds: for each reply.
        fields: properties of the provider wanted besides the structure (`_mp_...`).
    """

    providers: tuple[str, ...] = ("mp",)
    filter: str = ""
    max_results: int = option(
        500, label="Structures at most", ge=1, le=MOST_RESULTS,
        help="In all; each provider may give an equal share of them.",
    )  # fmt: skip
    seconds: float = option(
        30.0, label="Time for a reply", unit="s", ge=1, le=300,
        help="A provider that needs longer is left out and reported.",
    )  # fmt: skip
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super(OptimadeQuery, self).__post_init__()  # a slotted class is made twice
        if not 1 <= len(self.providers) <= _MOST_PROVIDERS:
            raise InvalidSpecError(
                f"{len(self.providers)} providers were chosen.",
                hint=f"Choose 1 to {_MOST_PROVIDERS} of them.",
            )
        if self.max_results < len(self.targets):
            raise InvalidSpecError(
                f"{self.max_results} structures can't be shared among {len(self.targets)} "
                "providers.", hint="Ask for more structures or fewer providers.",
            )  # fmt: skip
        for name in self.fields:
            if not (name.startswith("_") and name.isascii() and name.isidentifier()):
                raise InvalidSpecError(
                    f"{name[:40]!r} is no property of a provider.",
                    hint="They start with an underscore and the provider's prefix: _mp_...",
                )
        object.__setattr__(self, "filter", check(self.filter))

    @property
    def targets(self) -> tuple[Provider, ...]:
        """The servers, each once. Raises: UnknownNameError, InvalidSpecError."""
        return tuple({p.url: p for p in map(provider, self.providers)}.values())


def search_optimade(
    query: OptimadeQuery,
    *,
    workers: int | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SearchReport:
    """Structures that providers hold, ids as `provider/id`.

    Args:
        query: what is asked, and of whom.
        workers: processes that examine the crystals; as for `core.io.parse`.
        on_progress, should_stop: as for `core.sources.gather.search`.

    Returns: crystals with disorder as occupancies; a failure for each entry that is no crystal and
        for each provider that gave nothing or not all.
    """
    targets = query.targets
    share, rest = divmod(query.max_results, len(targets))
    sources = [
        _source(target, query, share + (number < rest)) for number, target in enumerate(targets)
    ]
    return search(
        sources, seconds=query.seconds, workers=workers, on_progress=on_progress,
        should_stop=should_stop,
    )  # fmt: skip


def _source(target: Provider, query: OptimadeQuery, most: int) -> Source:
    def ask(channel: Channel) -> Iterator[Page]:
        return _pages(target, query, most, channel)

    return Source(target.key, f"{target.url}/v1/structures", query.filter, most, ask)


def _pages(target: Provider, query: OptimadeQuery, most: int, channel: Channel) -> Iterator[Page]:
    """Pages of one provider. Raises: JobCancelled, SourceError."""
    client = _client(target, channel)
    seen: set[str] = set()
    visited: set[str] = set()
    page_limit: int | None = min(_PAGE, most)
    n, url = 0, None
    while n < most:
        found = _one_page(client, target, query, channel, page_limit, url)
        if found is None:  # some servers have a smaller limit and refuse instead of giving less
            page_limit = None
            continue
        asked = str(channel.reply.request.url)
        visited.add(asked)
        records = [_named(r, target, n + i) for i, r in enumerate(found.data)]
        fresh = [r for r in records if not (isinstance(r, dict) and r["id"] in seen)]
        seen.update(r["id"] for r in fresh if isinstance(r, dict))
        n += len(fresh)
        yield Page(fresh, _count(found.meta.get("data_returned")))
        url = _next_url(found.links.get("next"), asked, target.url)
        if url is None:
            return
        if url in visited or not fresh:
            raise BadReplyError(
                "The server's pages lead round in a circle; this is what they hold."
            )
        channel.pause(_delay(found.meta.get("request_delay")))


def _client(target: Provider, channel: Channel) -> Any:
    from optimade.client import OptimadeClient

    client = OptimadeClient(
        base_urls=[target.url], http_client=session_class(channel), use_async=False, silent=True,
        max_attempts=0, http_timeout=channel.seconds,
    )  # fmt: skip
    client._progress.console.quiet = True  # `silent` alone still prints each error
    return client


def _one_page(
    client: Any, target: Provider, query: OptimadeQuery, channel: Channel,
    page_limit: int | None, url: str | None,
) -> Any:  # fmt: skip
    """The results of one request; None when the server finds a first page too large.

    Raises: JobCancelled, SourceError.
    """
    try:
        found = client.get_one(
            "structures", quote(query.filter, safe=""), target.url,
            response_fields=[*FIELDS, *query.fields], page_limit=page_limit, paginate=False,
            override_url=url,
        )[target.url]  # fmt: skip
    except (IndexError, AttributeError):  # the client trips over its own error's missing words
        found = None
    try:
        channel.check()
    except SourceRefusedError as error:
        if url is None and page_limit is not None and "page_limit" in error.message:
            return None
        raise
    if found is None or channel.reply is None or (found.errors and not found.data):
        words = words_of(channel.reply) if channel.reply is not None else "no reply."
        raise BadReplyError(f"The reply is not OPTIMADE: {words}")
    if not isinstance(found.data, list):
        raise BadReplyError(
            f"The reply holds no list of structures: {one_line(str(found.data), 80)}"
        )
    return found


def _named(record: Any, target: Provider, number: int) -> Any:
    """The record under `provider/id`; what is no record is left for the reader to refuse."""
    if not isinstance(record, dict):
        return record
    name = record.get("id")
    known = isinstance(name, (str, int)) and not isinstance(name, bool) and str(name).strip()
    return {**record, "id": f"{target.key}/{one_line(str(name), 100) if known else number + 1}"}


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 10**12 else None


def _delay(value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return min(float(value), _LONGEST_DELAY) if number else 0.0


def _next_url(link: Any, asked: str, base: str) -> str | None:
    """Where the next page is; None on the last. Raises: BadReplyError for another host."""
    link = link.get("href") if isinstance(link, dict) else link
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise BadReplyError(f"The link to the next page is {one_line(str(link), 80)!r}.")
    try:
        url = urljoin(asked, link)
    except ValueError:
        url = ""
    if not same_host(url, base):
        raise BadReplyError(
            f"The next page lies on another host: {one_line(link, 120)!r}.",
            hint="It was not followed; what this host gave is kept.",
        )
    # Servers behind a proxy often do not know that they are reached by https.
    secure = base.startswith("https:") and url.startswith("http:")
    return f"https:{url.removeprefix('http:')}".replace(":80/", "/", 1) if secure else url


def describe(query: OptimadeQuery) -> str:
    """The query in a few words."""
    names = [target.key for target in query.targets]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"OPTIMADE ({', '.join(names[:_NAMED])}{more})"
