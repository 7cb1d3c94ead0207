"""The third-order Birch-Murnaghan equation of state, fitted by linear least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.types import FloatArray

EV_PER_A3_IN_GPA = 160.21766208
RESIDUAL = 0.03  # root mean square deviation of the fit over the spread of energies
DERIVATIVE = (-1.0, 12.0)
SMALLEST_MODULUS = 1.0  # GPa
OFF_CENTRE = 0.05  # of the logarithm of the volume
DOUBTS = {
    "soft": f"bulk modulus below {SMALLEST_MODULUS:g} GPa",
    "off_centre": "the fitted minimum lies at the edge of the seven volumes",
    "residual": f"deviation of the fit above {RESIDUAL:g} of the spread of the energies",
    "derivative": f"pressure derivative outside {DERIVATIVE[0]:g} to {DERIVATIVE[1]:g}",
}
"""Why a fit is not to be trusted; crystals with such a fit are not in `prototype-elastic`."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Volume (of what the volumes were), energy, bulk modulus (GPa) and its derivative.

    `residual` is the root mean square deviation of the energies divided by their spread.
    """

    volume: float
    energy: float
    bulk_modulus: float
    derivative: float
    residual: float


def birch_murnaghan(
    volumes: FloatArray, volume: float, energy: float, bulk_modulus: float, derivative: float
) -> FloatArray:
    """Energies (n,) of the third-order equation; bulk modulus in GPa, energy in eV.

    Ref: F. Birch, Phys. Rev. 71, 809 (1947), doi 10.1103/PhysRev.71.809
    """
    y = (volume / np.asarray(volumes)) ** (2 / 3)
    stiff = 9 * volume * bulk_modulus / EV_PER_A3_IN_GPA / 16
    return energy + stiff * ((y - 1) ** 3 * derivative + (y - 1) ** 2 * (6 - 4 * y))


def fit(volumes: FloatArray, energies: FloatArray) -> Fit | None:
    """The equation through (n,) energies in eV at (n,) volumes in Å³, n >= 5.

    The third-order equation is a cubic in V^(-2/3), so the fit has a closed form (as in ase).

    Returns: None when the cubic has no minimum at a positive volume.
    """
    centre = float(np.mean(volumes))
    y = (centre / np.asarray(volumes)) ** (2 / 3)
    cubic = np.polynomial.Polynomial.fit(y, energies, 3).convert()
    slope, curve = cubic.deriv(1), cubic.deriv(2)
    found = np.asarray(slope.roots(), dtype=np.complex128)
    roots = [float(r.real) for r in found if abs(r.imag) < 1e-9 and r.real > 0]
    minima = [r for r in roots if curve(r) > 0]
    if not minima:
        return None
    y0 = min(minima, key=lambda r: abs(r - 1))
    volume = centre * y0**-1.5
    # With z = V^(-2/3): V² E'' = (4/9) z² E_zz at the minimum, and B' = 4 + (2/3) z E_zzz / E_zz.
    bulk = 4 / 9 * y0**2 * curve(y0) / volume
    derivative = 4 + 2 / 3 * y0 * cubic.deriv(3)(y0) / curve(y0)
    spread = float(np.ptp(energies)) or 1.0
    deviation = float(np.sqrt(np.mean((cubic(y) - energies) ** 2)))
    return Fit(
        float(volume), float(cubic(y0)), float(bulk * EV_PER_A3_IN_GPA), float(derivative),
        deviation / spread,
    )  # fmt: skip


def doubt(found: Fit, volumes: FloatArray) -> str:
    """The first of `DOUBTS` that applies to a fit through these volumes; '' for a sound one."""
    if found.bulk_modulus < SMALLEST_MODULUS:
        return "soft"
    if abs(np.log(found.volume / np.mean(volumes))) > OFF_CENTRE:
        return "off_centre"
    if found.residual > RESIDUAL:
        return "residual"
    if not DERIVATIVE[0] <= found.derivative <= DERIVATIVE[1]:
        return "derivative"
    return ""
