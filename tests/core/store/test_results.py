"""Results and jobs: nothing computed twice, nothing lost, nothing left over."""

from __future__ import annotations

import os
import time

import numpy as np
import pyarrow as pa
import pytest

from core.errors import InvalidSpecError, SchemaError, StoreUnavailableError, UnknownNameError
from core.partitions.conditions import Between
from core.partitions.query import CandidateTable
from core.store.blobs import Blob, Blobs
from core.store.results import result_key
from core.store.workspaces import open_store
from core.types import Crystal


def _old(store) -> None:
    """Make all files of results older than any grace."""
    for path in store.blobs.folder.glob("*/*"):
        os.utime(path, (time.time() - 10 * 3600,) * 2)


def _files(store) -> list:
    return [path for path in store.blobs.folder.glob("*/*") if path.is_file()]


def test_arrays_survive_a_restart_and_large_ones_are_mapped(store):
    large, ids = np.random.default_rng(0).random((400, 400)), np.array(["é", "b<c>"])
    results = store.create("a").results
    results.save_arrays("k", {"matrix": large, "ids": ids}, kind="distance", label="<b>",
                        spec={"metric": "grid-emd", "n": np.int64(3)})  # fmt: skip
    store.close()
    with open_store() as again:
        back = again.workspace("a").results
        (result,) = back.all("distance")
        assert (result.label, dict(result.spec), result.imported) == (
            "<b>", {"metric": "grid-emd", "n": 3}, False
        )  # fmt: skip
        assert result.n_bytes > large.nbytes
        assert back.all("model") == []
        arrays = back.arrays("k")
        assert isinstance(arrays["matrix"], np.memmap)
        assert np.array_equal(arrays["matrix"], large)
        assert arrays["ids"].tolist() == ids.tolist()
        for array in arrays.values():
            with pytest.raises(ValueError, match="read-only"):
                array[0] = array[1]
        del arrays, array


def test_a_key_changes_with_all_that_decides_a_result(rocksalt: Crystal):
    base = {"input_digest": rocksalt.digest, "spec": {"n": 1}, "version": "1"}
    keys = {
        result_key("descriptor", **base), result_key("distance", **base),
        result_key("descriptor", **{**base, "spec": {"n": 2}}),
        result_key("descriptor", **{**base, "version": "2"}),
        result_key("descriptor", **{**base, "input_digest": "x"}),
    }  # fmt: skip
    assert len(keys) == 5
    assert result_key("descriptor", **base) in keys


def test_what_one_workspace_computed_another_need_not(store):
    first, second = store.create("a"), store.create("b")
    assert second.results.find("k") is None
    first.results.save_arrays("k", {"x": np.arange(5)}, kind="descriptor")
    assert second.results.find("k").kind == "descriptor"
    assert len(_files(store)) == 1, "the file is shared"
    store.remove("a")
    _old(store)
    store.create("c")
    store.remove("c")  # sweeps
    assert second.results.arrays("k")["x"].tolist() == [0, 1, 2, 3, 4]


def test_equal_contents_are_kept_once_and_go_with_the_last_name(store):
    results = store.create("a").results
    for key in ("k1", "k2"):
        results.save_arrays(key, {"x": np.zeros(9)}, kind="descriptor")
    assert len(_files(store)) == 1
    _old(store)
    results.remove("k1")
    assert len(_files(store)) == 1
    assert results.arrays("k2")["x"].tolist() == [0.0] * 9
    results.remove("k2")
    assert _files(store) == []
    with pytest.raises(UnknownNameError):
        results.arrays("k2")


def test_a_young_file_is_not_swept(store):
    """Another process may have written it and be about to name it."""
    workspace = store.create("a")
    blob = store.blobs.put(lambda path: path.write_bytes(b"new"), ".bin")
    workspace.results.remove("nothing")
    assert store.blobs.path(blob).read_bytes() == b"new"
    _old(store)
    workspace.results.remove("nothing")
    assert _files(store) == []


