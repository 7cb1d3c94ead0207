"""Workers, limits, cancellation, folders: nothing is lost, nothing hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import ParseLimits
from core.errors import JobCancelled
from core.io import collect, parse, read
from core.types import RawFile

ROOT = Path(__file__).resolve().parents[3]


def _big_cif(quartz_cif: str, n_atoms: int) -> bytes:
    rows = "".join(
        f"O{i} O {0.001 + i * 0.618 % 1:.6f} {i * 0.3247 % 1:.6f} {i * 0.4656 % 1:.6f} 1\n"
        for i in range(n_atoms)
    )
    return (quartz_cif + rows).replace("4.9137(1)", "90").encode()


def test_workers_give_what_one_process_gives(quartz_cif: str) -> None:
    files = [RawFile(f"{i}.cif", quartz_cif.encode()) for i in range(6)]
    files.insert(3, RawFile("bad.cif", b"data_x"))
    alone, together = parse(files, workers=0), parse(files, workers=2)
    assert [c.id for c in alone.crystals] == [c.id for c in together.crystals]
    assert [c.digest for c in alone.crystals] == [c.digest for c in together.crystals]
    assert alone.failures == together.failures
    assert [e.findings for e in alone.examinations] == [e.findings for e in together.examinations]


def test_a_file_beyond_its_time_is_killed_and_the_rest_goes_on(quartz_cif: str) -> None:
    slow = RawFile("slow.cif", _big_cif(quartz_cif, 1_900))
    files = [slow, RawFile("ok.cif", quartz_cif.encode())]
    limits = ParseLimits(seconds_per_file=1.0)
    started = time.monotonic()
    report = parse(files, workers=1, limits=limits)
    assert time.monotonic() - started < 20
    assert [c.id for c in report.crystals] == ["ok"]
    (failure,) = report.failures
    assert (failure.id, failure.code) == ("slow", "Timeout")
    assert "longer than 1 s" in failure.message


def test_a_worker_that_dies_costs_its_file_only(quartz_cif: str, monkeypatch) -> None:
    from core.io import pool

    send = pool.Pool._send

    def kill_on_first(self, worker, task) -> None:
        send(self, worker, task)
        if task.raw.name == "0.cif":
            worker.process.kill()

    monkeypatch.setattr(pool.Pool, "_send", kill_on_first)
    files = [RawFile("0.cif", _big_cif(quartz_cif, 1_000)), RawFile("1.cif", quartz_cif.encode())]
    report = parse(files, workers=1)
    assert [c.id for c in report.crystals] == ["1"]
    assert "crashed" in report.failures[0].message


def test_atom_rows_are_counted_before_parsing(quartz_cif: str) -> None:
    started = time.monotonic()
    report = parse([RawFile("a.cif", _big_cif(quartz_cif, 20_000))], workers=0)
    assert time.monotonic() - started < 3
    assert "20,002 atoms; the limit is 2,000" in report.failures[0].message


def test_expanded_sites_are_counted_before_pymatgen_expands_them(quartz_cif: str) -> None:
    limits = replace(ParseLimits(), max_sites=1_000)
    started = time.monotonic()
    report = parse([RawFile("a.cif", _big_cif(quartz_cif, 1_000))], workers=0, limits=limits)
    assert time.monotonic() - started < 3
    assert "the limit is 1,000" in report.failures[0].message


def test_bytes_are_limited(quartz_cif: str) -> None:
    limits = replace(ParseLimits(), max_file_bytes=100)
    assert (
        "MiB" in parse([RawFile("a.cif", quartz_cif.encode())], limits=limits).failures[0].message
    )


@pytest.mark.parametrize("workers", [0, 1])
def test_a_stop_is_obeyed(workers: int, quartz_cif: str) -> None:
    files = (RawFile(f"{i}.cif", quartz_cif.encode()) for i in range(10_000))
    answers = iter([False] * 20 + [True] * 10_000)
    with pytest.raises(JobCancelled):
        parse(files, workers=workers, should_stop=lambda: next(answers))


def test_progress_is_told(quartz_cif: str) -> None:
    seen: list[tuple[int, int, str]] = []
    files = [RawFile(f"{i}.cif", quartz_cif.encode()) for i in range(4)]
    parse(files, workers=1, on_progress=lambda *step: seen.append(step))
    assert seen[-1][:2] == (4, 4)
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_without_examination_no_facts_are_gathered(here, quartz_cif: str) -> None:
    (card,) = here(quartz_cif, examine=False).examinations
    assert card.facts["examined"] is False
    assert "space_group_found" not in card.facts


def test_a_script_without_a_main_guard_may_parse(tmp_path: Path, quartz_cif: str) -> None:
    (tmp_path / "a.cif").write_text(quartz_cif)
    script = tmp_path / "script.py"
    script.write_text("import core.io\nprint(len(core.io.read('a.cif').crystals))\n")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_importing_core_io_is_light() -> None:
    code = (
        "import sys, core.io; heavy = {'pymatgen', 'ase', 'gemmi', 'spglib', 'scipy', 'numba'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_folder_with_every_kind_of_trouble(tmp_path: Path, quartz_cif: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.cif").write_text(quartz_cif)
    (tmp_path / "empty.cif").write_text("")
    (tmp_path / ".hidden.cif").write_text(quartz_cif)
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "self.cif").symlink_to(tmp_path / "self.cif")
    (tmp_path / "gone.cif").symlink_to(tmp_path / "nowhere.cif")
    (tmp_path / "linked.cif").symlink_to(tmp_path / "sub" / "good.cif")
    os.mkfifo(tmp_path / "pipe.cif")
    report = read(tmp_path, workers=0)
    assert sorted(c.id for c in report.crystals) == ["good", "linked"]
    reasons = {Path(f.source).name: f.message for f in report.failures}
    assert set(reasons) == {"empty.cif", "loop", "self.cif", "gone.cif", "pipe.cif"}
    assert "links back" in reasons["loop"]
    assert "leads to itself" in reasons["self.cif"]
    assert "no such file" in reasons["gone.cif"]
    assert "pipe" in reasons["pipe.cif"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_told(tmp_path: Path, quartz_cif: str) -> None:
    path = tmp_path / "a.cif"
    path.write_text(quartz_cif)
    path.chmod(0)
    assert "may not be read" in read(path).failures[0].message


def test_missing_path_empty_folder_and_a_hidden_file_by_name(
    tmp_path: Path, quartz_cif: str
) -> None:
    (tmp_path / "empty").mkdir()
    hidden = tmp_path / ".hidden.cif"
    hidden.write_text(quartz_cif)
    report = read([tmp_path / "nowhere", tmp_path / "empty", hidden, "\0"], workers=0)
    assert len(report.crystals) == 1
    assert [f.stage for f in report.failures] == ["collect"] * 3


def test_collect_streams_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.cif", "a.cif", "c.cif"):
        (tmp_path / name).write_text("data_x")
    files, failures = collect([tmp_path])
    assert [Path(f.name).name for f in files] == ["a.cif", "b.cif", "c.cif"]
    assert failures == []


def test_of_a_thousand_files_the_fifty_broken_ones_are_failures(
    tmp_path: Path, quartz_cif: str
) -> None:
    broken = [b"", b"data_x", b"\0\1\2", quartz_cif[:150].encode(), b"no crystal"]
    for i in range(1_000):
        data = broken[i // 20 % 5] if i % 20 == 7 else quartz_cif.encode()
        (tmp_path / f"{i:04d}.cif").write_bytes(data)
    report = read(tmp_path, examine=False)
    assert len(report.crystals) == 950
    assert len(report.failures) == 50
    assert len({c.id for c in report.crystals}) == 950
    assert all(f.message and f.source for f in report.failures)
    expected = {f"{i:04d}" for i in range(1_000) if i % 20 == 7}
    assert {f.id for f in report.failures} == expected


def test_a_sample_of_damaged_cifs_is_survived(quartz_cif: str, damaged) -> None:
    files = list(damaged([quartz_cif.encode()], 300, 1))
    report = parse(files, limits=ParseLimits(seconds_per_file=10))
    sources = [c.source.split("#")[0] for c in report.crystals]
    sources += [f.source.split("#")[0] for f in report.failures]
    assert set(sources) == {f.name for f in files}
    _no_fault_of_ours(report)


@pytest.mark.data
def test_two_thousand_damaged_cifs_are_survived(shared_data: Path, damaged) -> None:
    folder = shared_data / "zeolites"
    paths = sorted(folder.glob("*_structures/*.cif"))[::11] + sorted(
        (shared_data / "gridrdf").glob("*.cif")
    )
    files = list(damaged([p.read_bytes() for p in paths], 2_000, 2))
    report = parse(files, limits=ParseLimits(seconds_per_file=10))
    sources = {c.source.split("#")[0] for c in report.crystals}
    sources |= {f.source.split("#")[0] for f in report.failures}
    assert sources == {f.name for f in files}
    _no_fault_of_ours(report)


def _no_fault_of_ours(report) -> None:
    for failure in report.failures:
        assert "Unexpected" not in failure.message, failure
        assert "crashed" not in failure.message, failure
        assert failure.code != "Timeout", failure
