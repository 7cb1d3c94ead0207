"""A fixture: a real PostgreSQL from Debian's packages, in a folder and on a port of its own.

`make test` installs the package where it is missing. PostgreSQL refuses to run as root: it then
runs as the user `postgres` that the package makes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

PASSWORD = "planted-secret-2f61"
_USER = "gridscope"
_START_SECONDS = 60
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Postgres:
    """A running server.

    Attributes:
        port: on 127.0.0.1.
        folder: data, socket and log.
    """

    port: int
    folder: Path
    _numbers: Iterator[int]

    def url(self, database: str, password: str = PASSWORD) -> str:
        """Address of a database."""
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Address of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


def _programs() -> Path:
    """The folder with initdb and postgres. Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError(
            "The store's tests need PostgreSQL: run `make test`, which installs it, or "
            "`apt-get install postgresql`."
        )
    return (found[0] if found else Path(os.path.realpath(str(on_path)))).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, once for all tests."""
    with running() as server:
        yield server


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server and end it. Raises: RuntimeError when the package is missing."""
    programs = _programs()
    # Not below pytest's folders: those are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="gridscope-pg-", dir="/tmp"))
    as_user: dict[str, object] = {"cwd": folder, "stdin": subprocess.DEVNULL}
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        as_user |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    data, log = folder / "data", folder / "log"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", _USER, "-A", "scram-sha-256", "-E", "UTF8",
         "--locale=C", "--no-sync", f"--pwfile={folder / 'password'}"],
        check=True, capture_output=True, timeout=_START_SECONDS, **as_user,
    )  # fmt: skip
    port = _free_port()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-k", folder,
             "-c", "listen_addresses=127.0.0.1", *_FAST.split()],
            stdout=output, stderr=output, **as_user,
        )  # fmt: skip
    started = Postgres(port, folder, count())
    try:
        _wait(server, started, log)
        yield started
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen, started: Postgres, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(started.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(
                    f"PostgreSQL did not start:\n{log.read_text()[-2000:]}"
                ) from None
            time.sleep(0.1)
