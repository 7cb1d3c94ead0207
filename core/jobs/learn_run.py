"""Task `learn`: a model tried on every fold of a split, then fitted to all crystals: one run.

The options are those of `evaluate`, and the metrics of the same seed are the same; `at_most` draws
so many of the crystals first, for who wants a result in a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.learn import EVALUATE, Outputs, learning, resolve_evaluate, trained, tried
from core.models.base import MIN_TRAINING

LEARN = (*EVALUATE, "at_most")


def resolve_learn(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    given = {"at_most": None, **options}
    only("learn", given, LEARN)
    most = given["at_most"]
    if most is not None and (
        isinstance(most, bool) or not isinstance(most, int) or most < MIN_TRAINING
    ):
        raise InvalidSpecError(
            f"at_most is {most!r}.",
            hint=f"Give a whole number from {MIN_TRAINING} on, or null for all crystals.",
        )
    return {**resolve_evaluate({k: options[k] for k in EVALUATE}), "at_most": most}


def run_learn(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Outputs of `evaluate`; of the model of all crystals `model`, `train_ids`, `chosen`, `notes`.

    Crystals are described once.
    """
    data, target, crystals, failures = learning(
        inputs["crystals"], options, resources, at_most=options.get("at_most")
    )
    outputs = tried(data, target, crystals, options, resources)
    model = trained(data, target, crystals, options, resources)
    outputs |= {"train_ids" if name == "ids" else name: array for name, array in model.items()}
    return outputs, failures


TASKS.register(
    Task(
        key="learn", title="Train and evaluate",
        summary="Test a model on every fold of a split, then fit it to all crystals.",
        resolve=resolve_learn, run=run_learn,
        stages=(
            ("describing crystals", 1.0), ("fitting and testing", 4.0),
            ("calibrating intervals", 1.0),
        ),
    )
)  # fmt: skip
