"""Label and unit of every column Gridscope shows or exports, bound once.

A key carries its unit as a suffix (`bulk_modulus_GPa`); the unit is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column: its key, the words shown for it, and its unit ('' when it has none)."""

    key: str
    label: str
    unit: str = ""

    @property
    def axis_title(self) -> str:
        """Label with the unit in square brackets, as on an axis."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


_KNOWN = (
    Quantity("distance_A", "Distance", "Å"),
    Quantity("bond_length_A", "Bond length", "Å"),
    Quantity("displacement_A", "Displacement of Ti", "Å"),
    Quantity("lattice_parameter_A", "Lattice parameter", "Å"),
    Quantity("n_layers", "Perovskite layers n"),
    Quantity("layer_fraction", "Share of perovskite layers n / (n + 1)"),
    Quantity("series", "Series"),
    Quantity("aflow", "AFLOW prototype label"),
    Quantity("mineral", "Mineral or common name"),
    Quantity("strukturbericht", "Strukturbericht symbol"),
    Quantity("pearson_symbol", "Pearson symbol"),
    Quantity("volume_A3", "Volume of the cell", "Å³"),
    Quantity("volume_per_atom_A3", "Volume per atom", "Å³/atom"),
    Quantity("volume_per_atom_exp_A3", "Volume per atom, experiment", "Å³/atom"),
    Quantity("density_g_cm3", "Density", "g/cm³"),
    Quantity("bulk_modulus_GPa", "Bulk modulus", "GPa"),
    Quantity("bulk_modulus_exp_GPa", "Bulk modulus, experiment", "GPa"),
    Quantity("bulk_modulus_vrh_GPa", "Bulk modulus (Voigt-Reuss-Hill)", "GPa"),
    Quantity("shear_modulus_vrh_GPa", "Shear modulus (Voigt-Reuss-Hill)", "GPa"),
    Quantity("bulk_modulus_derivative", "Pressure derivative of the bulk modulus"),
    Quantity("bulk_modulus_derivative_exp", "Pressure derivative of the bulk modulus, experiment"),
    Quantity("energy_eV", "Energy", "eV"),
    Quantity("energy_eV_per_atom", "Energy per atom", "eV/atom"),
    Quantity("formation_energy_eV_per_atom", "Formation energy per atom", "eV/atom"),
    Quantity("energy_above_hull_eV_per_atom", "Energy above the hull per atom", "eV/atom"),
    Quantity(
        "energy_above_known_hull_eV_per_atom", "Energy above the hull of known phases", "eV/atom"
    ),
    Quantity("substitution_probability", "Probability of the substitution"),
    Quantity("substitution", "Elements replaced"),
    Quantity("prototype_label", "Prototype label"),
    Quantity("band_gap_eV", "Band gap", "eV"),
    Quantity("fit_residual", "Deviation of the fit over the spread of energies"),
    Quantity("spacegroup", "Space group number"),
    Quantity("n_atoms", "Atoms in the primitive cell"),
    Quantity("thermal_expansion_1_K", "Thermal expansion", "1/K"),
    Quantity("thermal_expansion_1e6_K", "Thermal expansion", "10⁻⁶/K"),
    Quantity("bulk_modulus_gbr_GPa", "Bulk modulus, predicted by gradient boosting", "GPa"),
    Quantity("shear_modulus_gbr_GPa", "Shear modulus, predicted by gradient boosting", "GPa"),
    *(
        Quantity(f"{kind.lower()}_modulus_{name.lower()}_GPa", f"{kind} modulus, {name}", "GPa")
        for kind in ("Bulk", "Shear")
        for name in ("BKS", "Catlow", "Gale", "Sastre", "Matsui")
    ),
    Quantity("log10_bulk_modulus_vrh", "log10 of the bulk modulus (VRH) in GPa"),
    Quantity("elastic_anisotropy", "Elastic anisotropy"),
    Quantity("band_gap_direct_eV", "Direct band gap", "eV"),
    Quantity("band_gap_exp_eV", "Band gap, experiment", "eV"),
    Quantity("heat_of_formation_all_eV_per_atom", "Heat of formation (heat_all)", "eV/atom"),
    Quantity("heat_of_formation_ref_eV_per_atom", "Heat of formation (heat_ref)", "eV/atom"),
    Quantity("last_phdos_peak_1_cm", "Last peak of the phonon density of states", "1/cm"),
    Quantity("gruneisen", "Grüneisen parameter"),
    Quantity("cp_minus_cv_J_per_mol_K", "Cp - Cv per mole of SiO2", "J/(mol K)"),
    Quantity("heat_capacity_J_per_mol_K", "Heat capacity per mole of SiO2", "J/(mol K)"),
    Quantity("entropy_J_per_mol_K", "Entropy per mole of SiO2", "J/(mol K)"),
    Quantity("energy_kJ_per_mol", "Energy per mole of SiO2", "kJ/mol"),
    Quantity("density_qha_g_cm3", "Density at room temperature", "g/cm³"),
    Quantity("volume_A3_per_SiO2", "Volume", "Å³/SiO2"),
    *(
        Quantity(f"{kind}_{key}", f"{kind.capitalize()} {words}", unit)
        for kind in ("accessible", "inaccessible")
        for key, words, unit in (
            ("volume_A3_per_SiO2", "volume", "Å³/SiO2"),
            ("volume_A3_per_cell", "volume", "Å³/cell"),
            ("volume_cm3_per_g", "volume", "cm³/g"),
            ("surface_A2_per_SiO2", "surface", "Å²/SiO2"),
            ("surface_A2_per_cell", "surface", "Å²/cell"),
        )
    ),
    Quantity("total_volume_A3_per_cell", "Accessible and inaccessible volume", "Å³/cell"),
    Quantity("accessible_volume_fraction", "Accessible share of the volume"),
    Quantity("largest_free_sphere_A", "Largest free sphere", "Å"),
    Quantity("largest_included_sphere_A", "Largest included sphere", "Å"),
    *(
        Quantity(f"{key}_{name}{end}{power}", f"{what}, {words}", unit + ("²" if power else ""))
        for key, what, end, unit in (
            ("SiOSi", "Si-O-Si angle", "_deg", "°"),
            ("SiO", "Si-O distance", "_A", "Å"),
        )
        for name, words, power in (
            ("mean", "mean", ""),
            ("gmean", "geometric mean", ""),
            ("hmean", "harmonic mean", ""),
            ("max", "largest", ""),
            ("min", "smallest", ""),
            ("std", "standard deviation", ""),
            ("var", "variance", "2"),
        )
    ),
    Quantity("SiOSi_skew", "Si-O-Si angle, skewness"),
    Quantity("SiO_skew", "Si-O distance, skewness"),
    *(Quantity(f"coordination_shell_{n}", f"Si atoms in shell {n}") for n in range(1, 13)),
    Quantity("time_fs", "Time", "fs"),
    *(
        Quantity(f"cell_{vector}{axis}_A", f"Cell vector {vector}, {axis}", "Å")
        for vector in "abc"
        for axis in "xyz"
    ),
    Quantity("split", "Part of the split"),
    Quantity("superconductor_formula", "Formula of the superconductor"),
    Quantity("parent_id", "Parent crystal in Materials Project"),
    Quantity("structure_origin", "Origin of the structure"),
)
QUANTITIES: dict[str, Quantity] = {quantity.key: quantity for quantity in _KNOWN}


# Endings that state a unit in any key. Not _A, _K or _s: those may be a site, an element, a letter.
STATED = {
    "GPa": "GPa", "MPa": "MPa", "eV": "eV", "meV": "meV", "eV_per_atom": "eV/atom",
    "meV_per_atom": "meV/atom", "kJ_per_mol": "kJ/mol", "J_per_mol_K": "J/(mol K)",
    "A3": "Å³", "A2": "Å²", "A3_per_atom": "Å³/atom", "g_cm3": "g/cm³", "cm3_per_g": "cm³/g",
    "1_cm": "1/cm", "1_K": "1/K", "1e6_K": "10⁻⁶/K", "deg": "°", "fs": "fs", "THz": "THz",
}  # fmt: skip

_FOLD = str.maketrans({
    "Å": "A", "\u212b": "A", "\u00b5": "u", "\u03bc": "u", "Ω": "ohm", "\u2126": "ohm", "º": "°",
    "²": "2", "³": "3", "¹": "1", "⁻": "-", "⁶": "6", "−": "-", "^": "", "*": "", "·": "", "⋅": "",
    " ": "",
})  # fmt: skip
# Units as people write them beside a number, besides our own; folded. No mm, m, H, T or D: 4mm and
# 3m are point groups, 2H and 1T polytypes, 3D a dimension.
_WRITTEN = (
    "% wt% at% mol% ppm deg degree degrees °C Ang angstrom nm pm nm2 nm3 1/A A-1 A3/f.u. A3/fu "
    "gcm-3 g/cc kg/m3 g/mol m2/g keV Ha mHa Ry mRy eV/f.u. eV/fu eV/cell eV/A eV/A2 meV/A2 eV/A3 "
    "J/mol kJmol-1 kcal/mol J/m2 mJ/m2 J/mol/K J/molK Jmol-1K-1 J/g/K kPa Pa kbar bar N/m K-1 "
    "1e-6/K 10-6K-1 ppm/K K mK cm-1 Hz kHz MHz GHz s ps ns V mV V/A uV/K W/mK W/(mK) W/m/K "
    "Wm-1K-1 S/cm S/m ohmcm ohmm mAh/g emu/g uB muB mu_B uB/f.u. C/m2 uC/cm2 pC/N"
)
_BESIDE = frozenset(_WRITTEN.split()) | {
    unit.translate(_FOLD) for unit in (*STATED.values(), *(q.unit for q in _KNOWN)) if unit
}
# A site, an element or a type of structure too (1A, 2K, 1A3): units only after a space.
_AS_IN_IDS = frozenset({"A", "K", "s", "V", "Pa", "A2", "A3"})
_WITH_MORE = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|\.\d+)(?:[eE][-+]?\d+)?(\s*)(\S.{0,29})")

PREDICTED = "predicted_"
_OF_PREDICTION = re.compile(r"(?:(?P<std>std)|(?P<side>low|high)_(?P<level>[\d.]+))_(?P<key>.+)")
_SIDES = {"low": "lower", "high": "upper"}


def quantity(key: str) -> Quantity:
    """The quantity of a column; of an unknown key the ending states the unit, if it is one.

    A prediction (`predicted_KEY`, `predicted_std_KEY`, `predicted_low_90_KEY`) has the unit of what
    was predicted, and says that it is one.
    """
    found = QUANTITIES.get(key)
    if found is not None:
        return found
    if key.startswith(PREDICTED):
        return _of_prediction(key)
    return _stated(key) or Quantity(key, key)


def unit_beside(text: str) -> str:
    """The unit that stands beside a number ("82 GPa"), as written; "" where there is none.

    Only units of this field count: `1.cif`, `2H` and `4mm` are names, no measurements.
    """
    found = _WITH_MORE.fullmatch(text.strip())
    if found is None:
        return ""
    space, unit = found.groups()
    if not space and unit in _AS_IN_IDS:
        return ""
    return unit if unit.translate(_FOLD) in _BESIDE else ""


def _stated(key: str) -> Quantity | None:
    """`K0_GPa` is K0 in GPa: the rest of the key is its label."""
    parts = key.split("_")
    for start in range(1, len(parts)):  # the longest ending first
        unit = STATED.get("_".join(parts[start:]))
        if unit and (label := "_".join(parts[:start])).strip():
            return Quantity(key, label, unit)
    return None


def _of_prediction(key: str) -> Quantity:
    rest = key.removeprefix(PREDICTED)
    part = _OF_PREDICTION.fullmatch(rest)
    inner = part["key"] if part else rest
    base = QUANTITIES.get(inner) or _stated(inner)
    if base is None:
        return Quantity(key, key)
    words = f"{base.label}, predicted"
    if part and part["std"]:
        words += ", standard deviation"
    elif part:
        words += f", {_SIDES[part['side']]} bound at {part['level']}%"
    return Quantity(key, words, base.unit)
