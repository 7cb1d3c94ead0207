"""Servers on this machine for pages that ask live sources."""

from tests.servers.hostile import hostile, wait_until  # noqa: F401 - fixtures
from tests.servers.mp_server import mp_server  # noqa: F401 - a fixture
from tests.servers.optimade_server import optimade_server  # noqa: F401 - a fixture
from tests.servers.witness import witness  # noqa: F401 - a fixture
