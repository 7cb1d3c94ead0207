"""Servers that break the protocol: each becomes a failure with its reason, the rest is kept."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from core.sources.optimade import OptimadeQuery, search_optimade

PATIENCE = 8.0  # seconds; none of these may take longer on a busy machine


@pytest.fixture
def ask(hostile):
    def search(way: str, *, seconds: float = 2.0, max_results: int = 50, **rest):
        query = OptimadeQuery(
            providers=(f"{hostile.url}/{way}",), max_results=max_results, seconds=seconds
        )
        return search_optimade(query, workers=0, **rest)

    return search


@pytest.mark.parametrize(
    ("way", "code", "words", "kept"),
    [
        ("html", "BadReplyError", "a web page", 0),
        ("itself", "BadReplyError", "circle", 1),
        ("endless", "BadReplyError", "circle", 1),
        ("elsewhere", "BadReplyError", "another host", 1),
        ("file", "BadReplyError", "file:///etc/passwd", 1),
        ("away", "BadReplyError", "localhost.invalid", 0),
        ("round", "BadReplyError", "without end", 0),
        ("big", "BadReplyError", "32 MiB", 0),
        ("bomb", "BadReplyError", "32 MiB", 0),
        ("silent", "SourceTimeoutError", "2 s", 0),
        ("drip", "SourceTimeoutError", "2 s", 0),
        ("half", "BadReplyError", "", 0),
        ("listed", "BadReplyError", "not OPTIMADE", 0),
        ("deep", "BadReplyError", "not OPTIMADE", 0),
        ("single", "BadReplyError", "no list of structures", 0),
        ("slow_down", "SourceRefusedError", "429", 0),
        ("broken", "BadReplyError", "no [31mdatabase here", 0),
    ],
)
def test_a_broken_protocol_is_a_failure_with_its_reason(ask, way, code, words, kept) -> None:
    # Only silence may use its time up; the others are seen through, also on a busy machine.
    silent = code == "SourceTimeoutError"
    start = time.monotonic()
    report = ask(way, seconds=2.0 if silent else 15.0)
    assert time.monotonic() - start < (PATIENCE if silent else 20.0)
    assert [f.code for f in report.failures] == [code]
    assert words in report.failures[0].message
    assert len(report.crystals) == kept
    assert report.answers[0].fault == report.failures[0].message


def test_bad_entries_are_failures_and_the_sound_ones_are_kept(ask) -> None:
    report = ask("bad_entries")
    assert len(report.crystals) == 2
    reasons = " | ".join(f.message for f in report.failures)
    assert len(report.failures) == 4
    assert "nan" in reasons
    assert "'Xx'" in reasons
    assert "not an object" in reasons


@pytest.mark.parametrize("way", ["moved", "null_parts", "picky", "sound"])
def test_what_can_be_put_up_with_is(ask, way) -> None:
    report = ask(way)
    assert report.failures == ()
    assert len(report.crystals) == 1


def test_endless_paging_ends_at_the_limit(ask, hostile) -> None:
    report = ask("growing", max_results=12)
    assert len(report.crystals) == 12
    assert report.failures == ()
    assert len(hostile.asked) == 12


def test_more_entries_than_asked_for_are_cut(ask) -> None:
    assert len(ask("flood", max_results=5).crystals) == 5


def test_a_wish_to_wait_is_granted(ask) -> None:
    start = time.monotonic()
    assert len(ask("patient").crystals) == 2
    assert time.monotonic() - start > 0.3


def test_cancelling_keeps_what_had_come_and_does_not_wait(ask, hostile, wait_until) -> None:
    stop = threading.Event()
    done: list = []
    thread = threading.Thread(
        target=lambda: done.append(ask("growing", max_results=10_000, should_stop=stop.is_set))
    )
    thread.start()
    wait_until(lambda: len(hostile.asked) > 5)
    stop.set()
    thread.join(PATIENCE)
    (report,) = done
    assert 0 < len(report.crystals) < 10_000
    assert "stopped" in report.answers[0].fault
    n = len(hostile.asked)
    time.sleep(0.3)
    assert len(hostile.asked) <= n + 1  # the thread went on to its next look, no further


def test_cancelling_does_not_wait_for_a_silent_server(ask, hostile, wait_until) -> None:
    stop = threading.Event()
    done: list = []
    thread = threading.Thread(
        target=lambda: done.append(ask("silent", seconds=60, should_stop=stop.is_set))
    )
    thread.start()
    wait_until(lambda: bool(hostile.asked))
    start = time.monotonic()
    stop.set()
    thread.join(PATIENCE)
    assert done
    assert time.monotonic() - start < 2.0


def test_a_thread_that_never_comes_back_is_given_up(ask, monkeypatch) -> None:
    """Slow headers, or a name server's silence: no time-out of the library helps."""
    monkeypatch.setattr("core.sources.gather._GRACE_SECONDS", 0.5)
    start = time.monotonic()
    report = ask("header_drip", seconds=1.0)
    assert [f.code for f in report.failures] == ["SourceTimeoutError"]
    assert time.monotonic() - start < PATIENCE


def test_offline_is_a_clear_message_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = time.monotonic()
    query = OptimadeQuery(providers=(f"http://127.0.0.1:{port}", "http://nowhere.invalid"))
    report = search_optimade(query, workers=0)
    assert [f.code for f in report.failures] == ["SourceUnreachableError"] * 2
    assert "refuses the connection" in report.failures[0].message
    assert "without one" in report.failures[0].hint
    assert time.monotonic() - start < PATIENCE


def test_nothing_is_printed_or_left_behind(ask, capfd, tmp_path, monkeypatch) -> None:
    from optimade.client import OptimadeClient

    monkeypatch.chdir(tmp_path)
    before = dict(OptimadeClient.headers)
    for way in ("sound", "html", "broken", "silent"):
        ask(way, seconds=1.0)
    out = capfd.readouterr()
    assert out.out == out.err == ""
    assert list(tmp_path.iterdir()) == []
    assert OptimadeClient.headers == before
    assert not OptimadeClient.all_results
