"""Paths to crystals: files, embedded sets, one of a set, and the decision on disorder."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InputError, InvalidSpecError, UnknownNameError
from core.io.write import to_cif
from core.jobs.inputs import DISORDER_CHOICES, load, load_one, settle_disorder, split_path


@pytest.fixture
def files(tmp_path, monkeypatch, rocksalt, perovskite):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.cif").write_text(to_cif(rocksalt.with_(id="a")))
    (tmp_path / "b").write_text("what stands before the # of the next")
    (tmp_path / "b#1.cif").write_text(to_cif(perovskite.with_(id="b")))
    (tmp_path / "two.cif").write_text(
        to_cif(rocksalt.with_(id="one")) + to_cif(perovskite.with_(id="two"))
    )
    (tmp_path / "empty.cif").write_text("")
    return tmp_path


def read(*paths):
    return load(paths, workers=0, examine=False)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.cif", ("a.cif", "")),
        ("a.cif#x", ("a.cif", "x")),
        ("a.cif#x#y", ("a.cif", "x#y")),
        ("b#1.cif", ("b#1.cif", "")),
        ("b#1.cif#b", ("b#1.cif", "b")),
        ("absent.cif#x", ("absent.cif#x", "")),
        ("#x", ("#x", "")),
        ("embedded:elements", ("embedded:elements", "")),
        ("embedded:elements#Cu", ("embedded:elements", "Cu")),
    ],
)
def test_only_what_does_not_exist_is_taken_apart(files, path, expected):
    assert split_path(path) == expected


def test_order_of_the_paths_is_kept(files):
    report = read("two.cif", "embedded:elements#Cu", "a.cif")
    assert [c.formula for c in report.crystals] == ["NaCl", "SrTiO3", "Cu", "NaCl"]
    assert len(report.examinations) == 4
    assert [e.crystal_id for e in report.examinations] == [c.id for c in report.crystals]


def test_choosing_by_id_or_by_source(files):
    whole = read("two.cif")
    for crystal in whole.crystals:
        assert [c.digest for c in read(f"two.cif#{crystal.id}").crystals] == [crystal.digest]
        assert [c.digest for c in read(crystal.source).crystals] == [crystal.digest]


def test_a_wrong_choice_is_a_failure_that_names_the_right_ones(files):
    report = read("two.cif#thre", "a.cif", "empty.cif#x", "absent#x")
    assert [c.formula for c in report.crystals] == ["NaCl"]
    wrong, empty, absent = report.failures
    assert "holds no crystal 'thre'" in wrong.message
    assert all(c.id in wrong.hint for c in read("two.cif").crystals)
    assert "empty" in empty.message
    assert "no such file" in absent.message


def test_ids_are_unique_over_all_sources(files):
    report = read(
        "a.cif", "a.cif", "embedded:elements", "embedded:elements#Cu", "embedded:elements#Cu"
    )
    ids = [crystal.id for crystal in report.crystals]
    assert len(ids) == len(set(ids)) == 2 + len(load_embedded("elements")) + 2
    assert ids[:2] == ["a", "a-2"]
    assert [card.crystal_id for card in report.examinations] == ids
    assert any("'Cu' was taken" in f.message for f in report.examinations[-1].findings)


def test_an_unknown_set_is_an_unknown_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'elements'"):
        read("embedded:element")


def test_load_one(files):
    assert load_one("a.cif", workers=0).formula == "NaCl"
    with pytest.raises(InputError, match="holds 2 crystals") as info:
        load_one("two.cif", workers=0)
    chosen = info.value.hint.removeprefix("Choose one: ")
    assert load_one(chosen, workers=0).formula == "NaCl"
    with pytest.raises(InputError, match=r"a\.cif holds no crystal 'z'"):
        load_one("a.cif#z", workers=0)
    with pytest.raises(InputError, match=r"empty\.cif: The file is empty"):
        load_one("empty.cif", workers=0)


def test_records_of_a_json_file_by_id(tmp_path, rocksalt, perovskite):
    from core.io.convert import to_pymatgen

    records = [
        {"material_id": name, "structure": to_pymatgen(crystal).as_dict()}
        for name, crystal in (("mp-1", rocksalt), ("mp-2", perovskite))
    ]
    path = tmp_path / "set.json"
    path.write_text(json.dumps(records))
    assert load_one(f"{path}#mp-2", workers=0).formula == "SrTiO3"


@pytest.fixture
def alloy(hcp_metal):
    """Mg0.75Al0.25 on both sites."""
    return hcp_metal.with_(
        id="alloy", frac=np.repeat(hcp_metal.frac, 2, axis=0), numbers=[12, 13, 12, 13],
        occupancy=[0.75, 0.25] * 2, position=[0, 0, 1, 1],
    )  # fmt: skip


def test_disorder_is_settled_as_asked(alloy, rocksalt):
    for choice in ("refuse", "weights"):
        assert settle_disorder([alloy, rocksalt], choice) == ([alloy, rocksalt], ())
    (ordered, same), failures = settle_disorder([alloy, rocksalt], "ordered")
    assert ordered.is_ordered
    assert ordered.id == "alloy"
    assert same is rocksalt
    assert failures == ()


def test_what_can_not_be_settled_becomes_a_failure(rocksalt, hcp_metal):
    ghost = hcp_metal.with_(id="ghost", occupancy=[0.5, 0.5])
    kept, failures = settle_disorder([ghost, rocksalt], "drop-guests")
    assert rocksalt in kept
    assert len(kept) + len(failures) == 2


def test_an_unknown_choice_is_refused():
    with pytest.raises(InvalidSpecError, match="'maybe'") as info:
        settle_disorder([], "maybe")
    assert all(choice in info.value.hint for choice in DISORDER_CHOICES)
