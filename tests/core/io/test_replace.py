"""An output is whole or absent, and what was there before is safe until then."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

import pytest

from core.errors import InputError
from core.io.replace import replacing


def test_a_file_takes_its_place_only_at_the_end(tmp_path):
    path = tmp_path / "out.npz"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.suffix == ".npz"
        assert temporary.parent == tmp_path
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["out.npz"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_fault_leaves_the_old_and_nothing_else(tmp_path, fault, as_folder):
    path = tmp_path / "out.zarr"
    path.mkdir()
    (path / "old").write_text("old")

    def write(temporary):
        if as_folder:
            temporary.mkdir()
            (temporary / "chunk").write_text("half")
        else:
            temporary.write_text("half")
        raise fault

    with pytest.raises(fault), replacing(path) as temporary:
        write(temporary)
    assert os.listdir(tmp_path) == ["out.zarr"]
    assert (path / "old").read_text() == "old"


def test_threads_that_go_on_writing_leave_nothing(tmp_path):
    """As zarr's do for a moment after an interrupt; they make the folder anew for each file."""

    def write(folder):
        for i in range(60):
            # The folder may go at any moment; inside mkdir that reads as one that exists.
            with suppress(FileNotFoundError, FileExistsError):
                folder.mkdir(exist_ok=True)
                (folder / f"chunk{i}").write_text("late")
            time.sleep(0.01)

    started = []

    def interrupted():
        with replacing(tmp_path / "out.zarr") as temporary:
            temporary.mkdir()
            started.append(threading.Thread(target=write, args=(temporary,)))
            started[0].start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    started[0].join()
    assert os.listdir(tmp_path) == []


def test_a_folder_takes_the_place_of_a_folder(tmp_path):
    path = tmp_path / "out.zarr"
    path.mkdir()
    (path / "old").write_text("old")
    with replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("new")
    assert os.listdir(path) == ["new"]
    assert os.listdir(tmp_path) == ["out.zarr"]


def test_a_file_never_takes_the_place_of_a_folder(tmp_path):
    path = tmp_path / "out.npz"
    path.mkdir()
    (path / "precious").write_text("keep")
    with pytest.raises(InputError, match="is a folder"), replacing(path) as temporary:
        temporary.write_text("new")
    assert (path / "precious").read_text() == "keep"
    assert os.listdir(tmp_path) == ["out.npz"]


def test_an_interrupted_swap_brings_the_old_folder_back(tmp_path, monkeypatch):
    path = tmp_path / "out.zarr"
    path.mkdir()
    (path / "old").write_text("old")
    real = os.replace

    def replace(source, target):
        if str(source).endswith(".part.zarr"):
            raise KeyboardInterrupt
        real(source, target)

    def attempt():
        with replacing(path) as temporary:
            temporary.mkdir()
            monkeypatch.setattr(os, "replace", replace)

    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert (path / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["out.zarr"]


def test_a_missing_folder_and_a_full_disk_are_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"), replacing(tmp_path / "no" / "x"):
        pass
    with pytest.raises(InputError, match="No space left") as info, replacing(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    assert str(tmp_path / "x") in info.value.message


def test_a_broken_pipe_is_not_about_the_file(tmp_path):
    with pytest.raises(BrokenPipeError), replacing(tmp_path / "x"):
        raise BrokenPipeError


def test_the_longest_name_a_disk_allows(tmp_path):
    path = tmp_path / ("x" * 250 + ".npz")
    with replacing(path) as temporary:
        temporary.write_text("fits")
    assert path.read_text() == "fits"
