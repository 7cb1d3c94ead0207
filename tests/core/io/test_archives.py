"""Archives, hostile ones included: nothing is written, nothing hangs, each loss is a row."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import replace

import pytest

from core.config import ParseLimits
from core.io import parse
from core.types import ParseReport, RawFile

LIMITS = ParseLimits()


def _zip(entries: dict[str, bytes], **options: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _tar(entries: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _parse(data: bytes, name: str, limits: ParseLimits = LIMITS) -> ParseReport:
    return parse([RawFile(name, data)], workers=0, limits=limits)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz", "tar.bz2"])
def test_every_kind_of_archive(kind: str, quartz_cif: str) -> None:
    entries = {
        "a/one.cif": quartz_cif.encode(), "two.cif": b"data_x\n", ".DS_Store": b"\0\0",
        "__MACOSX/._one.cif": b"\0\1", "a/.hidden.cif": b"x",
    }  # fmt: skip
    mode = "w" if kind == "tar" else "w:" + kind[4:]
    data = _zip(entries) if kind == "zip" else _tar(entries, mode)
    report = _parse(data, f"set.{kind}")
    assert [(c.id, c.source) for c in report.crystals] == [("one", f"set.{kind}/a/one.cif")]
    assert [f.source for f in report.failures] == [f"set.{kind}/two.cif"]


@pytest.mark.parametrize(
    "name", ["../evil.cif", "/etc/evil.cif", "a/../../evil.cif", "C:\\evil.cif"]
)
@pytest.mark.parametrize("pack", [_zip, _tar])
def test_names_that_climb_out_are_refused(name: str, pack, quartz_cif: str) -> None:
    report = _parse(pack({name: quartz_cif.encode(), "ok.cif": quartz_cif.encode()}), "set.x")
    assert [c.id for c in report.crystals] == ["ok"]
    (failure,) = report.failures
    assert "leads out of the archive" in failure.message


@pytest.mark.parametrize("pack", [_zip, _tar])
def test_a_bomb_is_defused_by_its_ratio(pack) -> None:
    report = _parse(pack({"bomb.cif": b"0" * 40_000_000}), "bomb.zip")
    assert not report.crystals
    assert any("zip bomb" in f.message for f in report.failures)


def test_many_small_bombs_are_stopped_together(quartz_cif: str) -> None:
    entries = {f"{i:03d}.cif": b" " * 1_000_000 for i in range(60)}
    report = _parse(_zip({"!.cif": quartz_cif.encode(), **entries}), "bombs.zip")
    assert [c.id for c in report.crystals] == ["!"]
    assert "zip bomb" in report.failures[-1].message or "zip bomb" in report.failures[0].message
    assert len(report.failures) < 60


def test_a_lone_gzip_bomb_is_capped() -> None:
    import gzip

    limits = replace(LIMITS, max_file_bytes=1_000_000)
    (failure,) = _parse(gzip.compress(b"0" * 5_000_000), "a.cif.gz", limits).failures
    assert failure.code == "UploadLimitError"


def test_too_many_entries(quartz_cif: str) -> None:
    data = _zip({f"{i:02d}.cif": quartz_cif.encode() for i in range(20)})
    report = _parse(data, "many.zip", replace(LIMITS, max_archive_files=5))
    assert len(report.crystals) == 5
    assert "more than 5 files" in report.failures[0].message


def test_one_entry_above_the_file_limit_costs_itself(quartz_cif: str) -> None:
    import random

    noise = random.Random(0).randbytes(200_000)
    data = _zip({"big.cif": noise, "ok.cif": quartz_cif.encode()})
    report = _parse(data, "a.zip", replace(LIMITS, max_file_bytes=100_000))
    assert [c.id for c in report.crystals] == ["ok"]
    assert report.failures[0].source == "a.zip/big.cif"


@pytest.mark.parametrize("inner", [_zip, _tar])
def test_archives_in_archives_are_not_opened(inner, quartz_cif: str) -> None:
    data = _zip({"in.zip": inner({"a.cif": quartz_cif.encode()}), "b.cif": quartz_cif.encode()})
    report = _parse(data, "out.zip")
    assert [c.id for c in report.crystals] == ["b"]
    assert "inside an archive" in report.failures[0].message


def test_compressed_files_in_archives_are_read(quartz_cif: str) -> None:
    import gzip

    report = _parse(_zip({"a.cif.gz": gzip.compress(quartz_cif.encode())}), "out.zip")
    assert [c.id for c in report.crystals] == ["a"]


def test_encrypted_entries_are_told(quartz_cif: str) -> None:
    data = bytearray(_zip({"a.cif": quartz_cif.encode()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1  # the encryption flag
    (failure,) = _parse(bytes(data), "a.zip").failures
    assert "encrypted" in failure.message


def test_links_and_devices_in_tars_are_refused() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("l.cif", tarfile.SYMTYPE), ("d.cif", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    report = _parse(buffer.getvalue(), "a.tar")
    assert [f.message for f in report.failures] == [
        "The entry is a link.", "The entry is no regular file."
    ]  # fmt: skip


def test_empty_and_damaged_archives() -> None:
    (failure,) = _parse(_zip({}), "a.zip").failures
    assert "no files" in failure.message
    whole = _zip({"a.cif": b"x" * 1000})
    (failure,) = _parse(whole[:60], "a.zip").failures
    assert "damaged" in failure.message
    (failure,) = _parse(_tar({"a.cif": b"x" * 5000})[:60], "a.tar.gz").failures
    assert "damaged" in failure.message


def test_random_damage_to_archives_never_escapes(quartz_cif: str) -> None:
    import random

    rng = random.Random(3)
    sound = [pack({"a.cif": quartz_cif.encode(), "b.cif": b"data_b"}) for pack in (_zip, _tar)]
    for round_ in range(120):
        data = bytearray(sound[round_ % 2])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        report = _parse(bytes(data), "a.zip")
        assert report.crystals or report.failures


@pytest.mark.parametrize(
    ("name", "told", "hint"),
    [("workspace", "exported workspace", "Workspaces"), ("model", "trained model", "Predict")],
)
def test_our_own_exports_are_named_and_sent_where_they_belong(name, told, hint, quartz_cif):
    manifest = f'{{"format": "gridscope-{name}", "schema": 1}}'.encode()
    report = _parse(_zip({"manifest.json": manifest, "a.cif": quartz_cif.encode()}), "w.zip")
    assert not report.crystals
    assert len(report.failures) == 1
    assert told in report.failures[0].message
    assert hint in report.failures[0].hint


def test_a_manifest_of_others_hides_nothing(quartz_cif):
    report = _parse(_zip({"manifest.json": b'{"format": "x"}', "a.cif": quartz_cif.encode()}), "w")
    assert [c.id for c in report.crystals] == ["a"]
