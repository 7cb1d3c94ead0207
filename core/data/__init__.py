"""Data sets, embedded and public, each with a card (source, licence, units, limits).

base         DataCard, EmbeddedSet and the registry EMBEDDED
perovskites  generators: Ruddlesden-Popper series, BaTiO3 with Ti displaced, cubic perovskite
grid_report  the artificial series of the GRID report
prototypes   the 288 AFLOW prototypes that pymatgen carries
elements     the 71 elemental crystals of ase's dcdft collection
prototype_elastic  thousands of decorated prototypes with an equation of state by CHGNet

public       the registry of public sets: datasets.toml and the manifests
fetch        their files from a mirror, the cache or the network, always verified
download     one file over HTTP: gone on with where it broke off
connection   what a server may take: time, redirects
loading      a public set as crystals or a table, with its record
tables       sets without structures
readers      from files to crystals and tables
"""

from __future__ import annotations

from core.data.base import EMBEDDED, DataCard, EmbeddedSet
from core.types import Crystal

__all__ = ["EMBEDDED", "DataCard", "EmbeddedSet", "card", "load_embedded"]


def load_embedded(name: str) -> tuple[Crystal, ...]:
    """The crystals of an embedded set, built once in a process.

    Raises: UnknownNameError, DatasetUnavailableError.
    """
    return EMBEDDED[name].load()


def card(name: str) -> DataCard:
    """The card of an embedded set. Raises: UnknownNameError."""
    return EMBEDDED[name].card
