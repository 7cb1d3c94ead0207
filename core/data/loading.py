"""A public set as a value: fetched, read, with the record of what it is and where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import __version__
from core.data.base import EMBEDDED, EmbeddedSet
from core.data.connection import Patience
from core.data.fetch import fetch
from core.data.public import PUBLIC, PUBLIC_SETS, PublicSet, public_name
from core.data.readers import PUBLIC_READERS
from core.data.readers.base import Reading
from core.data.tables import DataTable
from core.errors import InputError
from core.types import Failure, ParseReport, Progress, ShouldStop

EMBEDDED_PREFIX = "embedded:"
_RECORD = re.compile(rf"{PUBLIC}(?P<key>[\w.-]+): ")
_EMBEDDED_RECORD = re.compile(rf"{EMBEDDED_PREFIX}(?P<key>[\w.-]+): ")
_ORIGINS = {"mirror": "read from a mirror", "cache": "read from the cache",
            "network": "downloaded"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PublicReport(ParseReport):
    """What came of a public set: crystals or a table, failures, and its record.

    Attributes:
        table: rows of a set without structures; None for a set of crystals.
        record: a line for the provenance: files, hashes, licence, works to cite.
    """

    table: DataTable | None = None
    record: str = ""


def load_public(
    name: str,
    *,
    workers: int | None = None,
    examine: bool = False,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    patience: Patience | None = None,
) -> PublicReport:
    """Fetch and read a public set.

    Args:
        name: key of the registry, with or without `public:`.
        workers: processes that parse; None for all processors.
        examine: let the doctor see each crystal: about 6 ms for one.
        on_progress: called with bytes while downloading, then with crystals or rows.
        should_stop: ends it; what was downloaded stays.
        patience: time limits of the network.

    Raises: UnknownNameError, DatasetUnavailableError, JobCancelled; InputError when verified files
        can't be read, which is a fault of Gridscope.
    """
    entry = PUBLIC_SETS[public_name(name)]
    deposit = fetch(entry, on_progress=on_progress, should_stop=should_stop, patience=patience)
    how = Reading(
        workers=workers, examine=examine, on_progress=on_progress, should_stop=should_stop
    )
    found = PUBLIC_READERS[entry.reader].read(entry, deposit.files, how)
    record = record_of(entry, deposit.origin)
    if isinstance(found, DataTable):
        return PublicReport((), found.failures, (), found, record)
    return PublicReport(found.crystals, found.failures, found.examinations, None, record)


def load_public_crystals(name: str, **options: Any) -> PublicReport:
    """The same for a set of crystals. Raises: InputError for a table, before it is fetched."""
    entry = PUBLIC_SETS[public_name(name)]
    if entry.holds != "crystals":
        raise InputError(
            f"{PUBLIC}{entry.key} holds a table without structures.",
            hint=f"Write it as CSV: python -m core data export {PUBLIC}{entry.key} -o FOLDER",
        )
    return load_public(name, **options)


def record_of(entry: PublicSet, origin: str) -> str:
    """A line that says what a set is, where it lies, what it hashes to, on what terms."""
    today = datetime.now(UTC).date().isoformat()
    cite = ", ".join(f"doi {doi}" for doi in entry.dois)
    return (
        f"{PUBLIC}{entry.key}: {entry.title}; {entry.address}; {entry.size:,} bytes, SHA-256 "
        f"{entry.sha256}; licence: {entry.licence}; cite {cite}; {_ORIGINS[origin]} on {today}"
    )


def embedded_record(entry: EmbeddedSet) -> str:
    """The same for a set that comes with Gridscope: the version says which files it was."""
    card = entry.card
    cite = ", ".join(f"doi {doi}" for doi in card.dois)
    return (
        f"{EMBEDDED_PREFIX}{entry.key}: {card.title}; {card.source} Licence: {card.licence} "
        f"Cite {cite}; comes with Gridscope {__version__}"
    )


def embedded_sets_in(record: Iterable[str]) -> tuple[EmbeddedSet, ...]:
    """The embedded sets that lines of a record name, each once."""
    keys = [found["key"] for line in record if (found := _EMBEDDED_RECORD.match(line))]
    return tuple(EMBEDDED[key] for key in dict.fromkeys(keys) if key in EMBEDDED)


def public_sets_in(record: Iterable[str]) -> tuple[PublicSet, ...]:
    """The sets that lines of a record of decisions name, each once."""
    keys = [found["key"] for line in record if (found := _RECORD.match(line))]
    return tuple(PUBLIC_SETS[key] for key in dict.fromkeys(keys) if key in PUBLIC_SETS)


def citation_record(entry: PublicSet) -> dict[str, Any]:
    """What provenance says of a set, as JSON."""
    return {
        "name": f"{PUBLIC}{entry.key}",
        "title": entry.title,
        "source": entry.source,
        "licence": entry.licence,
        "dois": list(entry.dois),
        "bibtex": entry.bibtex,
        "files": [
            {"address": f.address, "sha256": f.sha256, "bytes": f.size} for f in entry.files
        ],
    }  # fmt: skip


def embedded_citation(entry: EmbeddedSet) -> dict[str, Any]:
    """The same for a set that comes with Gridscope, whose files are no download."""
    card = entry.card
    return {
        "name": f"{EMBEDDED_PREFIX}{entry.key}",
        "title": card.title,
        "source": card.source,
        "licence": card.licence,
        "dois": list(card.dois),
        "bibtex": card.bibtex,
    }


def fault_report(failure: Failure) -> PublicReport:
    """A report that says only why there is nothing."""
    return PublicReport((), (failure,), ())
