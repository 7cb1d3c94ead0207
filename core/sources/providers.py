"""Well-known OPTIMADE servers by short name, and any other by its base URL.

The list is one of 2026, compiled from published lists of providers; none of these servers can be
tried where Gridscope is built and tested, and addresses change. The list kept by the consortium is
at https://providers.optimade.org; any base URL can be given in place of a name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from core.errors import UnknownNameError
from core.sources.addresses import check_url

VARIABLE = "GRIDSCOPE_OPTIMADE_SERVERS"


@dataclass(frozen=True, slots=True)
class Provider:
    """An OPTIMADE server.

    Attributes:
        key: short name, part of the ids of its crystals.
        title: words for the user.
        url: base URL, without the version.
    """

    key: str
    title: str
    url: str


PROVIDERS: dict[str, Provider] = {
    provider.key: provider
    for provider in (
        Provider("mp", "Materials Project", "https://optimade.materialsproject.org"),
        Provider("cod", "Crystallography Open Database",
                 "https://www.crystallography.net/cod/optimade"),
        Provider("alexandria", "Alexandria (PBE)", "https://alexandria.icams.rub.de/pbe"),
        Provider("alexandria-pbesol", "Alexandria (PBEsol)",
                 "https://alexandria.icams.rub.de/pbesol"),
        Provider("mc3d", "Materials Cloud 3D (PBE)",
                 "https://optimade.materialscloud.org/main/mc3d-pbe-v1"),
        Provider("oqmd", "Open Quantum Materials Database", "https://oqmd.org/optimade"),
        Provider("jarvis", "JARVIS-DFT", "https://jarvis.nist.gov/optimade/jarvisdft"),
        Provider("nomad", "NOMAD", "https://nomad-lab.eu/prod/v1/optimade"),
        Provider("aflow", "AFLOW", "https://aflow.org/API/optimade"),
        Provider("odbx", "Open Database of Xtals", "https://optimade.odbx.science"),
        Provider("gnome", "GNoME at odbx", "https://optimade-gnome.odbx.science"),
        Provider("omdb", "Open Materials Database", "https://optimade.openmaterialsdb.se"),
        Provider("tcod", "Theoretical Crystallography Open Database",
                 "https://www.crystallography.net/tcod/optimade"),
        Provider("2dmatpedia", "2DMatpedia", "http://optimade.2dmatpedia.org"),
        Provider("cmr", "Computational Materials Repository", "https://cmr-optimade.fysik.dtu.dk"),
        Provider("mpdd", "Material-Property-Descriptor Database",
                 "http://mpddoptimade.phaseslab.org"),
    )
}  # fmt: skip


def offered() -> dict[str, Provider]:
    """The list, with the servers that GRIDSCOPE_OPTIMADE_SERVERS adds (base URLs, by commas).

    In the browser only these can be asked: a visitor must not choose where a server connects to.

    Raises: InvalidSpecError for an address that is none.
    """
    names = os.environ.get(VARIABLE, "").replace(",", " ").split()
    return PROVIDERS | {added.key: added for added in map(provider, names)}


def provider(name: str) -> Provider:
    """The provider of a short name, or the server at a base URL.

    Raises: UnknownNameError for a name not in the list, InvalidSpecError for a URL that is none or
        not of http or https.
    """
    name = name.strip()
    if name in PROVIDERS:
        return PROVIDERS[name]
    if ":" not in name and "/" not in name:
        near = get_close_matches(name, PROVIDERS, n=1)
        guess = f"Did you mean {near[0]!r}? " if near else ""
        raise UnknownNameError(
            f"There is no OPTIMADE provider {name[:60]!r} in the list.",
            hint=f"{guess}Known: {', '.join(PROVIDERS)}; or give a base URL.",
        )
    url = check_url(name)
    known = next((p for p in PROVIDERS.values() if p.url == url), None)
    if known is not None:
        return known
    place = urlsplit(url)
    name = f"{place.netloc}{place.path}"
    return Provider(name, name, url)
