"""A fixture: a real OPTIMADE server in a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.data import load_embedded
from core.types import Crystal
from tests.servers.entries import entry_of

_START_SECONDS = 90
_ALIASES = {
    "structures": {
        "id": "task_id",
        "chemical_formula_descriptive": "pretty_formula",
        "chemical_formula_reduced": "pretty_formula",
        "chemical_formula_anonymous": "formula_anonymous",
    }
}


@dataclass(frozen=True)
class OptimadeServer:
    """Where it is, what it says of itself, and the sound crystals it holds."""

    url: str
    log: Path
    crystals: tuple[Crystal, ...]


@pytest.fixture(scope="session")
def optimade_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OptimadeServer]:
    """The server, once for all tests; its default page holds 20 structures, the largest 100."""
    folder = tmp_path_factory.mktemp("optimade")
    settings = {
        "insert_test_data": False, "aliases": _ALIASES, "log_dir": str(folder), "page_limit": 20,
        "page_limit_max": 100,
        "provider": {"prefix": "exmpl", "name": "Example", "description": "For tests"},
        "provider_fields": {"structures": ["bulk_modulus"]},
        "length_aliases": {"structures": {"chemsys": "nelements"}},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings))
    crystals = load_embedded("elements")
    (folder / "entries.json").write_text(json.dumps([entry_of(c) for c in crystals]))
    log = folder / "server.log"
    environment = {**os.environ, "OPTIMADE_CONFIG_FILE": str(folder / "config.json")}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("optimade_app.py")),
             str(folder / "entries.json")],
            stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True,
            env=environment, cwd=folder,
        )  # fmt: skip
        try:
            port = _port(process)
            yield OptimadeServer(f"http://127.0.0.1:{port}", log, crystals)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    """The number the server prints once it listens; its log goes to standard output before."""
    found: queue.Queue[int | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip().isdigit():
                found.put(int(line))
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    port = found.get(timeout=_START_SECONDS)
    assert port is not None, "the OPTIMADE server did not start"
    return port
