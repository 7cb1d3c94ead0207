"""What the paper on zeolites claims, what is measured here, and a verdict that follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.explain.collinear import rank_correlation
from core.labs.grid_report_findings import Finding, Verdict
from core.labs.zeolites import COMBINED, EVERY, FAMILIES, MILD, PROCESS
from core.labs.zeolites_reasons import TURN
from core.types import FloatArray

UNITS = ("10⁻⁶/K", "GPa")
_CLOSE = 0.06  # relative: errors this close are on a par (the spread over repeats is 0.03)
_ENOUGH = 8  # frameworks whose correlations say something
_FLAT = 0.25  # a slope below the turn of at most this share of that above it is flat
_AT = {family.key: i for i, family in enumerate(EVERY)}


def family_findings(errors: FloatArray, mild: float) -> tuple[Finding, ...]:
    """On Fig. 1 and 3; errors (2, n_models) in the order of `EVERY`, by target."""
    return (_expansion(errors[0]), _modulus(errors[1]), _combined(errors), _mild(errors, mild))


def _told(errors: FloatArray, unit: str, which: Sequence[str]) -> str:
    parts = [f"{EVERY[_AT[key]].title} {errors[_AT[key]]:.2f}" for key in which]
    return ", ".join(parts) + f" {unit} (root mean square error, mean over folds)."


def _expansion(e: FloatArray) -> Finding:
    keys = [family.key for family in FAMILIES]
    others = [e[_AT[key]] for key in keys if key != "soap"]
    best = e[_AT["soap"]] < min(others)
    par = max(others) / min(others) - 1 <= _CLOSE
    return Finding(
        "SOAP describes thermal expansion best, 3.75; topological (4.13) and volumetric (4.16) "
        "descriptors are on a par with geometric ones (4.24).",
        _told(e, UNITS[0], keys),
        _verdict(best, par),
        "A Gaussian process on the GRID of the Si sites alone reaches "
        f"{e[_AT[PROCESS.key]]:.2f}; the paper tried none.",
    )


def _modulus(e: FloatArray) -> Finding:
    geometric, soap = e[_AT["geometric"]], e[_AT["soap"]]
    poor = e[_AT["volumetric"]] == max(e[_AT[family.key]] for family in FAMILIES)
    close = abs(geometric / soap - 1) <= _CLOSE
    return Finding(
        "For the bulk modulus SOAP (15.9) and geometric descriptors (16.0) are close, topological "
        "ones are worse (17.6), volumetric ones really poor (20.9).",
        _told(e, UNITS[1], [family.key for family in FAMILIES]),
        _verdict(bool(poor and close), bool(e[_AT["topological"]] > max(geometric, soap))),
        f"The Gaussian process reaches {e[_AT[PROCESS.key]]:.1f} GPa, the combined model "
        f"{e[_AT[COMBINED.key]]:.1f}.",
    )


def _combined(errors: FloatArray) -> Finding:
    e = errors[0]
    soap, combined, process = (e[_AT[key]] for key in ("soap", "combined", "process"))
    return Finding(
        "The three best descriptors of each type together give 3.64, slightly better than SOAP "
        "alone.",
        f"Combined {combined:.2f}, SOAP {soap:.2f} {UNITS[0]}.",
        "reproduced" if combined < soap else "not reproduced",
        "The paper chose the three once, on all 120 frameworks; here they are chosen anew from "
        "the training crystals of each fold, so that nothing of the test is known. The Gaussian "
        f"process on Si-only GRID, {process:.2f}, "
        + ("beats it." if process < combined else "does not beat it."),
    )  # fmt: skip


def _mild(errors: FloatArray, mild: float) -> Finding:
    all_of_them = errors[0, _AT["geometric"]]
    return Finding(
        "Without the frameworks at or below -25 10⁻⁶/K the error falls from 4.24 to 2.56.",
        f"It falls from {all_of_them:.2f} to {mild:.2f} {UNITS[0]}.",
        _verdict(MILD.bounds[0][0] <= mild <= MILD.bounds[0][1], mild < all_of_them),
        "Eleven of the 120 make up the difference: the tail is where the models fail.",
    )


def reason_findings(
    order: Sequence[str], near: Sequence[Sequence[str]], slopes: FloatArray, ranges: FloatArray
) -> tuple[Finding, ...]:
    """On Fig. 1 right and Fig. 2.

    Args:
        order: geometric descriptors of thermal expansion, most important first.
        near: groups of nearly collinear ones.
        slopes: (2, 2) by target below and above 142°, in the target's unit per degree.
        ranges: (2,) of the dependence of thermal expansion on the angle and on the shortest
            distance, 10⁻⁶/K.
    """
    together = next((g for g in near if any("harmonic" in n and "angle" in n for n in g)), ())
    (flat, falls), (low, high) = slopes
    level = abs(flat) <= _FLAT * abs(falls)
    return (
        Finding(
            "The harmonic mean of the Si-O-Si angles matters most among geometric descriptors.",
            f"Most important over seeds: {', '.join(order[:3])}.",
            "reproduced" if "harmonic" in order[0] and "angle" in order[0] else "not reproduced",
            f"{len(together)} descriptors are nearly collinear ({', '.join(together)}): which of "
            "them comes first is largely chance within one model." if together else "",
        ),
        Finding(
            f"Thermal expansion depends on that angle nearly linearly, from about {TURN:g}° on.",
            f"Slope {flat:+.3f} below {TURN:g}°, {falls:+.3f} above it, in 10⁻⁶/K for each degree.",
            _verdict(falls < 0 and level, falls < 0),
            "It falls: wider angles, more negative expansion. The bulk modulus changes by "
            f"{low:+.2f} GPa for each degree below and {high:+.2f} above.",
        ),
        Finding(
            "The shortest Si-O distance has a smaller effect than the angle.",
            f"The average answer spans {ranges[0]:.2f} 10⁻⁶/K over the angle, {ranges[1]:.2f} over "
            "the distance.",
            "reproduced" if ranges[1] < ranges[0] else "not reproduced",
            "Both by boosting on the geometric descriptors, mean over seeds.",
        ),
    )  # fmt: skip


def stage_findings(errors: FloatArray, stages: FloatArray) -> tuple[Finding, ...]:
    """On Fig. S1; errors (n_families, n_stages) of thermal expansion at Table 1's depth, rate."""
    best = errors.argmin(axis=1)
    rise = errors[:, -1] / errors.min(axis=1) - 1
    told = "; ".join(
        f"{family.title}: least at stage {stages[best[i]]:.0f}, {rise[i]:.1%} higher at "
        f"{stages[-1]:.0f}"
        for i, family in enumerate(FAMILIES)
    )
    others = rise[1:].max()
    return (
        Finding(
            "Many stages overfit; most of all with geometric descriptors, so 250 are taken for "
            "them and 500 for the others.",
            told + ".",
            _verdict(bool(rise[0] > others and rise[0] > 0), bool(rise.max() > 0)),
            "Errors on crystals left out, mean over folds; differences of a few thousandths are "
            "chance.",
        ),
    )


