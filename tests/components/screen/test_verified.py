"""The panel of verification: without the extra, with a result, after a round of learning."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.screen.verification_result import Shortlist, read, script, table
from components.screen.verified_rounds import enlarged, history_table, verified_crystals
from core.data import load_embedded
from core.data.prototype_elastic import unrelaxed
from core.errors import ShapeMismatchError
from core.jobs import JobSpec, run
from core.jobs.results import result_key, save_result
from core.jobs.verify import BULK, DOUBT
from core.library import Library
from core.library.library import crystals_digest
from core.verification import chgnet
from core.verification.hits import Window
from core.verification.relax import RelaxSpec
from core.verification.rounds import ROUND, read_history
from tests.pair_potential import Pairs

SPEC = JobSpec(task="verify", options=RelaxSpec().to_dict(), seed=0)
IDS = ("A1-Cu", "A1-Ag", "B2-AlCo")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def shortlist(window: Window | None = None, target: str = BULK) -> Shortlist:
    """Three unrelaxed metals with invented predictions."""
    known = {c.id: c for c in unrelaxed()}
    return Shortlist(
        tuple(known[name] for name in IDS), target, np.array([60.0, 90.0, np.nan]),
        np.array([5.0, 6.0, 7.0]), window or Window(low=50.0),
        bounds=np.array([[40, 80], [70, 110], [0, 1.0]]), level=0.9,
    )  # fmt: skip


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch):
    """The job on a pair potential, kept where the panel looks for it."""
    monkeypatch.setattr(chgnet, "CHGNet", Pairs)
    wanted = shortlist()
    done = run(SPEC, {"crystals": wanted.crystals})
    save_result(result_key(SPEC, crystals_digest(wanted.crystals)), done)
    return done


def _page(target: str) -> None:
    from components import state
    from components.screen.verified import verification_panel
    from tests.components.screen.test_verified import shortlist

    state.begin_page()
    verification_panel(shortlist(target=target), key="v")


def opened(target: str = BULK) -> AppTest:
    page = AppTest.from_function(_page, default_timeout=60, kwargs={"target": target}).run()
    assert not page.exception
    return page


def test_without_the_extra_the_panel_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chgnet, "is_installed", lambda: False)
    page = opened()
    assert "not installed" in page.info[0].value
    assert page.code[0].value == chgnet.INSTALL
    assert not [b for b in page.button if b.label == "Verify"]


def test_with_the_extra_it_asks_before_it_begins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chgnet, "is_installed", lambda: True)
    page = opened()
    assert "3 crystals: about" in page.info[0].value.replace("\\", "")
    assert [b for b in page.button if b.label == "Verify"]


def test_a_property_that_it_does_not_compute_is_said():
    assert "can't be verified by CHGNet" in opened("band_gap_eV").info[0].value


def test_a_result_is_shown_with_its_counts(result, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chgnet, "is_installed", lambda: False)  # what is known needs none
    page = opened()
    shown = {m.label: m.value for m in page.metric}
    found = read(shortlist(), result, BULK)
    assert shown["Verified"] == f"{found.parity.n} of 3"
    assert shown["Hits"] == f"{found.parity.hits.hits} of {found.parity.n}"
    low, high = 100 * found.parity.hits.low, 100 * found.parity.hits.high
    assert shown["Hit rate, 95% interval"] == f"{low:.0f} to {high:.0f}%"
    frame = page.dataframe[0].value
    assert frame["Id"].tolist() == list(IDS)
    assert len(page.get("plotly_chart")) == 2


def test_rows_without_prediction_or_with_doubt_do_not_count(result):
    found = read(shortlist(), result, BULK)
    assert found.parity.rows.tolist() == [0, 1]  # of the third nothing was predicted
    assert np.isfinite(found.values).all()
    out = {**result.outputs, DOUBT: np.array(["", "residual", ""])}
    doubted = type(result)(out, result.failures, result.provenance)
    found = read(shortlist(), doubted, BULK)
    assert found.parity.rows.tolist() == [0]
    assert table(found)["hit"][1] is None
    assert "deviation of the fit" in table(found)["doubt"][1]
    # An energy needs no fit to be trusted.
    assert read(shortlist(), doubted, "energy_eV_per_atom").parity.rows.tolist() == [0, 1]


def test_the_script_is_python_and_counts_alike(result, tmp_path, capsys, monkeypatch):
    from core.io.write import write

    found = read(shortlist(), result, BULK)
    text = script(found, RelaxSpec())
    ast.parse(text)
    folder = tmp_path / "shortlist"
    folder.mkdir()
    for crystal in found.shortlist.crystals:
        (folder / f"{crystal.id}.cif").write_bytes(write([crystal], "cif"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(chgnet, "CHGNet", Pairs)
    exec(compile(text, "script", "exec"), {})
    rate = found.parity.hits
    assert f"HitRate(hits={rate.hits}, n={rate.n}" in capsys.readouterr().out


def test_verified_crystals_carry_the_value_under_the_target_s_name(result):
    found = read(shortlist(target="bulk_modulus_vrh_GPa"), result, BULK)
    given = verified_crystals(found, relaxed=False)
    relaxed = verified_crystals(found, relaxed=True)
    assert [c.id for c in given] == [c.id for c in relaxed] == list(IDS[:2])
    for i, (a, b) in enumerate(zip(given, relaxed, strict=True)):
        assert a.digest == found.shortlist.crystals[i].digest != b.digest
        assert a.properties["bulk_modulus_vrh_GPa"] == b.properties[BULK] == found.values[i]


def test_the_enlarged_library_keeps_its_record(result):
    library = Library.embedded("prototype-elastic").keeping(IDS, "three")
    found = read(shortlist(), result, BULK)
    grown = enlarged(library, verified_crystals(found, relaxed=False), 1)
    assert grown.ids == (*library.ids, "A1-Cu~2", "A1-Ag~2")
    assert grown.crystals[-1].properties[ROUND] == 1
    assert grown.decisions[-1] == "round 1: 2 crystals added, verified by CHGNet 0.3.0"


def test_predictions_belong_to_crystals():
    with pytest.raises(ShapeMismatchError):
        Shortlist(unrelaxed()[:2], BULK, np.zeros(3), np.zeros(2), Window())


OPTIONS = {
    "model": {"key": "ridge", "features": "composition_statistics"}, "conformal": None, "seed": 1,
}  # fmt: skip


def _rounds_page() -> None:
    from components import jobs, state
    from components.screen.verification_result import read
    from components.screen.verified_rounds import rounds_panel
    from core.jobs.results import result_key
    from core.jobs.verify import BULK
    from core.library import Library
    from core.library.library import crystals_digest
    from tests.components.screen.test_verified import OPTIONS, SPEC, shortlist

    state.begin_page()
    wanted = shortlist()
    result = jobs.stored(result_key(SPEC, crystals_digest(wanted.crystals)))
    library = state.library()
    if library is None:
        every = Library.embedded("prototype-elastic")
        library = every.keeping(every.ids[1::60], "every 60th")
    rounds_panel(read(wanted, result, BULK), library, OPTIONS, key="r")


def test_a_round_is_offered_and_its_outcome_shown(result):
    page = AppTest.from_function(_rounds_page, default_timeout=60).run()
    assert not page.exception
    assert "2 verified crystals join" in page.info[0].value
    every = Library.embedded("prototype-elastic")
    library = every.keeping(every.ids[1::60], "every 60th")
    fresh = verified_crystals(read(shortlist(), result, BULK), relaxed=False)
    from components.screen.verified_rounds import _digest, _spec

    task, digest = _spec(BULK, OPTIONS, ()), _digest(BULK, library, fresh)
    done = run(task, {"crystals": library.crystals, "verified": fresh})
    save_result(result_key(task, digest), done)
    page.run()
    assert not page.exception
    history = read_history(json.loads(str(done.outputs["history"])), BULK)
    shown = {m.label: m.value for m in page.metric}
    assert shown["Joined"] == "2"
    assert shown["Mean absolute error"].startswith(f"{history[0].after['mae'][0]:.3g}")
    (row,) = history_table(history)
    assert row["learnt_from"] == history[0].n_after
    page.button(key="r.use").click().run()
    assert not page.exception
    assert any("in the training set already" in info.value for info in page.info)
    assert len(page.get("plotly_chart")) == 1  # the history stays in sight


def test_the_stored_set_is_what_the_panel_s_ids_name():
    assert set(IDS) <= {c.id for c in load_embedded("prototype-elastic")}
