"""The 120 siliceous zeolites of Ducamp and Coudert as models see them: families of descriptors.

Geometry and topology are computed from the deposited CIFs, SOAP too; the pores are those of the
deposit, per SiO2 unit. What each number is compared with stands in `FAMILIES`.
Refs: Ducamp & Coudert, J. Phys. Chem. C 126 (2022) 1651, doi 10.1021/acs.jpcc.1c09737; data: the
same, J. Phys. Chem. C 125 (2021), doi 10.1021/acs.jpcc.1c03975.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.loading import load_public
from core.data.public import PUBLIC_SETS
from core.distances import DISTANCES
from core.hashing import mapping_digest
from core.models import Context, FittedModel, Inputs, Needs, Target, fit, prepare
from core.models.feature_sets import GIVEN, FeatureTerm, parse_features
from core.models.inputs import Block
from core.models.kernels import GaussianProcessSpec, kernel_needs
from core.models.trees import GradientBoostingSpec
from core.types import Crystal, FloatArray
from core.units import quantity

PAPER, DATA = "10.1021/acs.jpcc.1c09737", "10.1021/acs.jpcc.1c03975"
SET, STARTING, DEPOSITED = "zeolites-thermal", "zeolites-starting", "zeolites-descriptors"
TARGETS = ("thermal_expansion_1e6_K", "bulk_modulus_GPa")
TAIL = -25.0  # 1e-6/K: the paper's outliers lie at or below
GEOMETRIC = "tot_geometry"
ANGLE = 2  # column of the harmonic mean of the Si-O-Si angles among the geometric ones
PORES = (
    "accessible_volume_A3_per_SiO2", "accessible_surface_A2_per_SiO2", "largest_free_sphere_A",
    "largest_included_sphere_A",
)  # fmt: skip
GROUPS = (10, 20, 30, 50, 100)  # of GRID, among which the Gaussian process chooses
_LOO = "leave-one-out MAE on the scale of the fit"


@dataclass(frozen=True, slots=True)
class Family:
    """A set of descriptors, and what the paper found with it.

    Attributes:
        key, title: for addresses and for people.
        features: as `parse_features` reads them; "" where the lab has a way of its own.
        n_stages: of boosting, Table 1.
        paper: root mean square errors by target, in the target's unit; NaN where none is given.
        bounds: by target, what an honest computation is to give: (least, most).
    """

    key: str
    title: str
    features: str
    n_stages: int
    paper: tuple[float, float]
    bounds: tuple[tuple[float, float], tuple[float, float]]

    @property
    def term(self) -> FeatureTerm:
        return parse_features(self.features)[0]

    def spec(self) -> GradientBoostingSpec:
        """Table 1, and the spread of the target in place of an error that costs more fits."""
        return GradientBoostingSpec(
            features=self.features or GIVEN, n_stages=self.n_stages, error_folds=0
        )


NAN = float("nan")
FAMILIES = (
    Family("geometric", "Geometric", GEOMETRIC, 250, (4.24, 16.0), ((3.95, 4.30), (15.5, 16.7))),
    Family("topological", "Topological", "coordination_sequences", 500, (4.13, 17.6),
           ((4.0, 4.3), (17.0, 18.3))),
    Family("volumetric", "Volumetric", GIVEN, 500, (4.16, 20.9), ((4.0, 4.3), (20.0, 21.5))),
    Family("soap", "SOAP", "soap(species=Si O)@pca12", 500, (3.75, 15.9),
           ((3.7, 4.1), (15.8, 17.4))),
)  # fmt: skip
COMBINED = Family("combined", "Combined", "", 500, (3.64, NAN), ((3.5, 3.8), (14.0, 15.3)))
PROCESS = Family("process", "Gaussian process, Si-only GRID", "", 0, (NAN, NAN),
                 ((0.0, 3.5), (0.0, 15.8)))  # fmt: skip
MILD = Family("mild", "Geometric, without the tail", GEOMETRIC, 250, (2.56, NAN),
              ((2.4, 2.7), (0.0, np.inf)))  # fmt: skip
EVERY = (*FAMILIES, COMBINED, PROCESS)


@dataclass(frozen=True, slots=True, eq=False)
class Zeolites:
    """n frameworks with all that the lab's models see of them.

    Attributes:
        crystals: (n,).
        inputs: a block for each family, vectors for each Si-only GRID.
        values: (2, n) of `TARGETS`.
    """

    crystals: tuple[Crystal, ...]
    inputs: Inputs
    values: FloatArray

    @property
    def ids(self) -> tuple[str, ...]:
        return self.inputs.ids

    def target(self, key: str) -> Target:
        return Target(key, self.values[TARGETS.index(key)])

    def block(self, family: Family) -> Block:
        """Numbers of a family before any transform."""
        return self.inputs.block(family.term)

    @property
    def angles(self) -> FloatArray:
        """(n,) harmonic means of the Si-O-Si angles in degrees."""
        return self.block(FAMILIES[0]).values[:, ANGLE]


def digest() -> str:
    """Changes whenever a number of this lab may: the key of everything kept."""
    from core.descriptors import DESCRIPTORS

    terms = [f.term for f in FAMILIES if not f.term.is_given]
    return mapping_digest(
        {t.source: DESCRIPTORS[t.key].version for t in terms}
        | {"grid-emd": DISTANCES["grid-emd"].version, "lab": 1}
        | {name: PUBLIC_SETS[name].sha256 for name in (SET, STARTING, DEPOSITED)}
    )


def load_zeolites(context: Context | None = None) -> Zeolites:
    """The public set, described.

    Raises: DatasetUnavailableError, JobCancelled.
    """
    context = context or Context()
    report = load_public(
        SET, workers=1, on_progress=context.on_progress, should_stop=context.should_stop
    )
    return describe_zeolites(report.crystals, context)


def describe_zeolites(crystals: Sequence[Crystal], context: Context | None = None) -> Zeolites:
    """Frameworks with their properties, described.

    Raises: ComputeError when one can't be described; JobCancelled.
    """
    context = context or Context()
    inputs = described(crystals, context)
    pores = [[c.density, *(float(c.properties[key]) for key in PORES)] for c in crystals]
    labels = tuple(quantity(key).axis_title for key in ("density_g_cm3", *PORES))
    blocks = {**inputs.blocks, GIVEN: Block(np.array(pores), labels)}
    values = np.array(
        [[1e6 * c.properties["thermal_expansion_1_K"] for c in crystals],
         [c.properties["bulk_modulus_GPa"] for c in crystals]]
    )  # fmt: skip
    return Zeolites(tuple(crystals), Inputs(inputs.ids, blocks, inputs.vectors), values)


def described(crystals: Sequence[Crystal], context: Context) -> Inputs:
    """What is computed from structures alone. Raises: ComputeError for the first that fails."""
    needs = Needs(tuple(f.term for f in FAMILIES if not f.term.is_given))
    for spec in process_specs():
        needs += kernel_needs(spec)
    inputs, _, failures = prepare(
        crystals, needs, threads=context.threads, on_progress=context.on_progress,
        should_stop=context.should_stop,
    )  # fmt: skip
    if failures:
        from core.errors import ComputeError

        raise ComputeError(failures[0].message, hint=failures[0].hint)
    return inputs


def process_specs() -> tuple[GaussianProcessSpec, ...]:
    """Kernels exp(-EMD/gamma) on the quantile GRID of the Si sites, one for each of `GROUPS`."""
    return tuple(
        GaussianProcessSpec(metric=f"grid-emd(centers=Si,neighbors=Si,n_groups={n})")
        for n in GROUPS
    )


def fit_process(
    inputs: Inputs, target: Target, *, seed: int, context: Context | None = None
) -> FittedModel:
    """The Gaussian process whose number of groups has the least leave-one-out error.

    Rate and noise come from the marginal likelihood; all of it from these crystals alone.
    """
    models = [
        fit("gaussian-process", inputs, target, spec=spec, seed=seed, context=context)
        for spec in process_specs()
    ]
    return min(models, key=lambda m: float(m.chosen[_LOO]))
