"""What an embedded data set is: crystals that need no network, and a card that says whence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.citations import bibtex
from core.registry import Registry
from core.types import Crystal
from core.units import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCard:
    """What a user must know before using a data set.

    Attributes:
        title: words shown for it.
        summary: one sentence: what it holds.
        source: where the numbers come from.
        licence: on what terms they may be used.
        dois: of the works to cite.
        n_crystals: number of crystals.
        properties: what is known of the crystals, with units.
        limits: what it should not be used for.
    """

    title: str
    summary: str
    source: str
    licence: str
    dois: tuple[str, ...]
    n_crystals: int
    properties: tuple[Quantity, ...] = ()
    limits: str = ""

    @property
    def bibtex(self) -> str:
        """Entries for the works to cite."""
        return bibtex(self.dois)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSet:
    """A registered data set.

    Attributes:
        key: name in the registry; the command line knows it as `embedded:KEY`.
        card: what a user must know.
        loader: returns the crystals; cached, so that a process builds them once.
    """

    key: str
    card: DataCard
    loader: Callable[[], tuple[Crystal, ...]]

    @property
    def title(self) -> str:
        return self.card.title

    def load(self) -> tuple[Crystal, ...]:
        """The crystals, immutable, in the order of the set.

        Raises: DatasetUnavailableError.
        """
        return self.loader()


EMBEDDED: Registry[EmbeddedSet] = Registry("embedded data set", "core.data")
