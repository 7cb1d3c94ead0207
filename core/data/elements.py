"""The elemental crystals of the Delta test: equation of state by WIEN2k and by experiment."""

from __future__ import annotations

from functools import cache

from core.data.base import EMBEDDED, DataCard, EmbeddedSet
from core.types import Crystal
from core.units import quantity

# Keys of ase's collection and of Gridscope; ase gives Å3/atom and GPa.
_PROPERTIES = {
    "wien2k_volume": "volume_per_atom_A3",
    "wien2k_B": "bulk_modulus_GPa",
    "wien2k_Bp": "bulk_modulus_derivative",
    "exp_volume": "volume_per_atom_exp_A3",
    "exp_B": "bulk_modulus_exp_GPa",
    "exp_Bp": "bulk_modulus_derivative_exp",
}


@cache
def _load() -> tuple[Crystal, ...]:
    from ase.collections import dcdft

    return tuple(_crystal(symbol, dcdft[symbol], dcdft.data[symbol]) for symbol in dcdft.names)


def _crystal(symbol: str, atoms, data: dict[str, float]) -> Crystal:  # type: ignore[no-untyped-def]  # ase has no types
    return Crystal(
        id=symbol,
        lattice=atoms.cell.array,
        frac=atoms.get_scaled_positions(),
        numbers=atoms.numbers,
        properties={ours: float(data[key]) for key, ours in _PROPERTIES.items() if key in data},
        source="elements",
    )


EMBEDDED.register(
    EmbeddedSet(
        key="elements",
        loader=_load,
        card=DataCard(
            title="Elements",
            summary="Ground-state crystals of 71 elements with volume, bulk modulus and its "
            "pressure derivative from WIEN2k (PBE) and, for 58 of them, from experiment.",
            source="ase.collections.dcdft (the Delta test), read from the installed package.",
            licence="LGPL-2.1-or-later as part of ase; cite the Delta test.",
            dois=("10.1080/10408436.2013.772503", "10.1088/1361-648X/aa680e"),
            n_crystals=71,
            properties=tuple(quantity(key) for key in _PROPERTIES.values()),
            limits="Elements only. The cells are the input of the Delta test: their volume differs "
            "from the WIEN2k equilibrium by up to 3.3% (solid O). Magnetic order is no part of the "
            "crystals, though it is part of the calculated values.",
        ),
    )
)
