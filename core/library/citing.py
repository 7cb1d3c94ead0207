"""The sets and works behind the crystals at hand: what exports say, and what figures must cite."""

from __future__ import annotations

from core.data import EMBEDDED as SETS
from core.data.base import EmbeddedSet
from core.data.loading import embedded_sets_in, public_sets_in
from core.library.library import EMBEDDED, Library


def embedded_sets(library: Library) -> tuple[EmbeddedSet, ...]:
    """The sets that come with Gridscope and went into a library, by its source and its record."""
    name = library.source.removeprefix(EMBEDDED)
    own = (SETS[name],) if library.source.startswith(EMBEDDED) and name in SETS else ()
    return tuple({entry.key: entry for entry in (*own, *embedded_sets_in(library.decisions))}
                 .values())  # fmt: skip


def data_dois(library: Library) -> tuple[str, ...]:
    """DOIs of the embedded and public sets that went into a library."""
    own = (doi for entry in embedded_sets(library) for doi in entry.card.dois)
    public = (doi for entry in public_sets_in(library.decisions) for doi in entry.dois)
    return tuple(dict.fromkeys((*own, *public)))
