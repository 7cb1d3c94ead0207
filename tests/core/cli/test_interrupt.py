"""Ctrl-C leaves no half-written output and no processes, whenever it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import typer
from ase import Atoms
from ase.io import write

from core.cli import console
from core.cli.session import Interrupts, session
from core.errors import InvalidSpecError, JobCancelled, MemoryBudgetError
from tests.core.cli.conftest import command, core_environment

STOPPED = (130, -signal.SIGINT)  # the latter is what a shell calls 130


@pytest.fixture
def many(tmp_path):
    """1,500 random cells of 2 atoms: many seconds of work under the exact Wasserstein distance."""
    rng = np.random.default_rng(7)
    frames = [
        Atoms(
            "SiO", scaled_positions=[[0, 0, 0], rng.uniform(0.3, 0.7, 3)], cell=[4, 4, 5], pbc=True
        )
        for _ in range(1_500)
    ]
    write(tmp_path / "many.extxyz", frames, format="extxyz")
    return "many.extxyz"


def group(leader: int) -> list[str]:
    """Living members of a process group, their command lines."""
    listing = subprocess.run(
        ["ps", "-e", "-o", "pgid=,stat=,cmd="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return [row[2] for row in rows if int(row[0]) == leader and not row[1].startswith("Z")]


def wait_for_imports(pid: int) -> None:
    """Until numpy loads: before our first line an interrupt is the interpreter's own affair."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/maps") as maps:
            if "numpy" in maps.read():
                return
        time.sleep(0.005)
    raise AssertionError("the imports never began")


@pytest.mark.parametrize(
    ("moment", "output", "number"),
    [("importing", "m.npz", signal.SIGINT), (1.5, "m.npy", signal.SIGINT),
     ("writing", "m.npy", signal.SIGINT), ("writing", "m.zarr", signal.SIGINT),
     (1.5, "m.npz", signal.SIGTERM)],
)  # fmt: skip
def test_an_interrupt_leaves_nothing(tmp_path, many, moment, output, number):
    before = sorted(os.listdir(tmp_path))
    process = subprocess.Popen(
        command("distance", many, "-o", output, "--metric", "grid-wasserstein"),
        cwd=tmp_path, env=core_environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    if moment == "writing":
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not any(".part" in n for n in os.listdir(tmp_path)):
            time.sleep(0.02)
        assert any(".part" in name for name in os.listdir(tmp_path))
    elif moment == "importing":
        wait_for_imports(process.pid)
    else:
        time.sleep(moment)
    assert process.poll() is None, "the run ended before it could be interrupted"
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=30)
    assert process.returncode in (STOPPED if number == signal.SIGINT else (143,))
    assert "Traceback" not in said
    assert sorted(os.listdir(tmp_path)) == before
    for _ in range(20):
        if not group(process.pid):
            break
        time.sleep(0.1)
    assert group(process.pid) == []


@pytest.fixture
def pythons_own_handler():
    """Also where a shell started the tests with & and had them ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("pythons_own_handler")
def test_an_interrupt_is_remembered_and_a_second_does_not_disturb():
    with Interrupts() as interrupts:
        assert not interrupts.asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)  # while the first is being dealt with
        assert interrupts.asked()
    with pytest.raises(KeyboardInterrupt):  # Python's own handler is back
        signal.raise_signal(signal.SIGINT)


class Dying:
    """Raises where Python can only print the exception, as callbacks of libraries do."""

    def __init__(self, fault):
        self.fault = fault

    def __del__(self):
        raise self.fault


def test_an_interrupt_lost_in_a_callback_is_not_printed(monkeypatch):
    printed = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: printed.append(lost.exc_type))
    with Interrupts():
        Dying(KeyboardInterrupt())
        Dying(ValueError())
    assert printed == [ValueError]
    Dying(KeyboardInterrupt())
    assert printed == [ValueError, KeyboardInterrupt]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(InvalidSpecError("x"), 2), (MemoryBudgetError("x"), 1), (JobCancelled(), 130),
     (KeyboardInterrupt(), 130), (OSError(28, "No space left"), 1), (MemoryError(), 1)],
)  # fmt: skip
def test_faults_become_exit_statuses(fault, status, capsys):
    with pytest.raises(typer.Exit) as exit_, session("test"):
        raise fault
    assert exit_.value.exit_code == status
    assert capsys.readouterr().err.startswith("test: ")


def test_a_fault_of_the_code_is_not_hidden():
    with pytest.raises(ZeroDivisionError), session("test"):
        _ = 1 / 0


def test_no_bar_when_piped_and_one_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: False, raising=False)
    with console.progress() as report:
        assert report is None
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with console.progress() as report:
        report(1, 2, "a[red]\x1b.cif")
        report(2, 2, "a[red]\x1b.cif")
        report(1, 3, "fitting and testing")
    told = capsys.readouterr().err
    assert "fitting and testing" in told, "each step under its own name"
    assert "1/3" in told
    assert "[red]" in told, "a file's name is plain text"
    assert "\x1b.cif" not in told


def test_json_has_no_nan(capsys):
    console.put_json({"a": np.array([1.0, np.nan]), "b": np.float32(np.inf), 3: (np.int64(2),)})
    assert capsys.readouterr().out.split() == list(
        '{ "a": [ 1.0, null ], "b": null, "3": [ 2 ] }'.split()
    )
