"""The shipped model: bulk modulus of relaxed crystals, learnt from the embedded prototype-elastic.

    python -m makers.bulk_modulus_model [--dft]

Writes assets/models/bulk-modulus.gsmodel and its card. A tenth of the crystals, whole chemical
systems, is kept out of the file for good: its error is measured on them, and a test measures it
again. Beside it stand the errors of the same model on random and chemical-system splits of all
crystals, and (`--dft`, with GRIDSCOPE_DATA_MIRROR) its error on DFT moduli of binaries.

About 15 minutes on one core; the same numbers with the same versions.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.data import load_embedded
from core.data.loading import load_public
from core.evaluation import evaluate, group_labels
from core.evaluation.base import Fold
from core.evaluation.splits import GroupSpec, RandomSpec, make_folds
from core.hashing import bytes_digest
from core.metrics import score
from core.models import Inputs, Target, prepare, read_target
from core.models.base import FittedModel
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.domain import applicability, with_domain
from core.models.persistence import load_model, model_bytes, read_manifest
from core.models.trees import HistBoostingSpec, tree_needs
from core.types import Crystal
from core.uncertainty import coverage

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "models"
NAME, SET, TARGET, SEED = "bulk-modulus", "prototype-elastic", "bulk_modulus_GPa", 0
SPEC = HistBoostingSpec(
    target_scale="log", features="composition_statistics+structure_features", n_stages=400,
    learning_rate=0.05, leaves=31, max_features=0.3,
)  # fmt: skip
CONFORMAL, BY = ConformalSpec(method="cross", folds=5), "chemical-system"
LEVELS = (0.5, 0.9, 0.95)
DIGITS = 5


def main() -> None:
    """Fit, measure, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dft", action="store_true", help="compare with DFT of the mirror too")
    wanted = parser.parse_args()
    crystals = load_embedded(SET)
    target, kept, _ = read_target(crystals, TARGET)
    usable = [crystals[i] for i in kept.tolist()]
    data, rows, _ = prepare(usable, tree_needs(SPEC))
    members, target = [usable[i] for i in rows.tolist()], target[rows]
    (fold,) = make_folds("group", members, spec=GroupSpec(test_share=0.1, repeats=1), seed=SEED)
    model = fitted(data, target, members, fold)
    found = model_bytes(model)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{NAME}.gsmodel").write_bytes(found)
    again = load_model(found)
    card = {
        **described(found, again, len(members)),
        "held_out": held_out(again, data, target, fold),
        "random": tried(data, target, members, RandomSpec(), "random"),
        "chemical_system": tried(data, target, members, GroupSpec(), "group"),
    }
    if wanted.dft:
        card["dft"] = against_dft(again)
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{NAME}.json").write_text(text, "utf-8")


def fitted(data: Inputs, target: Target, members: list[Crystal], fold: Fold) -> FittedModel:
    """The model of all crystals but those kept out."""
    own = [members[i] for i in fold.train.tolist()]
    x, y = data[fold.train], target[fold.train]
    model = fit_conformal(
        "hist-gradient-boosting", x, y, spec=SPEC, conformal=CONFORMAL,
        groups=group_labels(own, BY), seed=SEED,
    )  # fmt: skip
    return with_domain(model, x, y, own)


def described(found: bytes, model: FittedModel, n: int) -> dict[str, Any]:
    """What the file is, and what it should not be used for."""
    return {
        "key": NAME,
        "title": "Bulk modulus of relaxed crystals",
        "target": TARGET,
        "file": f"{NAME}.gsmodel",
        "sha256": bytes_digest(found),
        "bytes": len(found),
        "model": model.key,
        "spec": model.spec.to_dict(),
        "conformal": {**CONFORMAL.to_dict(), "by": BY},
        "seed": SEED,
        "trained_on": f"{len(model.ids):,} of the {n:,} crystals of embedded:{SET}",
        "n_training": len(model.ids),
        "made_by": "python -m makers.bulk_modulus_model --dft",
        "made": datetime.now(UTC).date().isoformat(),
        "versions": read_manifest(found)["versions"],
        "limits": "Learnt from a machine-learnt potential (CHGNet), not from DFT, and not from "
        "experiment: it inherits that potential's errors (see assets/prototype-elastic/card.json) "
        "and adds its own, which are stated here. For ordered, relaxed, inorganic crystals of "
        "elements to ternaries in simple prototypes; no hydrogen, noble gases or elements beyond "
        "uranium, no porous or molecular crystals, no magnetic order. A model of trees: it can't "
        "predict beyond the values it has seen.",
        "licence": "MIT as part of Gridscope.",
        "dois": ["10.1038/s42256-023-00716-3", "10.1016/j.commatsci.2017.01.017"],
    }


