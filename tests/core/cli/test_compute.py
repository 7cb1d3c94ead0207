"""`grid` and `distance`: the files they write and what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.distances import parse_metric
from core.distances.matrix import full
from core.jobs.inputs import load


def plain(path):
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def test_grid_writes_ids_histograms_and_edges(run, folder, tmp_path):
    result = run("grid", str(folder), "-o", "grid.npz", "--groups", "20", "--bin-width", "0.5")
    assert result.exit_code == 0
    stored = plain(tmp_path / "grid.npz")
    assert stored["ids"].tolist() == ["Ag", "Al", "Cu", "Ni"]
    assert stored["grid"].shape == (4, 20, 20)
    np.testing.assert_allclose(stored["edges"], np.arange(21) * 0.5)
    np.testing.assert_allclose(stored["grid"].sum(axis=2), 1, atol=1e-5)


def test_describe_writes_ids_features_and_labels(run, folder, tmp_path):
    features = "structure_features(symprec=0.1)+composition_statistics"
    result = run("describe", str(folder), "-o", "f.npz", "--features", features)
    assert result.exit_code == 0
    stored = plain(tmp_path / "f.npz")
    assert stored["ids"].tolist() == ["Ag", "Al", "Cu", "Ni"]
    assert stored["features"].shape == (4, 19 + 132)
    columns = dict(zip(stored["labels"].tolist(), stored["features"].T, strict=True))
    np.testing.assert_array_equal(columns["space group number"], 225)
    np.testing.assert_array_equal(columns["MagpieData mean Number"], [47, 13, 29, 28])
    provenance = json.loads(str(stored["provenance"]))
    assert provenance["spec"]["resolved"]["features"][0]["spec"]["symprec"] == 0.1
    by_id = {row["id"]: row for row in map(json.loads, stored["failures"])}
    assert by_id["alloy"]["code"] == "DisorderedStructureError"


def test_describe_refuses_before_it_reads(run, folder):
    result = run("describe", str(folder), "-o", "f.npz", "--features", "soup")
    assert result.exit_code != 0
    assert "There is no descriptor 'soup'" in result.stderr


def test_failures_of_reading_and_of_describing_are_all_kept(run, folder, tmp_path):
    result = run("grid", str(folder), "-o", "grid.npz")
    rows = [json.loads(text) for text in plain(tmp_path / "grid.npz")["failures"]]
    assert {row["id"] for row in rows} == {"broken", "empty", "notes", "alloy"}
    by_id = {row["id"]: row for row in rows}
    assert by_id["alloy"]["code"] == "DisorderedStructureError"
    assert by_id["notes"]["code"] == "UnsupportedFormatError"
    assert "4 failures" in result.stderr
    assert "--disorder weights, ordered or drop-guests" in result.stderr


@pytest.mark.parametrize(("choice", "members"), [("weights", 5), ("ordered", 5), ("refuse", 4)])
def test_disorder_is_settled_as_chosen_and_recorded(run, folder, tmp_path, choice, members):
    run("distance", str(folder), "-o", "m.npz", "--disorder", choice)
    stored = plain(tmp_path / "m.npz")
    assert len(stored["ids"]) == members
    assert json.loads(str(stored["provenance"]))["request"]["disorder"] == choice


def test_centers_choose_among_elements(run, tmp_path):
    args = ("grid", "embedded:grid-report#RP-ninf", "--mode", "quantile")
    assert run(*args, "-o", "ti.npz", "--centers", "Ti").exit_code == 0
    assert run(*args, "-o", "sr.npz", "--centers", "Sr,").exit_code == 0
    ti, sr = plain(tmp_path / "ti.npz"), plain(tmp_path / "sr.npz")
    assert ti["grid"].shape == (1, 100, 24)
    # Ti-O is a / 2, Sr-O is a / sqrt(2).
    np.testing.assert_allclose(sr["grid"][0, 0] / ti["grid"][0, 0], np.sqrt(2), rtol=1e-5)


def test_distance_equals_the_library(run, folder, tmp_path):
    assert run("distance", str(folder), "-o", "m.npz").exit_code == 0
    stored = plain(tmp_path / "m.npz")
    crystals = [c for c in load([str(folder)], workers=0, examine=False).crystals if c.is_ordered]
    expected = full(parse_metric("grid-emd").embed(crystals))
    assert stored["ids"].tolist() == [c.id for c in crystals]
    assert stored["ids"].dtype.kind == "U"
    np.testing.assert_array_equal(stored["matrix"], expected)
    assert stored["matrix"][0, 1] > 0


def test_the_same_file_twice_gets_two_ids(run, folder, tmp_path):
    path = str(folder / "Cu.cif")
    assert run("distance", path, path, "-o", "m.npz").exit_code == 0
    stored = plain(tmp_path / "m.npz")
    assert len(set(stored["ids"].tolist())) == 2
    np.testing.assert_array_equal(stored["matrix"], 0)


@pytest.mark.parametrize("suffix", [".npy", ".zarr"])
def test_tiles_hold_the_same_matrix(run, folder, tmp_path, suffix):
    import zarr

    run("distance", str(folder), "-o", "m.npz")
    result = run("distance", str(folder), "-o", f"m{suffix}")
    assert result.exit_code == 0
    path = tmp_path / f"m{suffix}"
    matrix = np.load(path) if suffix == ".npy" else zarr.open_array(str(path))[:]
    whole, notes = plain(tmp_path / "m.npz"), plain(tmp_path / f"m{suffix}.ids.npz")
    np.testing.assert_array_equal(matrix, whole["matrix"])
    assert notes["ids"].tolist() == whole["ids"].tolist()
    assert notes["failures"].tolist() == whole["failures"].tolist()


def test_a_matrix_beyond_the_budget_is_refused_with_the_alternatives(run, monkeypatch, tmp_path):
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.0027")  # 2.8 MB: the features fit, no more
    result = run("distance", "embedded:aflow-prototypes", "-o", "m.npz")
    assert result.exit_code == 1
    assert "0.3 MB for the 288 x 288 distances" in result.stderr
    assert "`neighbors`" in result.stderr
    assert "FILE.npy" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("distance", "embedded:aflow-prototypes", "-o", "m.npy").exit_code == 0


BAD_REQUESTS = [
    (["--metric", "grid-emdd"], "Did you mean 'grid-emd'?"),
    (["--metric", "0*grid-emd"], "0.0"),
    (["--metric", "grid-emd(mode=fine)"], "'fine'"),
    (["--metric", "grid-emd(n_groups=many)"], "'many'"),
    (["--metric", ""], "can't be read"),
    (["--disorder", "ignore"], "'ignore'"),
    (["--threads", "0"], "--threads"),
    (["--frobnicate"], "--frobnicate"),
]


@pytest.mark.parametrize(("extra", "said"), BAD_REQUESTS)
def test_a_wrong_request_is_status_2_and_quotes_the_value(run, folder, tmp_path, extra, said):
    result = run("distance", str(folder), "-o", "m.npz", *extra)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "m.npz").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--groups", "0"), ("--groups", "x"), ("--bin-width", "nan"), ("--smearing", "-1"),
     ("--centers", "Xx"), ("--mode", "coarse")],
)  # fmt: skip
def test_bad_numbers_of_grid_are_status_2(run, folder, tmp_path, option, value):
    result = run("grid", str(folder), "-o", "g.npz", option, value)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("output", "status", "said"),
    [("m.csv", 2, "'.csv'"), ("none/m.npz", 2, "'none' does not exist"), ("", 2, "''"),
     ("taken.npz", 2, "is a folder already"), ("/proc/m.npz", 1, "can't be written")],
)  # fmt: skip
def test_outputs_that_can_not_be(run, folder, tmp_path, output, status, said):
    (tmp_path / "taken.npz").mkdir()
    (tmp_path / "taken.npz" / "precious").write_text("keep")
    result = run("distance", str(folder), "-o", output)
    assert result.exit_code == status
    assert said in result.stderr
    assert (tmp_path / "taken.npz" / "precious").read_text() == "keep"


def test_nothing_readable_writes_nothing(run, folder, tmp_path):
    result = run("distance", str(folder / "empty.cif"), "absent", "-o", "m.npz")
    assert result.exit_code == 1
    assert "Nothing readable" in result.stderr
    assert "absent" in result.stderr
    assert not (tmp_path / "m.npz").exists()


def test_provenance_travels_with_the_file(run, folder, tmp_path):
    run("distance", str(folder), "-o", "m.npz", "--metric", "2*grid-emd+composition-emd")
    origin = json.loads(str(plain(tmp_path / "m.npz")["provenance"]))
    assert origin["request"]["paths"] == [str(folder)]
    assert origin["spec"]["options"] == {"metric": "2*grid-emd+composition-emd"}
    assert [t["distance"] for t in origin["spec"]["resolved"]["terms"]] == [
        "grid-emd",
        "composition-emd",
    ]
    assert len(origin["input_digest"]) == 64
