"""A job that only counts: to try the manager, its bar and its Cancel button."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.errors import ComputeError, JobCancelled
from core.jobs.base import JobResult
from core.types import Progress, Provenance, ShouldStop


def rehearse(
    steps: int, options: Mapping[str, Any], *, on_progress: Progress, should_stop: ShouldStop
) -> JobResult:
    """Count to `steps` twice; `count` (1,).

    Args:
        options: `pause` (seconds a step), `deaf` (never asks whether to stop), `fault`
            (`explained`, or another word for one that is not).
    """
    if options.get("fault") == "explained":
        raise ComputeError("It can't be done.", hint="Do something else.")
    if options.get("fault"):
        raise RuntimeError("a secret of the code")
    for what in ("counting", "counting again"):
        for step in range(1, steps + 1):
            time.sleep(options.get("pause", 0.0))
            on_progress(step, steps, what)
            if should_stop() and not options.get("deaf"):
                raise JobCancelled(f"stopped after {step} of {steps}")
    return JobResult({"count": np.array([steps])}, (), Provenance({}, "", {}, 0.0, ""))
