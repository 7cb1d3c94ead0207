"""A mirror: the files of public sets in a folder, read, verified and never changed."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from dataclasses import replace

import pytest

from core.data.connection import MIRROR
from core.data.fetch import cache_folder, fetch, forget, is_here
from core.data.public import Archive, RemoteFile
from core.errors import DatasetUnavailableError
from tests.core.data.test_fetch import get, of


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv(MIRROR, str(folder))
    return folder


def pinned(path: str, data: bytes) -> RemoteFile:
    sha256 = hashlib.sha256(data).hexdigest()
    return RemoteFile(path=path, address="https://nowhere.invalid/x", sha256=sha256, size=len(data))


def test_a_mirror_is_read_and_never_changed(mirror):
    (mirror / "a").mkdir()
    (mirror / "a" / "b.csv").write_bytes(b"x,y\n1,2\n")
    entry = of(pinned("a/b.csv", b"x,y\n1,2\n"))
    assert is_here(entry)
    found = fetch(entry)
    assert (found.origin, found.files[0].data) == ("mirror", b"x,y\n1,2\n")
    forget(entry)
    assert (mirror / "a" / "b.csv").is_file()


def test_the_cache_of_one_machine_is_a_mirror_for_others(file_server, monkeypatch):
    files = [file_server.file("sound"), file_server.file("near")]
    get(*files)
    monkeypatch.setenv(MIRROR, str(cache_folder()))
    file_server.close()
    assert fetch(of(*files)).origin == "mirror"


@pytest.mark.parametrize("content", [None, b"x,y\n1,3\n", b"more than that"])
def test_a_mirror_without_the_pinned_file_says_so_and_asks_no_network(mirror, content):
    if content is not None:
        (mirror / "b.csv").write_bytes(content)
    with pytest.raises(DatasetUnavailableError, match=r"b\.csv is not") as caught:
        fetch(of(pinned("b.csv", b"x,y\n1,2\n")))
    assert "nowhere.invalid" in caught.value.hint
    assert content is None or (mirror / "b.csv").read_bytes() == content


def test_a_mirror_that_is_no_folder_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv(MIRROR, str(tmp_path / "absent"))
    entry = of(pinned("b.csv", b"x"))
    with pytest.raises(DatasetUnavailableError, match="is no folder"):
        fetch(entry)
    assert not is_here(entry)


def test_devices_and_pipes_in_a_mirror_are_not_read(mirror):
    os.mkfifo(mirror / "pipe")
    (mirror / "zero").symlink_to("/dev/zero")
    for name in ("zero", "pipe"):
        with pytest.raises(DatasetUnavailableError, match="not the file that was pinned"):
            fetch(of(pinned(name, b"x")))


def test_an_archive_in_a_mirror_stands_for_its_files(mirror):
    files = tuple(pinned(f"cifs/{name}.cif", name.encode()) for name in "ab")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        for name in "ab":
            info = tarfile.TarInfo(f"{name}.cif")
            info.size = 1
            archive.addfile(info, io.BytesIO(name.encode()))
    data = buffer.getvalue()
    (mirror / "cifs.tar.xz").write_bytes(data)
    packed = Archive(
        path="cifs.tar.xz", sha256=hashlib.sha256(data).hexdigest(), size=len(data), members=files
    )
    found = fetch(of(*files, archive=packed))
    assert [raw.data for raw in found.files] == [b"a", b"b"]
    with pytest.raises(DatasetUnavailableError, match="not the archive that was pinned"):
        fetch(of(*files, archive=replace(packed, sha256="0" * 64)))
