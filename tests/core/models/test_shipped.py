"""Shipped models: the file is the one of its card, and its stated error is found again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import UnknownNameError
from core.models import prepare
from core.models.persistence import load_model, read_manifest
from core.models.shipped import FOLDER, shipped_model, shipped_models

LARGEST = 4_000_000  # bytes
SPLITS = ("random", "chemical_system", "held_out")


@pytest.mark.parametrize("key", list(shipped_models()))
def test_file_and_card_belong_together(key: str) -> None:
    shipped = shipped_model(key)
    manifest, card = read_manifest(shipped.path), shipped.card
    assert shipped.path.stat().st_size == card["bytes"] < LARGEST
    assert manifest["model"]["target"] == card["target"]
    assert manifest["model"]["spec"] == card["spec"]
    assert len(manifest["model"]["ids"]) == card["n_training"]
    assert manifest["versions"] == card["versions"]
    assert manifest["conformal"] is not None
    model = load_model(shipped.path)
    assert model.domain is not None
    assert len(model.domain.nearest) > 0


@pytest.mark.parametrize("key", list(shipped_models()))
def test_the_card_states_errors_beside_the_baseline(key: str) -> None:
    shipped = shipped_model(key)
    for split in SPLITS:
        mae = shipped.error(split)
        assert mae["low"] < mae["value"] < mae["high"] < 0.5 * mae["baseline"]
        assert abs(shipped.card[split]["coverage"]["0.9"] - 0.9) < 0.05
    random, chemical = (shipped.error(split)["value"] for split in SPLITS[:2])
    assert random < chemical, "new chemical systems are harder"
    assert "not from DFT" in shipped.card["limits"]
    assert shipped.card["made_by"].startswith("python -m makers.")
    with pytest.raises(UnknownNameError):
        shipped.error("moon")


def test_the_held_out_error_is_found_again() -> None:
    """Every fifth of the crystals that are in no part of the file."""
    shipped = shipped_model("bulk-modulus")
    model, told = load_model(shipped.path), shipped.card["held_out"]
    rows = np.arange(0, len(told["ids"]), 5)
    wanted = [told["ids"][i] for i in rows]
    assert not set(told["ids"]) & set(model.ids)
    members = {c.id: c for c in load_embedded("prototype-elastic")}
    data, _, failures = prepare([members[name] for name in wanted], model.needs)
    assert not failures
    found = model.predict(data, levels=(0.9,))
    np.testing.assert_allclose(found.mean, np.array(told["predicted_GPa"])[rows], rtol=1e-5)
    truth = np.array([members[name].properties["bulk_modulus_GPa"] for name in wanted])
    np.testing.assert_allclose(truth, np.array(told["known_GPa"])[rows], rtol=1e-5)
    everything = np.abs(np.array(told["predicted_GPa"]) - np.array(told["known_GPa"])).mean()
    assert everything == pytest.approx(told["metrics"]["mae"]["value"], rel=1e-4)
    mae = np.abs(found.mean - truth).mean()
    assert told["metrics"]["mae"]["low"] * 0.7 < mae < told["metrics"]["mae"]["high"] * 1.3


def test_held_out_chemical_systems_are_whole() -> None:
    shipped = shipped_model("bulk-modulus")
    model, told = load_model(shipped.path), shipped.card["held_out"]
    members = {c.id: "-".join(sorted(c.elements)) for c in load_embedded("prototype-elastic")}
    assert not {members[i] for i in told["ids"]} & {members[i] for i in model.ids}


def test_unknown_and_changed_files_are_told() -> None:
    with pytest.raises(UnknownNameError, match="bulk-modulus"):
        shipped_model("moon")
    for path in FOLDER.glob("*.json"):
        assert json.loads(path.read_text("utf-8"))["key"] == path.stem
