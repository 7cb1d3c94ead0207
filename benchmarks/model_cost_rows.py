"""Time and memory of the averaged model, trained and applied from the command line."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.job_rows import watch
from benchmarks.timing import Comparison, compare
from core.data import load_embedded
from core.io import read
from core.io.write import to_pymatgen_json
from core.types import Crystal

TRAIN_SECONDS, TRAIN_GIGABYTES, PREDICT_SECONDS = 180.0, 3.0, 60.0
_NEW = 10_000  # crystals predicted
_STRAIN = 0.02


def rows(context: Context) -> Iterator[Comparison]:
    """The binaries learnt with intervals, and crystals that nobody has seen predicted."""
    crystals = read([inputs.binaries_file()], examine=False).crystals
    with tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        model, new = Path(folder) / "m.gsmodel", Path(folder) / "new.json"
        source = str(inputs.binaries_file())
        seconds, gigabytes = _command(
            "train", source, "--target", "bulk_modulus_vrh_GPa", "--set", "target_scale=log",
            "--threads", "2", "--processes", "2", "-o", str(model),
        )  # fmt: skip
        name = f"CLI train, averaged, intervals, {len(crystals)} binaries"
        note = "wall time on two cores from the file to the model, six fits; descriptors included"
        yield compare([seconds], [TRAIN_SECONDS], name=name, peer="time allowed", unit="s",
                      gate=1.0, note=note)  # fmt: skip
        note = "peak over all processes, shared pages counted once"
        yield compare([gigabytes], [TRAIN_GIGABYTES], name=name, peer="memory allowed", unit="GB",
                      gate=1.0, note=note)  # fmt: skip
        new.write_text(to_pymatgen_json(unseen(crystals, _NEW)), "utf-8")
        seconds, _ = _command(
            "predict", str(model), str(new), "--level", "0.95", "--threads", "2", "--processes",
            "2", "-o", str(Path(folder) / "p.csv"),
        )  # fmt: skip
        yield compare(
            [seconds], [PREDICT_SECONDS], name=f"CLI predict, averaged, {_NEW:,} new crystals",
            peer="time allowed", unit="s", gate=1.0,
            note="binaries strained by up to 2%, and prototypes in many elements: no two alike; "
            "reading, descriptors, writing included",
        )  # fmt: skip


def unseen(crystals: tuple[Crystal, ...], count: int) -> list[Crystal]:
    """`count` crystals, no two alike: the embedded prototypes, then the given ones strained."""
    prototypes = [c.with_(properties={}) for c in load_embedded("prototype-elastic")][: count // 2]
    return prototypes + strained(crystals, count - len(prototypes))


def strained(crystals: tuple[Crystal, ...], count: int) -> list[Crystal]:
    """`count` crystals that nobody has seen: the given ones with strained cells."""
    rng = np.random.default_rng(0)
    out = []
    for i in range(count):
        c = crystals[i % len(crystals)]
        strain = np.eye(3) * (1 + _STRAIN * rng.uniform(-1, 1))
        out.append(c.with_(id=f"new-{i}", lattice=c.lattice @ strain, properties={}))
    return out


def _command(*args: str) -> tuple[float, float]:
    """Wall seconds and peak gigabytes of a command. Raises: RuntimeError when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *args], cwd=inputs.REPOSITORY, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    peak = watch(process)
    seconds = time.perf_counter() - start
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"The command failed:\n{said[-2000:]}")
    return seconds, peak / 1e9
