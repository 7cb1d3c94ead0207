"""Element properties of Magpie as matminer carries them, and what matminer computes from them.

matminer forces pandas below 3, so this runs in an environment of its own:

    python3.11 -m venv /tmp/matminer && /tmp/matminer/bin/pip install matminer==0.10.1
    /tmp/matminer/bin/python -m makers.magpie_elements

Writes assets/magpie-elements/elements.csv (22 properties by atomic number, empty where the table
says nothing) and tests/core/descriptors/magpie_golden.csv (features of some formulas by matminer).
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "assets/magpie-elements/elements.csv"
GOLDEN = ROOT / "tests/core/descriptors/magpie_golden.csv"
# Ties of the mode, noble gases and heavy elements with gaps in the table, odd shares.
FORMULAS = (
    "H", "He", "Cu", "NaCl", "SiO2", "SrTiO3", "Fe2O3", "Fe3O4", "Al2O3", "GaAs", "TiB2", "UO2",
    "PuO2", "XeF2", "NpN", "ThC2", "AmO2", "CmO2", "LaNi5", "YBa2Cu3O7", "Ca10P6O26H2", "Zn4Sb3",
    "Bi2Te3", "Cs2AgBiBr6", "Al12Mg17", "Li0.5CoO2", "Zr0.91Hf0.09SiO4", "CoCrFeMnNi", "EuO",
    "Yb14MnSb11", "Tb4O7", "PmCl3", "RaF2", "CH4N2O", "W0.333Re0.333Os0.334",
)  # fmt: skip


def main() -> None:
    """Write both files."""
    from matminer.featurizers.composition import ElementProperty
    from matminer.utils.data import MagpieData
    from pymatgen.core import Composition, Element

    known = ElementProperty.from_preset("magpie", impute_nan=False)
    table = MagpieData(impute_nan=False)
    rows = []
    for z in range(1, 119):
        element = Element.from_Z(z)
        values = [table.get_elemental_property(element, name) for name in known.features]
        rows.append([element.symbol, *("" if math.isnan(v) else repr(v) for v in values)])
    _write(TABLE, ["symbol", *known.features], rows)
    imputed = ElementProperty.from_preset("magpie", impute_nan=True)
    features = [
        [formula, *(repr(float(v)) for v in imputed.featurize(Composition(formula)))]
        for formula in FORMULAS
    ]
    _write(GOLDEN, ["formula", *imputed.feature_labels()], features)


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
