"""The Materials Project through its own client, with a key that is used and never kept.

Reference: Jain et al., APL Materials 1, 011002 (2013), doi 10.1063/1.4812323.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import urlsplit

from core.elements import ATOMIC_NUMBERS
from core.errors import (
    BadReplyError,
    InvalidSpecError,
    JobCancelled,
    SourceError,
    SourceRefusedError,
)
from core.registry import Spec, option
from core.sources.addresses import check_url
from core.sources.gather import Page, SearchReport, Source, search
from core.sources.replies import one_line
from core.sources.secret import Secret
from core.sources.transport import Channel, session_class
from core.types import Progress, ShouldStop

ENDPOINT = "https://api.materialsproject.org"
VARIABLE = "MP_API_KEY"
ENDPOINT_VARIABLE = "MP_API_ENDPOINT"  # both names are those of the client
MOST_RESULTS = 10_000
_PAGE = 100
_MOST_IDS = 10_000
_KEY_LENGTH = 32
_KEY = re.compile(rf"[A-Za-z0-9]{{{_KEY_LENGTH}}}")
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_FORMULA = re.compile(r"[A-Za-z0-9*().]{1,60}")
_ID = re.compile(r"(mp|mvc)-[a-z0-9]{1,20}")
# Field of a summary document -> our key; the interface states these units.
_PROPERTIES = {
    "energy_above_hull": "energy_above_hull_eV_per_atom",
    "formation_energy_per_atom": "formation_energy_eV_per_atom",
    "energy_per_atom": "energy_eV_per_atom",
    "band_gap": "band_gap_eV",
}
_MODULI = {"bulk_modulus": "bulk_modulus_vrh_GPa", "shear_modulus": "shear_modulus_vrh_GPa"}
_FIELDS = ("material_id", "structure", *_PROPERTIES, *_MODULI)


@dataclass(frozen=True, slots=True, kw_only=True)
class MPQuery(Spec):
    """What is asked of the Materials Project; conditions are joined by AND.

    Attributes:
        chemsys: chemical systems, one of which it must be (`Si-O`, `Li-*`).
        elements: symbols it must hold, all of them.
        formula: formulas, one of which it must have (`SiO2`, `ABO3`).
        ids: materials by id (`mp-149`).
        least_above_hull, most_above_hull: bounds of the energy above the hull, eV/atom; a negative
            upper bound stands for none.
        max_results: materials at most.
        seconds: for each reply.
    """

    chemsys: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    formula: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    least_above_hull: float = option(0.0, label="Above the hull, from", unit="eV/atom", ge=0)
    most_above_hull: float = option(
        -1.0, label="Above the hull, to", unit="eV/atom", ge=-1, help="Negative for no bound.",
    )  # fmt: skip
    max_results: int = option(500, label="Materials at most", ge=1, le=MOST_RESULTS)
    seconds: float = option(30.0, label="Time for a reply", unit="s", ge=1, le=300)

    def __post_init__(self) -> None:
        super(MPQuery, self).__post_init__()  # a slotted class is made twice
        if not (self.chemsys or self.elements or self.formula or self.ids):
            raise InvalidSpecError(
                "Nothing was asked for.",
                hint="Give a chemical system, elements, a formula or ids.",
            )
        symbols = [*self.elements, *(s for name in self.chemsys for s in name.split("-"))]
        for symbol in symbols:
            wild = symbol == "*" and symbol not in self.elements
            if symbol not in ATOMIC_NUMBERS and not wild:
                raise InvalidSpecError(f"{symbol[:20]!r} is no element.",
                                       hint="Write a system as Si-O.")  # fmt: skip
        for text, pattern, what in (
            *((t, _FORMULA, "formula") for t in self.formula), *((t, _ID, "id") for t in self.ids)
        ):  # fmt: skip
            if not pattern.fullmatch(text):
                raise InvalidSpecError(f"{text[:40]!r} is no {what} of the Materials Project.")
        if len(self.ids) > _MOST_IDS:
            raise InvalidSpecError(f"More than {_MOST_IDS:,} ids were given.")
        if 0 <= self.most_above_hull < self.least_above_hull:
            raise InvalidSpecError("The range of the energy above the hull is empty.")

    def words(self) -> str:
        """The conditions in a line, for the record."""
        parts = [
            f"{f.name}={','.join(values)}"
            for f in fields(self)
            if isinstance(values := getattr(self, f.name), tuple) and values
        ]
        if self.least_above_hull > 0 or self.most_above_hull >= 0:
            top = f"{self.most_above_hull:g}" if self.most_above_hull >= 0 else "any"
            parts.append(f"energy_above_hull={self.least_above_hull:g}..{top} eV/atom")
        return one_line(" ".join(parts), 300)


def key_from_environment() -> Secret:
    """The key in MP_API_KEY; empty without one."""
    return Secret(os.environ.get(VARIABLE, ""))


def search_materials_project(
    query: MPQuery,
    key: Secret | None = None,
    *,
    endpoint: str = "",
    workers: int | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SearchReport:
    """Materials with structure, energies, band gap and moduli; ids as `mp-149`.

    Args:
        query: what is asked for.
        key: of the user; that in MP_API_KEY when None. It is sent to the end point in a header
            and goes nowhere else.
        endpoint: another server of the same interface; that in MP_API_ENDPOINT when empty, else the
            Materials Project.
        workers: processes that examine the crystals; as for `core.io.parse`.
        on_progress, should_stop: as for `core.sources.gather.search`.

    Raises: InvalidSpecError without a key, for one that can't be one, or for an end point to which
        it would travel unencrypted.
    """
    secret = require_key(key)
    url = _check_endpoint(endpoint or os.environ.get(ENDPOINT_VARIABLE) or ENDPOINT)

    def ask(channel: Channel) -> Iterator[Page]:
        channel.secret = secret
        return _pages(query, url, channel)

    source = Source("mp", f"{url}/materials/summary", query.words(), query.max_results, ask)
    return search(
        [source], seconds=query.seconds, workers=workers, on_progress=on_progress,
        should_stop=should_stop,
    )  # fmt: skip


def require_key(key: Secret | None = None) -> Secret:
    """This key, else that in MP_API_KEY.

    Raises: InvalidSpecError without any, or for one that can't be one; nothing of it is quoted.
    """
    secret = key or key_from_environment()
    hint = f"Keys are at https://materialsproject.org/api; give yours, or set {VARIABLE}."
    if not secret:
        raise InvalidSpecError("The Materials Project needs a key, and there is none.", hint=hint)
    if not secret.matches(_KEY):
        raise InvalidSpecError(
            f"This is no key of the Materials Project: those are {_KEY_LENGTH} letters and digits.",
            hint=hint,
        )
    return secret


def _check_endpoint(text: str) -> str:
    url = check_url(text)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        raise InvalidSpecError("The key is not sent without encryption.", hint="Give an https URL.")
    return url


def _pages(query: MPQuery, url: str, channel: Channel) -> Iterator[Page]:
    """Pages of materials. Raises: JobCancelled, SourceError, without the key in any text."""
    session = session_class(channel)()
    try:
        # Before the client, which asks the same without a time-out and takes seconds to import.
        session.get(f"{url}/heartbeat")
        channel.check()
        channel.preparing()
        from mp_api.client import MPRester

        channel.alive()
        with MPRester(
            channel.secret.reveal(), endpoint=url, session=session, mute_progress_bars=True,
            use_document_model=False,
        ) as client:  # fmt: skip
            yield from _documents(client.materials.summary, query, channel)
    except JobCancelled:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the key
        _tell(error, channel)
    finally:
        session.close()


def _documents(summary: Any, query: MPQuery, channel: Channel) -> Iterator[Page]:
    """Pages of documents as records. Raises what the client raises."""
    size = min(_PAGE, query.max_results)
    seen: set[str] = set()
    for page, criteria in enumerate(_requests(query, size), 1):
        found = summary.search(
            **criteria, deprecated=False, fields=list(_FIELDS), all_fields=False, num_chunks=1,
            chunk_size=size, **({} if query.ids else {"_page": page}),
        )  # fmt: skip
        channel.check()
        total = len(query.ids) if query.ids else _total(channel.reply)
        records = [r for r in map(_record, found) if r["material_id"] not in seen]
        seen.update(r["material_id"] for r in records)
        yield Page(records, total)
        over = page * size >= query.max_results or (total is not None and page * size >= total)
        if not query.ids and (over or not records):
            return


def _requests(query: MPQuery, size: int) -> Iterator[dict[str, Any]]:
    """Conditions of each request: the same for each page, or the next ids."""
    common: dict[str, Any] = {
        name: list(values)
        for name in ("chemsys", "elements", "formula")
        if (values := getattr(query, name))
    }
    if query.least_above_hull > 0 or query.most_above_hull >= 0:
        top = query.most_above_hull if query.most_above_hull >= 0 else None
        common["energy_above_hull"] = (query.least_above_hull, top)
    if not query.ids:
        while True:
            yield common
    for start in range(0, min(len(query.ids), query.max_results), size):
        yield {**common, "material_ids": list(query.ids[start : start + size])}


def _total(reply: Any) -> int | None:
    total = reply.json().get("meta", {}).get("total_doc")
    return total if isinstance(total, int) and total >= 0 else None


def _record(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as the reader of pymatgen JSON takes it."""
    name = one_line(str(document["material_id"]), 100)
    values = {key: document.get(field) for field, key in _PROPERTIES.items()}
    for field, key in _MODULI.items():
        moduli = document.get(field)
        values[key] = moduli.get("vrh") if isinstance(moduli, dict) else None
    known = {key: value for key, value in values.items() if _is_number(value)}
    return {"material_id": name, "structure": document.get("structure"), **known}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _tell(error: Exception, channel: Channel) -> NoReturn:
    """Raises: JobCancelled, SourceError in our words; nothing of the client's chain is kept."""
    if channel.should_stop():
        raise JobCancelled from None
    known = channel.fault or (error if isinstance(error, SourceError) else None)
    status = channel.reply.status_code if channel.reply is not None else 200
    if known is None and status != 200:
        try:
            channel.check()
        except SourceError as refused:
            known = refused
    if status in (401, 403):
        raise SourceRefusedError(
            f"The Materials Project does not accept the key ({status}).",
            hint="Copy it anew from https://materialsproject.org/api.",
        ) from None
    if known is not None:
        raise type(known)(channel.secret.scrub(known.message), hint=known.hint) from None
    words = one_line(channel.secret.scrub(str(error)), 200)
    raise BadReplyError(
        f"The reply of the Materials Project can't be used: {type(error).__name__}: {words}",
        hint="Try again later; mp-api may be too old for the server.",
    ) from None
