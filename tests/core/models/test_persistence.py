"""Model files: the same predictions after a round trip; everything else refused in words."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelFileError
from core.hashing import bytes_digest, mapping_digest
from core.models import MODELS, Target, fit
from core.models.audit import audit_trees
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.persistence import load_model, model_bytes, read_manifest, save_model
from tests.core.models.test_contract import own_problem, small_spec
from tests.core.models.training import table

SAME = 1e-12


@pytest.mark.parametrize("key", list(MODELS))
def test_a_saved_model_predicts_the_same(key: str, tmp_path: Path) -> None:
    spec, inputs, target = own_problem(key)
    model = fit_conformal(
        key, inputs, target, spec=spec, conformal=ConformalSpec(method="cv+", folds=3)
    )
    path = tmp_path / "model.gsmodel"
    save_model(model, path)
    again = load_model(path)
    a, b = (m.predict(inputs, levels=(0.5,)) for m in (model, again))
    np.testing.assert_allclose(a.mean, b.mean, rtol=SAME)
    np.testing.assert_allclose(a.std, b.std, rtol=1e-9)
    np.testing.assert_allclose(a.intervals, b.intervals, rtol=1e-9)
    assert (again.ids, again.spec, again.seed) == (model.ids, model.spec, model.seed)
    assert again.chosen == model.chosen


def test_a_constant_model_is_saved_too() -> None:
    inputs, _ = table(10, 2, noise=0)
    model = fit("ridge", inputs, Target("y", np.ones(10)), spec=small_spec("ridge"))
    assert (load_model(model_bytes(model)).predict(inputs).mean == 1).all()


def test_the_manifest_says_what_it_is() -> None:
    inputs, target = table(10, 2, noise=0)
    data = model_bytes(fit("ridge", inputs, target, spec=small_spec("ridge")))
    manifest = read_manifest(data)
    assert manifest["model"]["key"] == "ridge"
    assert manifest["model"]["target"] == "y"
    assert manifest["versions"]["scikit-learn"]


def small_file(key: str = "ridge") -> bytes:
    inputs, target = table(20, 2, noise=0.1)
    return model_bytes(fit(key, inputs, target, spec=small_spec(key)))


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read("manifest.json")), archive.read("state.skops")


def packed(manifest: dict[str, Any], state: bytes, *, sign: bool = True) -> bytes:
    """A file as an attacker would make it, digests and all."""
    if sign:
        manifest["state_sha256"] = bytes_digest(state)
        manifest.pop("digest", None)
        manifest["digest"] = mapping_digest(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("state.skops", state)
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", pickle.dumps({"a": 1}), b"PK\x03\x04" + bytes(100)]
)
def test_what_is_no_model_file_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError, match="no model file"):
        load_model(data)


def test_another_zip_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(1))
    with pytest.raises(ModelFileError, match="no model file"):
        load_model(out.getvalue())


def test_every_flipped_byte_is_noticed_or_harmless() -> None:
    data = small_file()
    inputs, _ = table(20, 2, noise=0.1)
    expected = load_model(data).predict(inputs).mean
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.choice(len(data), 150, replace=False):
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        try:
            found = load_model(bytes(changed)).predict(inputs).mean
        except ModelFileError:
            refused += 1
            continue
        np.testing.assert_array_equal(found, expected)  # a date, say: nothing that matters
    assert refused > 100


def test_a_changed_manifest_is_refused() -> None:
    manifest, state = parts(small_file())
    manifest["model"]["target"] = "another"
    with pytest.raises(ModelFileError, match="changed after it was saved"):
        load_model(packed(manifest, state, sign=False))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("model", "key"), "no-such-model", "no-such-model"),
        (("model", "spec"), {"nonsense": 1}, "no option 'nonsense'"),
        (("model", "version"), 99, "other numbers"),
        (("model", "range"), [1], "lacks what it must hold"),
        (("schema",), 99, "schema 99"),
        (("versions", "scikit-learn"), "0.1.0", "0.1.0"),
    ],
)
def test_a_signed_but_wrong_manifest_is_refused_in_words(
    path: tuple[str, ...], value: Any, words: str
) -> None:
    manifest, state = parts(small_file())
    place = manifest
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(ModelFileError, match=words):
        load_model(packed(manifest, state))


class Harmful:
    """What an attacker would like to be built."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("harm",)


def test_types_that_no_model_holds_are_refused_before_they_are_built(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import operator
    from functools import partial

    import skops.io
    from sklearn.linear_model import Ridge

    manifest, _ = parts(small_file())
    for harm in (partial(print, "harm"), operator.methodcaller("upper"), print, Ridge()):
        state = skops.io.dumps({"model": {"coefficients": harm}})
        with pytest.raises(ModelFileError, match="no model of Gridscope"):
            load_model(packed(dict(manifest), state))
    assert "harm" not in capsys.readouterr().out


@pytest.mark.parametrize("key", ["extra-trees", "hist-gradient-boosting", "gradient-boosting"])
@pytest.mark.parametrize("fault", ["branch", "loop", "feature"])
def test_trees_that_lead_nowhere_are_refused(key: str, fault: str) -> None:
    inputs, target = table(200, 2, noise=0.1)
    state = fit(key, inputs, target, spec=small_spec(key)).state
    audit_trees(state)
    if key == "hist-gradient-boosting":
        nodes = state["estimator"]._predictors[0][0].nodes
        names = {
            "branch": ("left", len(nodes)),
            "loop": ("right", 0),
            "feature": ("feature_idx", 2),
        }
        name, value = names[fault]
        nodes[name][0] = value
    else:
        tree = np.ravel(state["estimator"].estimators_)[0].tree_
        arrays = {
            "branch": (tree.children_left, tree.node_count), "loop": (tree.children_right, 0),
            "feature": (tree.feature, 2),
        }  # fmt: skip
        array, value = arrays[fault]
        array[0] = value
    with pytest.raises(ModelFileError, match=r"leads nowhere|feature it lacks"):
        audit_trees(state)


def test_a_state_nested_without_end_is_refused() -> None:
    import sys

    import skops.io

    manifest, _ = parts(small_file())
    deep: Any = {}
    for _ in range(600):
        deep = {"a": deep}
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(20 * usual)
    try:
        state = skops.io.dumps({"model": deep})
    finally:
        sys.setrecursionlimit(usual)
    with pytest.raises(ModelFileError, match=r"RecursionError|can't be read"):
        load_model(packed(manifest, state))


def test_an_array_that_claims_to_be_huge_is_refused() -> None:
    manifest, state = parts(small_file())
    with zipfile.ZipFile(io.BytesIO(state)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = next(n for n in files if n.endswith(".npy"))
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**14,)}
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, header)
    files[name] = out.getvalue()
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    with pytest.raises(ModelFileError):
        load_model(packed(manifest, again.getvalue()))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"'none\.gsmodel' can't be read"):
        load_model(tmp_path / "none.gsmodel")


def test_a_bomb_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.001")
    manifest, _ = parts(small_file())
    with pytest.raises(ModelFileError, match="more than this machine"):
        load_model(packed(manifest, bytes(10**6)))


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "a\0b.gsmodel", "."])
def test_what_is_no_file_is_not_read(name: str) -> None:
    with pytest.raises(ModelFileError, match=r"is no file|can't be read"):
        load_model(Path(name))
