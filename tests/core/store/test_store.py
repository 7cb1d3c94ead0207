"""What is saved comes back the same; tokens that are paths, and damaged folders, are refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError, InvalidSpecError, SchemaError, StoreUnavailableError
from core.store.home import forget_old_sessions, home, new_token, session_folder
from core.store.reports import load_report, save_report
from core.store.workspaces import checked_name
from core.types import Crystal, Examination, Failure, Finding, ParseReport


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))


@pytest.fixture
def report(rocksalt: Crystal, perovskite: Crystal) -> ParseReport:
    mixed = rocksalt.with_(
        id="mixed <b>", occupancy=[0.5] * 4 + [1.0] * 4, labels=tuple("abcdefgh"),
        properties={"K0_GPa": np.float64(24.5), "none": None, "text": "é"},
    )  # fmt: skip
    finding = Finding("partial_occupancy", "Na 0.5", "warning")
    cards = (
        Examination(mixed.id, mixed.source, "amber", (finding,), {"z": 4}, "look"),
        Examination(perovskite.id, perovskite.source, "green"),
    )
    return ParseReport((mixed, perovskite), (Failure("x", "parse", "E", "m", "h", "s"),), cards)


def test_what_is_saved_comes_back(tmp_path: Path, report: ParseReport) -> None:
    save_report(tmp_path / "a", report, {"name": "n"})
    back, meta = load_report(tmp_path / "a")
    assert meta == {"name": "n"}
    assert [(c.id, c.digest, c.labels, dict(c.properties), c.source) for c in back.crystals] == [
        (c.id, c.digest, c.labels, dict(c.properties), c.source) for c in report.crystals
    ]
    assert back.failures == report.failures
    for now, before in zip(back.examinations, report.examinations, strict=True):
        assert (now.verdict, now.findings, now.hint) == (
            before.verdict, before.findings, before.hint
        )  # fmt: skip
        assert dict(now.facts) == dict(before.facts)


def test_saving_again_replaces(tmp_path: Path, report: ParseReport) -> None:
    save_report(tmp_path / "a", report, {})
    save_report(tmp_path / "a", ParseReport((), report.failures, ()), {})
    back, _ = load_report(tmp_path / "a")
    assert not back.crystals
    assert back.failures == report.failures
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["a"]


@pytest.mark.parametrize("name", ["crystals.npz", "report.json"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"{}", b"[]"])
def test_a_damaged_folder_is_said(
    tmp_path: Path, report: ParseReport, name: str, content: bytes
) -> None:
    save_report(tmp_path / "a", report, {})
    (tmp_path / "a" / name).write_bytes(content)
    with pytest.raises(SchemaError):
        load_report(tmp_path / "a")
    with pytest.raises(SchemaError):
        load_report(tmp_path / "nothing")


@pytest.mark.parametrize("token", ["", "..", "../" * 8 + "etc", "a/b" * 8, "A" * 65, "a\0" * 12])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(InputError):
        session_folder(token)


def test_tokens_differ_and_lie_below_home() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(session_folder(t).parent == home() / "sessions" for t in tokens)


def test_only_old_sessions_are_forgotten() -> None:
    old, young = (session_folder(new_token()) for _ in range(2))
    for folder in (old, young):
        folder.mkdir(parents=True)
    long_ago = time.time() - 30 * 86_400
    os.utime(old, (long_ago, long_ago))
    assert forget_old_sessions(14) == 1
    assert not old.exists()
    assert young.exists()


def test_a_home_that_can_not_be_made_is_said(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("in the way")
    for name in ("file", "file/below"):
        monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / name))
        with pytest.raises(StoreUnavailableError, match="can't be used") as caught:
            home()
        assert "GRIDSCOPE_HOME" in caught.value.hint
        assert forget_old_sessions() == 0, "a server starts all the same"


def test_a_session_that_another_server_removes_meanwhile_is_no_fault(monkeypatch) -> None:
    old, gone = (session_folder(new_token()) for _ in range(2))
    for folder in (old, gone):
        folder.mkdir(parents=True)
        os.utime(folder, (0, 0))
    real = Path.stat

    def stat(path: Path, **options):
        if path == gone and gone in asked:  # there for is_dir, gone a moment later
            raise FileNotFoundError(path)
        asked.append(path)
        return real(path, **options)

    asked: list[Path] = []
    monkeypatch.setattr(Path, "stat", stat)
    assert forget_old_sessions() == 1
    assert not old.exists()


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path, report: ParseReport) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="can't be written"):
        save_report(tmp_path / "file" / "a" / "library", report, {})


@pytest.mark.parametrize("name", ["", "  ", "\t"])
def test_no_name_is_asked_for_in_words(name):
    with pytest.raises(InvalidSpecError, match="needs a name"):
        checked_name(name)
