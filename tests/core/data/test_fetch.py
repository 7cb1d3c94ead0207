"""Downloads: verified, gone on with, bounded; the cache and the mirror are verified too."""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import replace

import pytest

from core.data.connection import MIRROR, Patience
from core.data.fetch import cache_folder, fetch, forget, is_here
from core.data.public import PUBLIC_SETS, Archive, PublicSet, RemoteFile
from core.errors import DatasetUnavailableError, InvalidSpecError, JobCancelled
from tests.servers.file_server import SIZE

QUICK = Patience(connect=1.0, silent=1.0, whole=3.0, slowest=1e9, pause=0.01)


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)


def of(*files: RemoteFile, archive: Archive | None = None) -> PublicSet:
    return replace(PUBLIC_SETS["expt-band-gaps"], key="test", files=files, archive=archive)


def get(*files: RemoteFile, **options) -> bytes:
    return fetch(of(*files), patience=QUICK, **options).files[0].data


def refused(*files: RemoteFile) -> DatasetUnavailableError:
    start = time.monotonic()
    with pytest.raises(DatasetUnavailableError) as caught:
        fetch(of(*files), patience=QUICK)
    assert time.monotonic() - start < 8
    return caught.value


def kept() -> list[str]:
    """Files of the cache, partial ones included."""
    folder = cache_folder()
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_file_comes_once_and_is_then_in_the_cache(file_server):
    file, told = file_server.file("sound"), []
    first = fetch(of(file), on_progress=lambda *step: told.append(step))
    assert first.files[0].data == file_server.content
    assert (first.files[0].name, first.origin) == ("test/sound", "network")
    assert told[-1] == (SIZE, SIZE, "downloading test")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    again = fetch(of(file))
    assert (again.origin, again.files) == ("cache", first.files)
    assert len(file_server.asked) == 1
    assert kept() == ["test/sound"]


def test_many_files_keep_their_order(file_server):
    files = tuple(file_server.file("sound", f"/{n}") for n in range(9))
    found = fetch(of(*files), patience=QUICK)
    assert [raw.name for raw in found.files] == [f.path for f in files]
    assert is_here(of(*files))
    assert forget(of(*files)) == 9 * SIZE
    assert not is_here(of(*files))


def test_a_cut_connection_is_gone_on_with(file_server):
    assert get(file_server.file("cut")) == file_server.content
    ranges = [wanted for _, wanted in file_server.asked]
    assert ranges == ["", f"bytes={SIZE // 3}-", f"bytes={2 * (SIZE // 3)}-"]
    assert sum(file_server.sent) == SIZE  # not a byte was sent twice
    assert kept() == ["test/cut"]


def test_a_stopped_download_is_gone_on_with_later(file_server):
    file = file_server.file("drips")
    begun = threading.Event()

    def stop() -> bool:
        return begun.is_set()

    with pytest.raises(JobCancelled):
        get(file, on_progress=lambda done, *_: done > 50 and begun.set(), should_stop=stop)
    (part,) = kept()
    have = (cache_folder() / part).stat().st_size
    assert 50 < have < SIZE
    file_server.drips = file_server.sound  # the server has recovered
    assert get(file) == file_server.content
    assert file_server.asked[-1][1] == f"bytes={have}-"
    assert file_server.sent[-1] == SIZE - have
    assert kept() == ["test/drips"]


def test_a_server_without_ranges_sends_the_whole_again(file_server):
    assert get(file_server.file("cut_whole")) == file_server.content
    assert file_server.asked[1][1] == f"bytes={SIZE // 2}-"
    assert file_server.sent == [SIZE // 2, SIZE]


def test_a_range_nobody_asked_for_is_not_taken(file_server):
    assert get(file_server.file("shifted")) == file_server.content
    assert file_server.asked[2][1] == ""


def test_too_much_in_the_part_file_is_no_harm(file_server):
    file = file_server.file("sound")
    part = cache_folder() / "parts" / file.sha256
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (SIZE + 5))
    assert get(file) == file_server.content


def test_a_spoiled_part_is_noticed_and_begun_anew(file_server):
    file = file_server.file("sound")
    part = cache_folder() / "parts" / file.sha256
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    assert get(file) == file_server.content
    assert [wanted for _, wanted in file_server.asked] == ["bytes=1000-", ""]


def test_wrong_content_is_refused_and_asked_for_once_more(file_server, caplog):
    with caplog.at_level(logging.WARNING):
        assert get(file_server.file("wrong_once")) == file_server.content
    assert len(file_server.asked) == 2
    assert "content that was pinned" in caplog.text


