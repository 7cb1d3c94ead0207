"""The Candidates page shows the candidates of the core, says why there are none, writes them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.screen import candidates_made
from components.screen.candidates_made import Made
from components.screen.candidates_shown import frame, why_none
from components.screen.candidates_shown_files import SOURCE, best, bundle, table_csv
from core.cli.screening import _arrays
from core.elements import ATOMIC_NUMBERS
from core.jobs import JobSpec, run
from core.library import Library
from core.library.export import cif_zip
from core.screening.candidates import Candidates
from core.types import Crystal, Examination, ParseReport
from tests.pages.made_runs import ROOT

PAGE = "pages/screen/candidates.py"
OPTIONS = {"source": "ions", "per_parent": 5, "max_changed": 1}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


def rocksalt(a: str = "Na", b: str = "Cl", occupancy: float = 1.0) -> Crystal:
    corners = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    return Crystal(
        f"{a}{b}", 5.64 * np.eye(3), np.vstack([corners, (corners + [0.5, 0, 0]) % 1]),
        np.repeat([ATOMIC_NUMBERS[a], ATOMIC_NUMBERS[b]], 4), occupancy=np.full(8, occupancy),
    )  # fmt: skip


def library(*crystals: Crystal) -> Library:
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    return Library("Rock salts", "files", ParseReport(crystals, (), cards))


def opened(at_hand: Library | None, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    if at_hand is not None:
        app.session_state["gridscope.library"] = at_hand
    app.switch_page(PAGE)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error, *page.success, *page.text]
    return "\n".join(p.value for p in parts).replace("\\", "")


def computed(at_hand: Library, known: str = "", how: str = "substitution", **changed) -> Made:
    """What the page should show, by the core alone."""
    from core.jobs.inputs import load

    kind = candidates_made.WAYS[how]
    options = kind.from_dict({**OPTIONS, **changed}).to_dict()
    asked = {"how": how, "seed": 0, "options": options, "duplicates": 0.1}
    spec = JobSpec(task="candidates", options=asked, seed=0)
    crystals = load([known]).crystals if known else ()
    result = run(spec, {"crystals": at_hand.crystals, "known": crystals})
    found = Candidates.from_arrays(result.outputs)
    return Made(at_hand, spec, known, result, "d", found, json.loads(str(result.outputs["made"])))


def metrics(page: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in page.metric}


def test_without_crystals_it_says_what_to_do() -> None:
    page = opened(None)
    assert not page.exception
    assert "No crystals yet" in texts(page)
    assert {b.key for b in page.button} == {"empty.prototype-elastic", "empty.elements"}


def test_candidates_of_one_crystal_are_the_cores() -> None:
    at_hand = library(rocksalt())
    page = opened(at_hand, make="source:ions,per_parent:5,max_changed:1")
    assert not page.exception
    made = computed(at_hand)
    assert len(made.found) > 1
    shown = page.dataframe[0].value
    assert shown["Formula"].tolist() == made.found.formulas.tolist()
    assert shown["Probability"].tolist() == pytest.approx(made.found.probability.tolist())
    assert shown["Replaced"].tolist() == [made.found.changes(i) for i in range(len(made.found))]
    assert set(shown["Parent"]) == {"NaCl"}
    n = made.counts
    said = metrics(page)
    assert said["Proposed"] == f"{n['proposed']:,}"
    assert said["Known"] == f"{n['known']:,}"
    assert said["Candidates"] == f"{len(made.found):,}"
    left_out = n["known"] + n["duplicates"] + n["near_duplicates"] + n["unlikely"]
    assert n["proposed"] - left_out == n["candidates"] == len(made.found)
    child, parent = made.found.crystal(0), at_hand.crystals[0]
    assert f"{child.volume / parent.volume:.3f} times" in texts(page)  # as many sites


def test_options_stand_in_the_address() -> None:
    page = opened(library(rocksalt()), how="decoration", seed="7", near="0", exclude="F O")
    assert not page.exception
    page.number_input(key="candidates.decoration.per_parent").set_value(3).run()
    assert page.query_params["make"] in ("per_parent:3", ["per_parent:3"])
    assert page.query_params["seed"] in ("7", ["7"])
    shown = page.dataframe[0].value
    assert len(shown) == 3
    assert not any({"F", "O"} & set(text.replace(",", "").split()) for text in shown["Replaced"])


def test_an_address_that_makes_no_sense_is_the_default() -> None:
    page = opened(library(rocksalt()), how="alchemy", seed="-3", near="x", make="source:tea",
                  known="nowhere", exclude="Xx")  # fmt: skip
    assert not page.exception
    assert page.number_input(key="candidates.seed").value == 0
    assert page.number_input(key="candidates.near").value == 0.1


def test_likelihoods_that_cant_be_mined_are_explained() -> None:
    page = opened(library(rocksalt()))
    assert not page.exception
    assert "differ in one element" in page.error[0].value.replace("\\", "")
    assert "ions" in texts(page)
    page.selectbox(key="candidates.substitution.source").set_value("mendeleev").run()
    assert not page.error
    assert int(metrics(page)["Candidates"]) > 0


def test_few_mined_pairs_are_told() -> None:
    page = opened(library(rocksalt(), rocksalt("K"), rocksalt("Rb")))
    assert not page.exception
    assert "3 pairs of crystals" in texts(page)
    assert "with ions or mendeleev" in texts(page)


def test_disordered_crystals_are_rows_not_parents() -> None:
    mixed = rocksalt("K", "Br", 0.5)
    page = opened(library(rocksalt(), mixed), make="source:ions,per_parent:5,max_changed:1")
    assert not page.exception
    rows = [d.value for d in page.dataframe if "Reason" in d.value]
    assert rows[0]["Id"].tolist() == ["KBr"]
    assert "partially occupied" in rows[0]["Reason"][0]
    alone = opened(library(mixed), make="source:ions")
    assert not alone.exception
    assert "No crystal can be a template" in texts(alone)


def test_why_nothing_is_left_names_the_step() -> None:
    at_hand = library(rocksalt())
    told = {
        "at most 4 atoms": computed(at_hand, max_atoms=4),
        "likely substitute": computed(at_hand, exclude=tuple(candidates_made.SYMBOLS[1:])),
        "charge balance": computed(at_hand, exclude=tuple(candidates_made.SYMBOLS[1:]),
                                   charge_balance=True),
    }  # fmt: skip
    for words, made in told.items():
        assert not len(made.found)
        assert words in why_none(made)
    made = computed(at_hand)
    counts = {**made.counts, "known": made.counts["proposed"]}
    assert "are known" in why_none(replace(made, counts=counts))
    page = opened(at_hand, make="source:ions", more="max_atoms:4")
    assert "at most 4 atoms" in texts(page)


def test_known_crystals_are_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    at_hand = library(rocksalt())
    child = computed(at_hand).found.crystal(0)
    monkeypatch.setattr(candidates_made, "_known", lambda: "workspace:mine")
    monkeypatch.setattr(candidates_made, "known_crystals", lambda name: (child,))
    page = opened(at_hand, make="source:ions,per_parent:5,max_changed:1")
    assert not page.exception
    formulas = page.dataframe[0].value["Formula"].tolist()
    assert formulas == [f for f in computed(at_hand).found.formulas if f != child.formula]
    assert metrics(page)["Known"] == "1"


def test_long_ones_ask_before_they_begin() -> None:
    page = opened(library(rocksalt()), make="source:ions", known="embedded:prototype-elastic")
    assert not page.exception
    assert [b.label for b in page.button if b.key == "candidates.job.start"] == ["Make candidates"]
    assert not page.dataframe
    assert not page.metric


def test_the_best_become_the_crystals_at_hand() -> None:
    at_hand = library(rocksalt())
    page = opened(at_hand, make="source:ions,per_parent:5,max_changed:1")
    made = computed(at_hand)
    page.number_input(key=next(n.key for n in page.number_input if "best" in n.key)).set_value(2)
    page.run()
    page.button(key="candidates.open").click().run()
    assert not page.exception
    now: Library = page.session_state["gridscope.library"]
    assert now.ids == tuple(made.found.ids[:2])
    assert now.source == SOURCE
    assert "ions" in now.decisions[-1]
    assert "seed 0" in now.decisions[-1]
    assert f"the likeliest 2 of {len(made.found)}" in now.decisions[-1]
    assert "2 candidates" in texts(page)
    page.button(key="library.undo").click().run()
    assert page.session_state["gridscope.library"].ids == ("NaCl",)


def test_more_than_a_library_holds_is_cut() -> None:
    made = computed(library(rocksalt()))
    opened_ = best(made, 3)
    assert len(opened_) == 3
    first, source = opened_.crystals[0], made.library.crystals[0]
    assert first.frac == pytest.approx(source.frac)
    assert first.lattice == pytest.approx(source.lattice * made.found.scale[0])
    assert first.properties["substitution_probability"] == float(made.found.probability[0])


def test_files_hold_all_candidates(tmp_path: Path) -> None:
    made = computed(library(rocksalt(), rocksalt("K", "Br")))
    rows = list(csv.DictReader(io.StringIO(table_csv(made).decode())))
    assert [r["id"] for r in rows] == made.found.ids
    assert [r["substitution"] for r in rows] == frame(made, range(len(rows)))["Replaced"].tolist()
    with zipfile.ZipFile(io.BytesIO(bundle(made))) as archive:
        names = set(archive.namelist())
        assert {"candidates.csv", "candidates.npz", "script.py", "references.bib"} <= names
        (tmp_path / "c.npz").write_bytes(archive.read("candidates.npz"))
        assert "abn4117" in archive.read("references.bib").decode()
    again = Candidates.from_arrays(_arrays(str(tmp_path / "c.npz")))  # as the command reads it
    assert again.ids == made.found.ids
    assert again.crystal(1).digest == made.found.crystal(1).digest
    with zipfile.ZipFile(io.BytesIO(cif_zip(best(made, 2)))) as archive:
        assert sum(name.endswith(".cif") for name in archive.namelist()) == 2


def test_the_code_shown_makes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from core import data

    at_hand = Library.embedded("elements")
    made = computed(at_hand, per_parent=2)
    assert "load_embedded('elements')" in candidates_made.script(made)
    place: dict[str, object] = {}
    monkeypatch.setattr("builtins.print", lambda *_: None)
    exec(candidates_made.script(made), place)
    assert place["found"].ids == made.found.ids  # type: ignore[attr-defined]
    assert len(data.load_embedded("elements")) == len(at_hand)
