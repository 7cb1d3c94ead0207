"""The peers' own environment, and the process that runs them in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks.timing import Side

PEERS = Path(__file__).resolve().parent / "peers"
ENVIRONMENT = PEERS / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
_STAMP = ENVIRONMENT / "requirements.sha256"


def set_up() -> Path:
    """Create the environment if it is absent or its requirements changed; its interpreter."""
    requirements = PEERS / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (_STAMP.exists() and _STAMP.read_text() == digest):
        print(f"Installing the peers into {ENVIRONMENT} (a minute or two)", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        _STAMP.write_text(digest)
    return PYTHON


class PeerWorker:
    """A running worker; a context manager. Its chatter goes to a log beside the results."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gridscope-bench-")
        self._log = (Path(self._folder.name) / "peers.log").open("w+")
        self._process = subprocess.Popen(
            [str(set_up()), "-W", "ignore", str(PEERS / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, "TQDM_DISABLE": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()
        self._folder.cleanup()

    def _ask(self, **request: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"The peers' process ended:\n{self._log.read()[-2000:]}")
        return json.loads(line)

    def load(self, name: str, **arrays: np.ndarray) -> None:
        """Hand a set of arrays to the worker."""
        path = Path(self._folder.name) / f"{name}.npz"
        np.savez(path, **arrays)
        self._ask(op="load", set=name, path=str(path))

    def side(self, task: str, name: str) -> Side:
        """The side that runs a task of the worker on a set."""

        def run() -> float:
            return float(self._ask(op="time", task=task, set=name)["seconds"])

        return run

    def result(self) -> np.ndarray:
        """What the last run computed."""
        path = Path(self._folder.name) / "result.npz"
        self._ask(op="save", path=str(path))
        with np.load(path) as archive:
            return archive["result"]