def test_wrong_content_twice_is_an_error_and_nothing_stays(file_server):
    error = refused(file_server.file("wrong"))
    assert "does not have the content that was pinned" in error.message
    assert len(file_server.asked) == 2
    assert kept() == []


@pytest.mark.parametrize("way", ["longer", "endless"])
def test_another_length_is_refused(file_server, way):
    error = refused(file_server.file(way))
    assert "300,001 bytes" in error.message
    assert sum(file_server.sent) < 32 * 2**20  # what the system buffers, then no more
    assert kept() == []


def test_a_damaged_file_in_the_cache_is_replaced(file_server, caplog):
    file = file_server.file("sound")
    get(file)
    path = cache_folder() / file.path
    spoiled = bytearray(path.read_bytes())
    spoiled[12_345] ^= 1
    path.write_bytes(spoiled)
    with caplog.at_level(logging.WARNING):
        found = fetch(of(file), patience=QUICK)
    assert (found.origin, found.files[0].data) == ("network", file_server.content)
    assert "damaged" in caplog.text
    assert path.read_bytes() == file_server.content


def test_redirects_stay_on_the_host(file_server):
    assert get(file_server.file("near")) == file_server.content
    assert "https://example.invalid/file" in refused(file_server.file("away")).message
    assert "in circles" in refused(file_server.file("circle")).message
    assert len(file_server.asked) < 10


def test_not_there_is_said_with_the_address(file_server):
    error = refused(file_server.file("missing"))
    assert "HTTP 404" in error.message
    assert f"{file_server.url}/missing" in error.message
    assert MIRROR in error.hint


@pytest.mark.parametrize("way", ["silent", "stalls", "drips"])
def test_a_slow_server_is_given_up_in_time(file_server, way):
    error = refused(file_server.file(way))
    assert "no answer within" in error.message


def test_what_came_before_a_stall_is_kept(file_server):
    file = file_server.file("stalls")
    refused(file)
    assert (cache_folder() / "parts" / file.sha256).stat().st_size == SIZE // 4


def test_the_first_fault_is_told_and_ends_the_others(file_server):
    files = [file_server.file("missing"), *(file_server.file("drips", f"/{n}") for n in range(3))]
    start = time.monotonic()
    assert "HTTP 404" in refused(*files).message
    assert time.monotonic() - start < 2


def test_a_cache_that_can_not_be_written_is_said(file_server):
    cache_folder().parent.mkdir(parents=True, exist_ok=True)
    cache_folder().write_text("in the way")
    error = refused(file_server.file("sound"))
    assert "can't be written" in error.message
    assert "GRIDSCOPE_HOME" in error.hint


def unreachable(address: str) -> RemoteFile:
    return RemoteFile(path="test/x", address=address, sha256="0" * 64, size=1)


def test_offline_is_said_with_what_to_do():
    error = refused(unreachable("https://nowhere.invalid/x"))
    assert "nowhere.invalid can't be reached" in error.message
    assert MIRROR in error.hint


def test_a_refused_connection_is_said():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refused(unreachable(f"http://127.0.0.1:{port}/x"))
    assert "refuses the connection" in error.message


def test_a_name_server_that_never_answers_is_no_hang(monkeypatch):
    over = threading.Event()

    def silent(*_args, **_options):
        over.wait(20)
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    try:
        error = refused(unreachable("https://raw.githubusercontent.com/x"))
    finally:
        over.set()
    assert "no answer within 2 s" in error.message


def test_connections_have_five_seconds():
    assert Patience().connect == 5.0
    assert Patience().silent <= 10.0


def test_two_at_once_do_not_spoil_each_other(file_server):
    file = file_server.file("cut")
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(get(file))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [file_server.content] * 4
    assert kept() == ["test/cut"]


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", "a/./b", "", "c:\\x", "a\\b", "a/..", "x\n",
     "C:/x", "a\0b"],
)  # fmt: skip
def test_no_path_leads_out_of_its_folder(path):
    with pytest.raises(InvalidSpecError):
        RemoteFile(path=path, address="https://nowhere.invalid/x", sha256="0" * 64, size=1)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://example.org/x", "ftp://x/y", ""])
def test_only_https_is_asked(address):
    with pytest.raises(InvalidSpecError):
        RemoteFile(path="x", address=address, sha256="0" * 64, size=1)
