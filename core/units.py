"""Label and unit of every column Gridscope shows or exports, bound once.

A key carries its unit as a suffix (`bulk_modulus_GPa`); the unit is never guessed.
"""

from __future__ import annotations

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
    Quantity("band_gap_eV", "Band gap", "eV"),
    Quantity("fit_residual", "Deviation of the fit over the spread of energies"),
    Quantity("spacegroup", "Space group number"),
    Quantity("n_atoms", "Atoms in the primitive cell"),
    Quantity("thermal_expansion_1_K", "Thermal expansion", "1/K"),
)
QUANTITIES: dict[str, Quantity] = {quantity.key: quantity for quantity in _KNOWN}


def quantity(key: str) -> Quantity:
    """The quantity of a column; an unknown key is shown as it stands, without a unit."""
    return QUANTITIES.get(key, Quantity(key, key))
