"""Task `predict`: what a model file says of crystals, with the reasons to look twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import ComputeError, InvalidSpecError, ModelFileError, NonFiniteError
from core.jobs import JobSpec, run
from core.jobs.predict_estimate import estimate_predict
from core.jobs.predicted import Predicted, shown_value
from core.library import Library
from core.models.persistence import load_model, model_bytes, read_manifest
from core.types import Crystal

KEY = "volume_per_atom_A3"
TREES: dict[str, Any] = {
    "key": "extra-trees", "features": "composition_statistics", "n_trees": 30,
}  # fmt: skip


def some(n: int) -> list[Crystal]:
    return list(load_embedded("prototype-elastic")[:: 5400 // n][:n])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 60 crystals, kept as a file."""
    return trained(tmp_path_factory.mktemp("m") / "m.gsmodel")


def trained(path: Path, **options: Any) -> Path:
    wanted = {"target": KEY, "model": TREES, "conformal": {"method": "cross"}, "seed": 0, **options}
    done = run(JobSpec(task="train", options=wanted), {"crystals": some(60)})
    path.write_bytes(done.outputs["model"].tobytes())
    return path


def predicted(file: Path, crystals: list[Crystal], levels: tuple[float, ...] = (0.9,)) -> Predicted:
    spec = JobSpec(task="predict", options={"model": str(file), "levels": list(levels)})
    return Predicted.of(run(spec, {"crystals": crystals}).outputs)


def test_training_and_new_crystals_are_told_apart(file: Path) -> None:
    known, others = some(60), [c.with_(id=f"new {c.id}") for c in some(120)[1::2][:20]]
    renamed = known[7].with_(id="another name")
    impostor = others[0].with_(id=known[0].id)
    found = predicted(file, [*known[1:6], renamed, impostor, *others[1:]])
    assert found.in_training.tolist() == [True] * 6 + [False] * 20
    assert found.standing(0) == "yes"
    assert found.trained_on.tolist() == sorted(c.properties[KEY] for c in known)


def test_an_unseen_element_is_flagged(file: Path, rocksalt: Crystal) -> None:
    symbols = {s for c in some(60) for s in c.elements}
    numbers = rocksalt.numbers.copy()
    numbers[numbers == 11] = 87  # francium
    assert not {"Fr", "Cl"} & symbols
    found = predicted(file, [some(60)[0], rocksalt.with_(id="FrCl", numbers=numbers)])
    assert found.flagged.tolist() == [False, True]
    assert "holds Fr and Cl, which no training crystal does" in found.reasons[1]


def test_the_table_has_units_and_all_bounds(file: Path) -> None:
    found = predicted(file, some(60)[:5], (0.5, 0.9))
    table = found.columns()
    assert list(table)[:7] == [
        "id", KEY, f"{KEY}_std", f"{KEY}_low_0.5", f"{KEY}_high_0.5", f"{KEY}_low_0.9",
        f"{KEY}_high_0.9",
    ]  # fmt: skip
    assert all(len(column) == 5 for column in table.values())
    for low, middle, high in zip(
        table[f"{KEY}_low_0.9"], table[KEY], table[f"{KEY}_high_0.9"], strict=True
    ):
        assert low < middle < high
    np.testing.assert_allclose(table[KEY], found.mean, rtol=1e-5)


def test_joined_predictions_go_under_their_own_name(file: Path) -> None:
    library = Library.embedded("elements")
    found = predicted(file, list(library.crystals))
    joined = found.joined(library, "model 'm' (sha256 0123)")
    assert joined.digest == library.digest
    name = f"predicted_{KEY}"
    assert [c.properties[name] for c in joined.crystals] == found.mean.tolist()
    low = f"predicted_low_90_{KEY}"
    assert all(c.properties[low] < c.properties[name] for c in joined.crystals)
    for before, after in zip(library.crystals, joined.crystals, strict=True):
        assert {k: v for k, v in after.properties.items() if "predict" not in k} == dict(
            before.properties
        )
    assert "with model 'm' (sha256 0123)" in joined.decisions[-1]
    assert "71 of 71" in joined.decisions[-1]
    flagged = {i for i, reason in zip(found.ids, found.reasons, strict=True) if reason}
    noted = {c.id for c in joined.crystals if f"prediction_note_{KEY}" in c.properties}
    assert noted == flagged


