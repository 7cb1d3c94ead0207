"""A workspace as one zip: all of it comes back, and a zip that lies is refused without a trace."""

from __future__ import annotations

import hashlib
import json
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from core.errors import GridscopeError, InputError, InvalidSpecError, JobCancelled, SchemaError
from core.store.schema import metadata
from core.store.workspaces import open_store
from core.types import Crystal, ParseReport
from tests.core.store.conftest import same_report

KEY = "0" * 64


@pytest.fixture
def filled(store, report, tmp_path):
    workspace = store.save("a / é", report, notes={"decisions": ["kept"]})
    results = workspace.results
    results.save_arrays(KEY, {"matrix": np.arange(12.0).reshape(3, 4)}, kind="distance",
                        label="EMD", spec={"metric": "grid-emd"})  # fmt: skip
    results.save_table("pairs", pa.table({"a": [1, 2]}))
    (tmp_path / "model.bin").write_bytes(b"\x80weights")
    results.save_files("model", {"model.skops": tmp_path / "model.bin"}, kind="model")
    workspace.jobs.put("0123456789abcdef", {"state": "done", "created": 5.0, "label": "é"})
    return workspace


@pytest.fixture
def packed(filled, tmp_path):
    filled.export(tmp_path / "a.zip")
    return tmp_path / "a.zip"


def test_everything_comes_back(store, filled, packed, report):
    back = store.import_(packed, name="b")
    assert same_report(back.report(), report)
    assert dict(back.info.notes) == {"decisions": ["kept"]}
    assert back.jobs.all() == filled.jobs.all()
    mine = {r.key: r for r in filled.results.all()}
    for result in back.results.all():
        original = mine.pop(result.key)
        assert result.imported
        assert (result.kind, result.label, result.spec, result.files, result.created) == (
            original.kind, original.label, original.spec, original.files, original.created
        )  # fmt: skip
    assert not mine
    assert back.results.arrays(KEY)["matrix"].tolist() == np.arange(12.0).reshape(3, 4).tolist()
    assert back.results.path("model", "model.skops").read_bytes() == b"\x80weights"


def test_from_one_kind_of_database_to_the_other(filled, packed, report, tmp_path):
    with open_store(f"sqlite:///{tmp_path}/other/w.sqlite") as other:
        back = other.import_(packed)
        assert back.info.name == "a / é"
        assert same_report(back.report(), report)
        assert back.results.path("pairs").is_relative_to(tmp_path / "other")


def test_a_name_that_is_taken_needs_another_or_replace(store, filled, packed, many):
    with pytest.raises(InvalidSpecError, match="already"):
        store.import_(packed)
    store.save("a / é", many(2), replace=True)
    assert store.import_(packed, replace=True).info.n_crystals == 3
    assert len(store.workspaces()) == 1


