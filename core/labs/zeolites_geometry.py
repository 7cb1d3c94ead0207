"""Starting against optimised structures: what the deposit lets one compare, and what it does not.

The paper trains on geometries optimised by DFT and again on those of the IZA database. The deposit
holds the latter twice: its CIFs called optimised have the angles and distances of the starting
ones, and so has its table of descriptors. Of the optimised geometry it holds one number for each
framework, the density. So the paper's comparison can't be computed again; what can be is how much
the errors grow when the geometry a model is asked about is displaced at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.loading import load_public
from core.descriptors import describe
from core.labs.zeolites import DEPOSITED, FAMILIES, GEOMETRIC, STARTING, Zeolites
from core.labs.zeolites_trials import folds_of, grow
from core.models import Context
from core.types import Crystal, FloatArray

RATTLES_A = (0.0, 0.01, 0.02, 0.05, 0.1)
COLUMNS = (
    "SiOSi_mean_deg", "SiOSi_gmean_deg", "SiOSi_hmean_deg", "SiOSi_max_deg", "SiOSi_min_deg",
    "SiOSi_var_deg2", "SiO_mean_A", "SiO_gmean_A", "SiO_hmean_A", "SiO_max_A", "SiO_min_A",
    "SiO_var_A2",
)  # fmt: skip
RATTLING = "displacing atoms"


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """The geometries of the deposit beside one another.

    Attributes:
        called_optimised, starting: (n, 12) geometric descriptors computed from the two sets of
            CIFs.
        deposited: (n, 12) those of the deposit's table.
        density: (n, 2) of the CIF and of the quasi-harmonic calculation, g/cm³.
        rattled: (2, n_amplitudes) errors of the geometric model, fitted on the CIFs, by target,
            on crystals left out whose atoms were displaced.
        angles: (n_amplitudes,) mean change of the harmonic mean angle in degrees.
    """

    called_optimised: FloatArray
    starting: FloatArray
    deposited: FloatArray
    density: FloatArray
    rattled: FloatArray
    angles: FloatArray


def compare_geometries(
    zeolites: Zeolites, *, repeats: int = 5, seed: int = 0, context: Context | None = None
) -> Geometry:
    """All of it. Raises: DatasetUnavailableError, JobCancelled."""
    context = context or Context()
    own = zeolites.block(FAMILIES[0]).values
    starting = {c.id: c for c in load_public(STARTING, workers=1).crystals}
    table = load_public(DEPOSITED).table
    assert table is not None
    rows = [table.ids.index(name) for name in zeolites.ids]
    deposited = np.column_stack([table.numeric[key] for key in COLUMNS])[rows]
    density = np.array([[c.density, c.properties["density_qha_g_cm3"]] for c in zeolites.crystals])
    shaken = []
    for i, amplitude in enumerate(RATTLES_A):
        context.step(i, len(RATTLES_A), RATTLING)
        shaken.append(_geometric(rattled(zeolites.crystals, amplitude, seed)))
    return Geometry(
        own, _geometric([starting[name] for name in zeolites.ids]), deposited, density,
        _errors(zeolites, shaken, repeats, seed, context),
        np.array([np.abs(x[:, 2] - own[:, 2]).mean() for x in shaken]),
    )  # fmt: skip


def rattled(crystals: Sequence[Crystal], amplitude: float, seed: int) -> list[Crystal]:
    """Every atom displaced by a normal deviate of this size (Å) along each axis."""
    rng = np.random.default_rng(seed)
    return [
        c.with_(frac=c.frac + amplitude * rng.normal(size=c.frac.shape) @ np.linalg.inv(c.lattice))
        for c in crystals
    ]


def _geometric(crystals: Sequence[Crystal]) -> FloatArray:
    return np.array([describe(c, GEOMETRIC) for c in crystals])


def _errors(
    zeolites: Zeolites, shaken: Sequence[FloatArray], repeats: int, seed: int, context: Context
) -> FloatArray:
    """Models of the CIFs' geometry asked about displaced crystals they have not seen."""
    own, folds = zeolites.block(FAMILIES[0]).values, folds_of(zeolites, repeats, seed)
    out = np.zeros((2, len(shaken)))
    for j, y in enumerate(zeolites.values):
        for i, fold in enumerate(folds):
            context.step(j * len(folds) + i, 2 * len(folds), "fitting and testing")
            model = grow(FAMILIES[0], own[fold.train], y[fold.train], seed + i)
            for k, x in enumerate(shaken):
                errors = model.predict(x[fold.test]) - y[fold.test]
                out[j, k] += np.sqrt((errors**2).mean()) / len(folds)
    return out
