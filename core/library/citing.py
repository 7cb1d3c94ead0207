"""The works behind the crystals at hand: what a figure of them must cite besides its method."""

from __future__ import annotations

from core.data import card
from core.data.loading import public_sets_in
from core.library.library import EMBEDDED, Library


def data_dois(library: Library) -> tuple[str, ...]:
    """DOIs of the embedded set and of all public sets that went into a library."""
    name = library.source.removeprefix(EMBEDDED)
    own = card(name).dois if library.source.startswith(EMBEDDED) else ()
    public = (doi for entry in public_sets_in(library.decisions) for doi in entry.dois)
    return tuple(dict.fromkeys((*own, *public)))