def test_what_cannot_be_described_is_a_row_not_a_loss(file: Path) -> None:
    from core.models.persistence import save_model

    path = file.with_name("structure.gsmodel")
    trained(path, model={**TREES, "features": "structure_features"})
    save_model(load_model(path), path)
    disordered = some(60)[3].with_(id="mixed", occupancy=[0.5] * some(60)[3].n_rows)
    spec = JobSpec(task="predict", options={"model": str(path), "levels": []})
    done = run(spec, {"crystals": [*some(60)[:3], disordered]})
    assert len(done.outputs["ids"]) == 3
    assert [f.id for f in done.failures] == ["mixed"]
    with pytest.raises(ComputeError):
        run(spec, {"crystals": [disordered]})


def test_a_prediction_that_runs_away_is_a_row_and_the_others_are_kept(file: Path) -> None:
    ridge = {"key": "ridge", "features": "composition", "target_scale": "log"}
    model = load_model(trained(file.with_name("ridge.gsmodel"), model=ridge))
    model.state["coefficients"] *= 1e5
    path = file.with_name("wild.gsmodel")
    path.write_bytes(model_bytes(model))
    spec = JobSpec(task="predict", options={"model": str(path), "levels": [0.9]})
    done = run(spec, {"crystals": some(60)})
    found = Predicted.of(done.outputs)
    lost = {f.id for f in done.failures}
    assert lost
    assert len(found)
    assert set(found.ids) | lost == {c.id for c in some(60)}
    assert np.isfinite(found.mean).all()
    assert all(f.stage == "predict" and "is inf" in f.message for f in done.failures)
    wild = [c for c in some(60) if c.id in lost]
    with pytest.raises(NonFiniteError):
        run(spec, {"crystals": wild})


def test_a_model_without_intervals_says_so(file: Path) -> None:
    path = trained(file.with_name("bare.gsmodel"), conformal=None)
    with pytest.raises(InvalidSpecError, match="without intervals"):
        JobSpec(task="predict", options={"model": str(path), "levels": [0.9]})
    found = predicted(path, some(60)[:3], ())
    assert found.intervals.shape == (3, 2, 0)


def test_a_model_without_a_domain_judges_nothing(file: Path) -> None:
    from dataclasses import replace

    path = file.with_name("old.gsmodel")
    path.write_bytes(model_bytes(replace(load_model(file), domain=None)))
    found = predicted(path, some(60)[:3])
    assert not found.judged
    assert found.in_training.all()
    assert not found.flagged.any()
    assert "applicability" not in found.columns()


def test_another_spec_of_the_same_state_is_another_job(file: Path) -> None:
    """The state alone does not decide a prediction: how it is read does too."""
    from tests.core.models.test_persistence import packed, parts

    manifest, state = parts(file.read_bytes())
    manifest["model"]["spec"]["target_scale"] = "log"
    other = file.with_name("other.gsmodel")
    other.write_bytes(packed(manifest, state))
    a, b = (JobSpec(task="predict", options={"model": str(f), "levels": []}) for f in (file, other))
    assert a.digest != b.digest


def test_a_state_that_lacks_what_it_needs_is_told(file: Path) -> None:
    import skops.io

    from tests.core.models.test_persistence import packed, parts

    manifest, _ = parts(file.read_bytes())
    manifest["conformal"] = None
    bad = file.with_name("hollow.gsmodel")
    bad.write_bytes(packed(manifest, skops.io.dumps({"model": {"floor": 1.0}})))
    spec = JobSpec(task="predict", options={"model": str(bad), "levels": []})
    with pytest.raises(ModelFileError, match="does not hold what"):
        run(spec, {"crystals": some(60)[:2]})


@pytest.mark.parametrize(
    ("value", "std", "text"),
    [
        (123.456, 12.3, "123"), (123.456, 1.23, "123.5"), (0.012345, 0.00123, "0.0123"),
        (1234.5, 230.0, "1,230"), (1.0, 0.0, "1"), (5.0, float("nan"), "5"),
        (float("inf"), 1.0, "∞"), (-0.5, 0.096, "-0.500"), (99.99, 9.96, "100.0"),
    ],
)  # fmt: skip
def test_values_have_the_digits_their_uncertainty_allows(
    value: float, std: float, text: str
) -> None:
    assert shown_value(value, std) == text


def test_the_estimate_grows_with_crystals_and_model(file: Path) -> None:
    manifest, size = read_manifest(file), file.stat().st_size
    few, many = (estimate_predict(some(60)[:n], manifest, size) for n in (5, 60))
    assert few.is_quick
    assert many.seconds > few.seconds
    assert many.n == 60