def test_a_file_that_is_gone_or_cut_short_is_told(store):
    results = store.create("a").results
    results.save_arrays("k", {"x": np.arange(100)}, kind="descriptor")
    (path,) = _files(store)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(SchemaError, match="no longer on disk"):
        results.arrays("k")
    path.unlink()
    with pytest.raises(SchemaError, match="no longer on disk"):
        results.arrays("k")
    assert store.create("b").results.find("k") is None, "nobody takes over what is gone"
    results.save_arrays("k", {"x": np.arange(100)}, kind="descriptor")
    assert results.arrays("k")["x"].sum() == 4950


def test_saving_again_under_a_key_replaces(store):
    results = store.create("a").results
    for n in (3, 4):
        results.save_arrays("k", {"x": np.arange(n)}, kind="descriptor", label=str(n))
    assert [result.label for result in results.all()] == ["4"]
    assert len(results.arrays("k")["x"]) == 4


def test_large_tables_are_written_in_batches_and_asked(store):
    results = store.create("a").results
    batches = (pa.record_batch({"i": np.arange(n, n + 1000), "x": np.full(1000, n / 1000)})
               for n in range(0, 50_000, 1000))  # fmt: skip
    results.save_table("pairs", batches, label="pairs")
    table = CandidateTable([results.path("pairs")])
    assert table.n == 50_000
    sevens = [Between("x", 7.0, 7.0)]
    assert table.count(sevens) == 1_000
    assert table.top("i", 2, where=sevens)["i"].to_pylist() == [7000, 7001]
    table.close()
    with pytest.raises(InvalidSpecError):
        results.save_table("none", iter(()))
    assert not list((store.blobs.folder / "new").iterdir())


def test_files_are_kept_as_they_are(store, tmp_path):
    (tmp_path / "m").write_bytes(bytes(range(256)))
    results = store.create("a").results
    results.save_files("m", {"model.skops": tmp_path / "m", "card": tmp_path / "m"}, kind="model")
    assert results.path("m", "model.skops").read_bytes() == bytes(range(256))
    assert results.path("m", "card").read_bytes() == bytes(range(256))
    with pytest.raises(UnknownNameError, match=r"model\.skops, card"):
        results.path("m", "other")


@pytest.mark.parametrize(
    ("key", "name", "kind"),
    [("../k", "x", "model"), ("", "x", "model"), ("k" * 129, "x", "model"), ("k", "x", "virus"),
     ("k", "../x", "model"), ("k", "", "model"), ("k", ".hidden", "model")],
)  # fmt: skip
def test_names_that_could_lead_elsewhere_are_refused(store, tmp_path, key, name, kind):
    (tmp_path / "m").write_bytes(b"x")
    with pytest.raises(InvalidSpecError):
        store.create("a").results.save_files(key, {name: tmp_path / "m"}, kind=kind)
    assert _files(store) == []


def test_python_objects_are_refused(store):
    with pytest.raises(InvalidSpecError, match="Python objects"):
        store.create("a").results.save_arrays(
            "k", {"x": np.array([{}], dtype=object)}, kind="descriptor"
        )


@pytest.mark.parametrize(
    "arguments", [("../../etc", 1, ""), ("0" * 63, 1, ""), ("0" * 64, -1, ""),
                  ("0" * 64, 1, "/../x"), ("0" * 64, 1, ".a/b")],
)  # fmt: skip
def test_a_blob_can_name_nothing_outside_the_folder(arguments):
    with pytest.raises(SchemaError):
        Blob(*arguments)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    def fail(path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(StoreUnavailableError, match="No space left"):
        blobs.put(fail, ".npy")
    assert [p for p in blobs.folder.rglob("*") if p.is_file()] == []


def test_jobs_are_kept_newest_first(store):
    jobs = store.create("a").jobs
    for number, name in enumerate("abc"):
        jobs.put(name, {"state": "queued", "created": float(number), "label": "é\0"})
    jobs.put("a", {"state": "done", "created": 0.0})
    store.close()
    with open_store() as again:
        found = again.workspace("a").jobs
        assert list(found.all()) == ["c", "b", "a"]
        assert found.all()["a"] == {"state": "done", "created": 0.0}
        found.remove("b")
        assert list(found.all()) == ["c", "a"]
    for wrong in ("", "x" * 65, "a\n", "é"):
        with pytest.raises(InvalidSpecError):
            jobs.put(wrong, {})
