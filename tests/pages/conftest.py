"""What tests of pages need: servers for live sources, and no work left from the test before."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from components import jobs
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
