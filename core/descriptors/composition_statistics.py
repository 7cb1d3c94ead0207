"""Statistics of element properties over a composition: the features of Magpie.

The table of 22 properties is that of Magpie as matminer 0.10.1 carries it, read from
`assets/magpie-elements`; the features are those of matminer's preset `magpie`, number for number
(docs/decisions/0015-element-statistics.md).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.elements import MAX_NUMBER, SYMBOLS
from core.errors import DatasetUnavailableError, NonFiniteError
from core.registry import Spec, option
from core.types import Crystal, FloatArray

FILE = Path(__file__).resolve().parents[2] / "assets" / "magpie-elements" / "elements.csv"
STATISTICS = ("minimum", "maximum", "range", "mean", "avg_dev", "mode")
PROPERTIES = (
    "Number", "MendeleevNumber", "AtomicWeight", "MeltingT", "Column", "Row", "CovalentRadius",
    "Electronegativity", "NsValence", "NpValence", "NdValence", "NfValence", "NValence",
    "NsUnfilled", "NpUnfilled", "NdUnfilled", "NfUnfilled", "NUnfilled", "GSvolume_pa",
    "GSbandgap", "GSmagmom", "SpaceGroupNumber",
)  # fmt: skip
"""In the order of the table. Units: AtomicWeight u, MeltingT K, CovalentRadius pm, GSvolume_pa
Å³/atom, GSbandgap eV, GSmagmom Bohr magnetons an atom; the others have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionStatisticsSpec(Spec):
    """Options of the element statistics. Partial occupancy counts by its weight unless refused."""

    missing: Literal["mean", "refuse"] = option(
        "mean", label="Unknown properties", choices=("mean", "refuse"),
        help="The table has no melting point of He and Fr, no electronegativity of some noble "
        "gases: take the mean over all elements, or refuse such a crystal.",
    )  # fmt: skip
    disorder: Disorder = option(
        "weights", label="Partial occupancy", choices=("weights", "refuse"),
        help="Weights are exact here: a composition is an average.",
    )  # fmt: skip


def composition_statistics(
    crystal: Crystal, spec: CompositionStatisticsSpec | None = None
) -> FloatArray:
    """Six statistics of each of 22 properties: (132,) float64, the statistic running fastest.

    Raises: DisorderedStructureError; NonFiniteError for an element the table does not hold (beyond
        Cn), or a property it does not know where that is refused; DatasetUnavailableError.
    """
    spec = spec or CompositionStatisticsSpec()
    require_ordered(crystal, spec.disorder)
    amounts = np.bincount(crystal.numbers, weights=crystal.occupancy)
    numbers = np.flatnonzero(amounts)
    known = element_table()[numbers]
    _check(crystal, numbers, np.isnan(known), spec)
    values = np.where(np.isnan(known), np.nanmean(element_table()[1:], axis=0), known)
    share = amounts[numbers] / amounts.sum()
    mean = share @ values
    low, high = values.min(axis=0), values.max(axis=0)
    # Of equally abundant elements the smallest value, as in matminer.
    most = np.isclose(share, share.max())
    deviation = share @ np.abs(values - mean)
    return np.stack(
        [low, high, high - low, mean, deviation, values[most].min(axis=0)], axis=1
    ).ravel()  # fmt: skip


@cache
def element_table() -> FloatArray:
    """(119, 22) properties by atomic number; NaN where the table says nothing and in row 0.

    Raises: DatasetUnavailableError.
    """
    table = np.full((MAX_NUMBER + 1, len(PROPERTIES)), np.nan)
    try:
        with FILE.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise DatasetUnavailableError(
            f"{FILE} is not there.", hint="Check out the folder assets of the repository."
        ) from error
    for z, row in enumerate(rows, start=1):
        table[z] = [float(row[name] or "nan") for name in PROPERTIES]
    table.setflags(write=False)
    return table


def _check(
    crystal: Crystal, numbers: np.ndarray, gaps: np.ndarray, spec: CompositionStatisticsSpec
) -> None:
    for z, gap in zip(numbers.tolist(), gaps, strict=True):
        if gap.all():
            raise NonFiniteError(
                f"{crystal.id!r} holds {SYMBOLS[z]}, of which the table knows nothing.",
                hint="It ends at Cn (112): leave this crystal out.",
            )
        if gap.any() and spec.missing == "refuse":
            names = ", ".join(np.array(PROPERTIES)[gap])
            raise NonFiniteError(
                f"{crystal.id!r} holds {SYMBOLS[z]}, whose {names} is not known.",
                hint="Take the mean over the elements for it, or leave this crystal out.",
            )


def _labels(_: CompositionStatisticsSpec) -> list[str]:
    return [f"MagpieData {statistic} {name}" for name in PROPERTIES for statistic in STATISTICS]


DESCRIPTORS.register(
    Descriptor(
        key="composition_statistics",
        title="Element statistics (Magpie)",
        summary="Minimum, maximum, range, mean, mean deviation and most frequent value of 22 "
        "properties of the elements, weighed by their shares.",
        formula=r"\bar p = \sum_Z x_Z\, p_Z, \quad "
        r"\mathrm{avg\_dev} = \sum_Z x_Z \left| p_Z - \bar p \right|",
        symbols="x_Z: share of element Z among the atoms; p_Z: its property (atomic weight in u, "
        "melting point in K, covalent radius in pm, volume in Å³, gap in eV and so on). The mode "
        "is the value of the most abundant element, the smallest where several are.",
        spec_type=CompositionStatisticsSpec,
        compute=composition_statistics,
        labels=_labels,
        unit="of the property",
        reference="Ward, Agrawal, Choudhary & Wolverton, npj Comput. Mater. 2 (2016) 16028, "
        "doi:10.1038/npjcompumats.2016.28; table and statistics as in Ward et al., Comput. Mater. "
        "Sci. 152 (2018) 60, doi:10.1016/j.commatsci.2018.05.018",
        limits="Polymorphs are equal; unknown properties are the mean over the elements unless "
        "refused; no element beyond Cn.",
    )
)