def geometry_findings(
    differences: FloatArray, density: FloatArray, amplitudes: FloatArray, errors: FloatArray
) -> tuple[Finding, ...]:
    """On structures not optimised by DFT.

    Args:
        differences: (2,) largest relative difference of a mean angle or distance: CIFs called
            optimised against starting ones, against the deposited table.
        density: (n, 2) of the CIFs and of the quasi-harmonic calculation.
        amplitudes: (n,) displacements, Å.
        errors: (2, n) of the geometric model by target.
    """
    change = 100 * (density[:, 1] / density[:, 0] - 1)
    at = int(np.abs(amplitudes - 0.05).argmin())
    rise = errors[:, at] / errors[:, 0] - 1
    return (
        Finding(
            "A model trained on starting structures is as good (3.63) as one trained on structures "
            "optimised by DFT (3.64).",
            "It can't be computed again: the CIFs called optimised differ from the starting ones "
            f"by at most {differences[0]:.1e} in a mean angle or distance, and the table of "
            f"descriptors equals them to {differences[1]:.1e}. One geometry is deposited, twice.",
            "not reproduced",
            "All errors of this lab are therefore those of starting structures. Of the optimised "
            f"ones the deposit tells the density at room temperature: it differs by "
            f"{change.mean():+.1f}% on average, {change.min():+.1f} to {change.max():+.1f}%.",
        ),
        Finding(
            "Small differences of geometry do not matter much to the models.",
            f"Atoms of crystals left out displaced by {amplitudes[at]:g} Å along each axis: the "
            f"error rises by {rise[0]:.0%} for thermal expansion, {rise[1]:.0%} for the bulk "
            "modulus (geometric descriptors).",
            _verdict(bool((rise < 0.1).all()), bool((rise < 0.3).all())),
            "Chance displacements, not an optimisation: they widen the distribution of distances, "
            "which a relaxation would not.",
        ),
    )


def correlation_findings(
    known: FloatArray, angles: FloatArray, predicted: FloatArray, own_angles: FloatArray
) -> tuple[Finding, ...]:
    """On Fig. 5.

    Args:
        known: (2, n_training) expansion and modulus by DFT, with their angles (n_training,).
        angles: (n_training,) degrees.
        predicted: (2, n) of one's own frameworks; few say nothing.
        own_angles: (n,) degrees.
    """
    together, with_expansion, with_modulus = _ranks(known, angles)
    told = (
        f"Rank correlations of the {known.shape[1]} by DFT: expansion with modulus "
        f"{together:+.2f}, with the angle {with_expansion:+.2f}; modulus with the angle "
        f"{with_modulus:+.2f}."
    )
    if predicted.shape[1] >= _ENOUGH:
        own = _ranks(predicted, own_angles)
        told += f" Of your {predicted.shape[1]}, as predicted: {own[0]:+.2f}, {own[1]:+.2f}, "
        told += f"{own[2]:+.2f}."
    return (
        Finding(
            "Stiffer frameworks expand more negatively, and both go with wider Si-O-Si angles.",
            told,
            _verdict(with_expansion < 0 < with_modulus, together < 0),
            "Predictions by geometry alone make the link look tighter than it is: both are read "
            "off the same angles.",
        ),
    )


def _ranks(values: FloatArray, angles: FloatArray) -> tuple[float, float, float]:
    """Spearman: expansion with modulus, expansion with angle, modulus with angle."""
    rho = rank_correlation(np.column_stack([*values, angles]))
    return float(rho[0, 1]), float(rho[0, 2]), float(rho[1, 2])


def _verdict(wholly: bool, partly: bool) -> Verdict:
    return "reproduced" if wholly and partly else (
        "partly reproduced" if wholly or partly else "not reproduced"
    )  # fmt: skip