def held_out(model: FittedModel, data: Inputs, target: Target, fold: Fold) -> dict[str, Any]:
    """The file's own error on what it was never shown, with every prediction for the test."""
    p = model.predict(data[fold.test], levels=LEVELS)
    truth = target.values[fold.test]
    return {
        "what": "whole chemical systems that are in no part of the file",
        **measured(truth, p.mean, p.intervals, np.full(len(truth), np.mean(target.values))),
        "ids": list(p.ids), "predicted_GPa": rounded(p.mean), "known_GPa": rounded(truth),
    }  # fmt: skip


def tried(
    data: Inputs, target: Target, members: list[Crystal], how: RandomSpec, split: str
) -> dict[str, Any]:
    """The same model, fitted anew on each part of a split of all crystals."""
    folds = make_folds(split, members, spec=how, seed=SEED)
    trial = evaluate(
        "hist-gradient-boosting", data, target, folds, spec=SPEC, conformal=CONFORMAL,
        levels=LEVELS, groups=group_labels(members, BY), seed=SEED,
    )  # fmt: skip
    ids = [data.ids[i] for i in trial.rows]
    return {
        "split": {"key": split, **how.to_dict()},
        **measured(trial.truth, trial.mean, trial.intervals, trial.baseline, ids),
    }


def against_dft(model: FittedModel) -> dict[str, Any]:
    """Error on DFT bulk moduli of binaries, all and those of chemical systems not learnt from."""
    key = "bulk_modulus_vrh_GPa"
    crystals = load_public("public:mp-binary-elasticity").crystals
    known = {"-".join(sorted(c.elements)) for c in load_embedded(SET) if c.id in set(model.ids)}
    truth, kept, _ = read_target(crystals, key)
    usable = [crystals[i] for i in kept.tolist()]
    data, rows, lost = prepare(usable, model.needs)
    members, values = [usable[i] for i in rows.tolist()], truth.values[rows]
    p = model.predict(data, levels=LEVELS)
    base = np.full(len(values), np.median(values))
    new = np.array(["-".join(sorted(c.elements)) not in known for c in members])
    judged = applicability(model, data, p, members)
    assert judged is not None
    flagged = np.array([bool(reason) for reason in judged[0].reasons])
    out = {"what": "Voigt-Reuss-Hill bulk moduli by DFT (PBE), public:mp-binary-elasticity: "
                   "another method and, with van der Waals crystals, other chemistry; baseline: "
                   "the median of these values", "not_described": len(lost)}  # fmt: skip
    for name, mask in (("all", np.ones(len(new), bool)), ("unseen_chemical_systems", new),
                       ("flagged", flagged), ("not_flagged", ~flagged)):  # fmt: skip
        out[name] = measured(values[mask], p.mean[mask], p.intervals[mask], base[mask])
    return out


def measured(
    truth: Any, mean: Any, intervals: Any, baseline: Any, groups: Any = None
) -> dict[str, Any]:
    """Metrics with 95% bootstrap intervals beside the trivial baseline, and coverage."""
    doubled = groups if groups is not None and len(set(groups)) < len(groups) else None
    found = score(
        truth, mean, baseline=baseline, groups=doubled, level=0.95, resamples=1000, seed=0
    )
    held = coverage(truth, intervals, np.array(LEVELS))
    return {
        "n": len(truth),
        "metrics": {
            s.key: {k: round(float(getattr(s, k)), DIGITS) for k in
                    ("value", "low", "high", "baseline")} for s in found
        },
        "log10_mae": round(float(np.abs(np.log10(mean / truth)).mean()), DIGITS),
        "coverage": {f"{a:g}": round(float(b), 4) for a, b in
                     zip(held.levels, held.covered, strict=True)},
    }  # fmt: skip


def rounded(values: Any) -> list[float]:
    """Six figures."""
    return [float(f"{v:.6g}") for v in np.asarray(values).tolist()]


if __name__ == "__main__":
    main()
