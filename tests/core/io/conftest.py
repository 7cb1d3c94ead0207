"""Files and crystals for the tests of core.io."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.io import parse
from core.io.pool import close_idle
from core.types import Crystal, ParseReport, RawFile

Reading = Callable[..., ParseReport]

QUARTZ = """data_quartz
_chemical_formula_sum 'Si O2'
_cell_formula_units_Z 3
_cell_length_a 4.9137(1)
_cell_length_b 4.9137(1)
_cell_length_c 5.4047(1)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P 32 2 1'
_space_group_IT_number 154
loop_
_symmetry_equiv_pos_as_xyz
'x,y,z'
'y,x,-z+2/3'
'-y,x-y,z+2/3'
'-x,-x+y,-z+1/3'
'-x+y,-x,z+1/3'
'x-y,-y,-z'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Si1 Si 0.4697(2) 0 0 1
O1 O 0.4135(2) 0.2669(2) 0.1191(2) 1
"""


@pytest.fixture(scope="session", autouse=True)
def _workers_end() -> Iterator[None]:
    yield
    close_idle()


@pytest.fixture
def quartz_cif() -> str:
    """Alpha quartz with symmetry operators and standard uncertainties: 3 SiO2."""
    return QUARTZ


@pytest.fixture
def here() -> Reading:
    """Parse one text in this process (no worker): `here(text, name="a.cif", **options)`."""

    def read_text(text: str | bytes, name: str = "a.cif", **options: object) -> ParseReport:
        data = text.encode() if isinstance(text, str) else text
        return parse([RawFile(name, data)], workers=0, **options)  # type: ignore[arg-type]

    return read_text


@pytest.fixture
def mixed_alloy() -> Crystal:
    """Fe0.5Co0.5 on the two sites of a body-centred cell, as a mixed site each."""
    frac = np.array([[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    return Crystal(
        "alloy", 2.86 * np.eye(3), frac, np.array([26, 27, 26, 27]), np.full(4, 0.5),
        np.array([0, 0, 1, 1]), source="fixture",
    )  # fmt: skip
