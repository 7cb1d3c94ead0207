"""The task of the stability lab: what it refuses, and that finished trials are not made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidSpecError, UnknownNameError
from core.jobs import JobSpec
from core.jobs import stability as task
from core.jobs.base import Resources
from core.labs.stability import default_spec, describe
from core.models import MODELS

USUAL: dict[str, Any] = {
    "model": {"key": "averaged"}, "seeds": 5, "test_share": 0.3, "states": ["unrelaxed"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seeds": 0}, "seeds is 0"), ({"test_share": 1.0}, "test_share"), ({"states": []}, "states"),
     ({"states": ["molten"]}, "molten"), ({"model": "averaged"}, "model is 'averaged'"),
     ({"depth": 3}, "depth")],
)  # fmt: skip
def test_bad_requests_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSpecError, match=words):
        JobSpec(task="stability", options={**USUAL, **change})


def test_the_digest_knows_model_and_seeds() -> None:
    first = JobSpec(task="stability", options=USUAL)
    assert first.digest != JobSpec(task="stability", options={**USUAL, "seeds": 6}).digest
    with pytest.raises(UnknownNameError):
        JobSpec(task="stability", options={**USUAL, "model": {"key": "oracle"}})


def test_finished_trials_are_taken_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = default_spec("ridge", {"features": "composition"})
    described = describe(MODELS["ridge"].needs(spec), systems="Ti Al Ni O N C Zr Cu".split())
    options = {"test_share": 0.3, "states": ["unrelaxed"]}
    first = task.trials_of(described, "ridge", spec, 0, options, Resources(), tmp_path)

    def never(*_: Any, states: Any, **__: Any) -> tuple[()]:
        assert not states
        return ()

    monkeypatch.setattr(task, "try_states", never)
    again = task.trials_of(described, "ridge", spec, 0, options, Resources(), tmp_path)
    assert again[0].joint.tolist() == first[0].joint.tolist()
