"""What tests of pages need: servers for live sources, and no work left from the test before."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from components import jobs
from core.jobs import JobSpec, run
from core.library import Library
from tests.installed_components import components_are_known  # noqa: F401 - a fixture
from tests.pages.made_runs import SET
from tests.pages.predicting import OPTIONS
from tests.servers.hostile import hostile, wait_until  # noqa: F401 - fixtures
from tests.servers.mp_server import mp_server  # noqa: F401 - a fixture
from tests.servers.optimade_server import optimade_server  # noqa: F401 - a fixture
from tests.servers.witness import witness  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def _no_job_outlives_its_test() -> Iterator[None]:
    """The whole suite shares one queue: a job left behind would keep the next test waiting."""
    yield
    manager = jobs.manager()
    for token, name in list(manager._active):
        manager.cancel(token, name)
    deadline = time.monotonic() + 10.0
    while manager._active and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.fixture(scope="session")
def every() -> Library:
    """The set that comes with a bulk modulus."""
    return Library.embedded(SET)


@pytest.fixture(scope="session")
def model_files(every: Library) -> dict[str, bytes]:
    """Files of models of 80 crystals, with and without intervals."""
    members = {"crystals": every.crystals[::68][:80]}
    out = {}
    for name, changed in (("whole", {}), ("bare", {"conformal": None})):
        done = run(JobSpec(task="train", options={**OPTIONS, **changed}), members)
        out[name] = done.outputs["model"].tobytes()
    return out
