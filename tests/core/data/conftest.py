"""A server on this machine: nothing here needs a network."""

from tests.servers.file_server import file_server  # noqa: F401 - a fixture