def test_many_parts(store, many, tmp_path, monkeypatch):
    monkeypatch.setattr("core.store.sending._PART", 7)
    monkeypatch.setattr("core.store.filling.BATCH", 5)
    store.save("a", many(40)).export(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sum(name.endswith(".bin") for name in archive.namelist()) == 6
    assert same_report(store.import_(tmp_path / "a.zip", name="b").report(), many(40))


def test_an_empty_workspace(store, tmp_path):
    store.create("nothing").export(tmp_path / "n.zip")
    assert store.import_(tmp_path / "n.zip", name="b").report() is not None
    assert store.workspace("b").info.n_crystals == 0


def test_a_stopped_export_leaves_what_was_there(filled, tmp_path):
    (tmp_path / "old.zip").write_text("old")
    with pytest.raises(JobCancelled):
        filled.export(tmp_path / "old.zip", should_stop=lambda: True)
    assert (tmp_path / "old.zip").read_text() == "old"
    assert {p.name for p in tmp_path.iterdir()} <= {"old.zip", "home", "model.bin"}
    with pytest.raises(InputError, match="does not exist"):
        filled.export(tmp_path / "none" / "a.zip")


def test_imported_results_are_no_ones_but_the_imports(store, packed, filled):
    """A key in a zip is a claim: other workspaces must not get its arrays for their own."""
    store.import_(packed, name="b")
    store.remove("a / é")
    other = store.create("c")
    assert other.results.find(KEY) is None
    assert store.workspace("b").results.find(KEY).imported


# What a hostile or damaged zip may be. Each takes (entries: name -> bytes) and changes them; the
# manifest is written anew unless the change touches it.


def _manifest(entries: dict[str, bytes]) -> dict:
    return json.loads(entries["manifest.json"])


def _signed(entries: dict[str, bytes], **changes) -> dict[str, bytes]:
    """With sizes and digests put right, as someone who knows the format would."""
    told = _manifest(entries) | changes
    told["entries"] = {
        name: [len(data), hashlib.sha256(data).hexdigest()]
        for name, data in entries.items() if name != "manifest.json"
    }  # fmt: skip
    return {**entries, "manifest.json": json.dumps(told).encode()}


def _line(entries, name="crystals/00000.jsonl", **changes):
    first, rest = entries[name].split(b"\n", 1)
    told = json.loads(first) | changes
    return _signed({**entries, name: json.dumps(told).encode() + b"\n" + rest})


def _details(entries, **changes):
    details = json.loads(entries["crystals/00000.jsonl"].split(b"\n", 1)[0])["details"]
    return _line(entries, details={**details, **changes})


def _result(entries, **changes):
    return _line(entries, "results.jsonl", **changes)


def _flip(name, at=-3):
    def change(entries):
        data = bytearray(entries[name])
        data[at] ^= 1
        return {**entries, name: bytes(data)}

    return change


def _nan_lattice(entries):
    data = bytearray(entries["crystals/00000.bin"])
    data[6:14] = np.array(np.nan).tobytes()
    return _signed({**entries, "crystals/00000.bin": bytes(data)})


LIES = {
    "no manifest": lambda e: {k: v for k, v in e.items() if k != "manifest.json"},
    "manifest is no JSON": lambda e: {**e, "manifest.json": b"{"},
    "manifest is a list": lambda e: {**e, "manifest.json": b"[]"},
    "manifest nests deeply": lambda e: {**e, "manifest.json": b"[" * 200_000},
    "another format": lambda e: _signed(e, format="zip of cats"),
    "a newer schema": lambda e: _signed(e, schema=2),
    "no schema": lambda e: _signed(e, schema=None),
    "a negative count": lambda e: _signed(e, n_crystals=-1),
    "a count that is text": lambda e: _signed(e, n_crystals="3"),
    "more crystals promised": lambda e: _signed(e, n_crystals=4),
    "a name that can be none": lambda e: _signed(e, name="a\0b"),
    "an entry added": lambda e: {**e, "extra.txt": b"x"},
    "an entry of another kind": lambda e: _signed({**e, "extra.txt": b"x"}),
    "a path that climbs": lambda e: _signed({**e, "../../evil": b"x"}),
    "a path from the root": lambda e: _signed({**e, "/tmp/evil": b"x"}),
    "an entry missing": lambda e: {k: v for k, v in e.items() if k != "failures.jsonl"},
    "an entry and its promise missing": lambda e: _signed(
        {k: v for k, v in e.items() if k != "failures.jsonl"}),
    "structures missing": lambda e: _signed(
        {k: v for k, v in e.items() if k != "crystals/00000.bin"}),
    "a changed structure": _flip("crystals/00000.bin"),
    "changed details": _flip("crystals/00000.jsonl", 12),
    "a changed matrix": lambda e: _flip(next(n for n in e if n.endswith(".npy")))(e),
    "a structure changed and signed": lambda e: _signed(_flip("crystals/00000.bin", 20)(e)),
    "a matrix changed and signed": lambda e: _signed(
        _flip(next(n for n in e if n.endswith(".npy")))(e)),
    "a cell that is no number": _nan_lattice,
    "a digest that is another": lambda e: _line(e, digest="0" * 64),
    "a structure of no length": lambda e: _line(e, n_bytes=0),
    "a structure too long": lambda e: _line(e, n_bytes=10**15),
    "a structure of true length": lambda e: _line(e, n_bytes=True),
    "an id that is none": lambda e: _line(e, id=["x"]),
    "details that are none": lambda e: _line(e, details=[1]),
    "a verdict that is none": lambda e: _details(e, card={"verdict": "blue"}),
    "labels that are none": lambda e: _details(e, labels=[{"a": 1}]),
    "properties that are none": lambda e: _details(e, properties=[1, 2, 3]),
    "a line without end": lambda e: _signed({**e, "jobs.jsonl": e["jobs.jsonl"].rstrip(b"\n")}),
    "a line that is no object": lambda e: _signed({**e, "jobs.jsonl": b"7\n"}),
    "a failure with fields of its own": lambda e: _line(e, "failures.jsonl", extra="x"),
    "a result under a key that is a path": lambda e: _result(e, key="../../x"),
    "a result of no kind": lambda e: _result(e, kind="virus"),
    "a file under a name that is a path": lambda e: _result(
        e, files={"../x.npy": ["0" * 64, 1, ".npy"]}),
    "a file that is not there": lambda e: _result(e, files={"x.npy": ["0" * 64, 1, ".npy"]}),
    "a file with an ending that is a path": lambda e: _result(
        e, files={"x": ["0" * 64, 1, "/../../x"]}),
    "a file of negative size": lambda e: _result(e, files={"x": ["0" * 64, -1, ""]}),
}  # fmt: skip


def _write(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def _read(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _everything(store):
    with store.database.reading() as connection:
        return {
            name: sorted(map(repr, connection.execute(table.select())))
            for name, table in metadata.tables.items()
        }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lie", LIES)
def test_a_zip_that_lies_is_refused_and_leaves_nothing(store, packed, tmp_path, lie):
    before = _everything(store)
    _write(tmp_path / "evil.zip", LIES[lie](_read(packed)))
    with pytest.raises(GridscopeError) as refusal:
        store.import_(tmp_path / "evil.zip", name="" if "name" in lie else "evil")
    assert isinstance(refusal.value, (SchemaError, InvalidSpecError))
    assert refusal.value.hint
    assert _everything(store) == before
    assert not (tmp_path.parent / "evil").exists()
    new = tmp_path / "home" / "blobs" / "new"
    assert list(new.iterdir()) == []


def test_the_untouched_rewriting_is_accepted(store, packed, tmp_path, report):
    """The lies above are refused for what they change, not for being written anew."""
    _write(tmp_path / "fine.zip", _signed(_read(packed)))
    assert same_report(store.import_(tmp_path / "fine.zip", name="b").report(), report)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"no zip"])
def test_what_is_no_zip_is_refused(store, tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(SchemaError):
        store.import_(tmp_path / "x.zip")
    with pytest.raises(InputError):
        store.import_(tmp_path)
    with pytest.raises(InputError):
        store.import_(tmp_path / "absent.zip")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_a_zip_cut_short_is_refused(store, packed, tmp_path, cut):
    data = packed.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(cut * len(data))])
    with pytest.raises(SchemaError):
        store.import_(tmp_path / "cut.zip", name="b")
    assert len(store.workspaces()) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("where", ["jobs.jsonl", "manifest.json", "crystals/00000.jsonl"])
