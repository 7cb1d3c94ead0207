"""What all tests of components need."""

from __future__ import annotations

from tests.installed_components import components_are_known  # noqa: F401 - a fixture
