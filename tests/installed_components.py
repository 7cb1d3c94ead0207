"""Streamlit's look through the installed packages, once for all tests of pages and components."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(scope="session", autouse=True)
def components_are_known() -> Iterator[None]:
    """Each AppTest reads the metadata of all packages, for a second: they do not change here."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        known = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", known)
        yield