def test_a_bomb_is_refused_before_it_grows(store, packed, tmp_path, where):
    entries = _read(packed)
    bomb = b" " * (300 * 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        told = _manifest(entries)
        told["entries"][where] = [len(bomb), hashlib.sha256(bomb).hexdigest()]
        for name, data in {**entries, "manifest.json": json.dumps(told).encode()}.items():
            archive.writestr(name, bomb if name == where else data)
    assert (tmp_path / "bomb.zip").stat().st_size < 2**20
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(SchemaError):
        store.import_(tmp_path / "bomb.zip", name="b")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert len(store.workspaces()) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_zip_that_understates_its_sizes(store, packed, tmp_path, rocksalt: Crystal):
    """What the directory of the zip claims is checked by what is read."""
    data = bytearray(packed.read_bytes())
    with zipfile.ZipFile(packed) as archive:
        size = archive.getinfo("crystals/00000.bin").file_size
    small = (size - 1).to_bytes(4, "little")
    at = data.rfind(b"crystals/00000.bin")  # in the directory at the end
    data[at - 46 + 24 : at - 46 + 28] = small
    (tmp_path / "small.zip").write_bytes(data)
    with pytest.raises(SchemaError):
        store.import_(tmp_path / "small.zip", name="b")
    store.save("b", ParseReport((rocksalt,), ()))
