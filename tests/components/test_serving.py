"""What the server does once, when it starts."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import REPOSITORY

_WARM = """
import gc
from components import serving
serving._import_heavy()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_the_collector_is_spared_what_was_imported() -> None:
    """Streamlit has it look through everything after every run of a script."""
    out = subprocess.run(
        [sys.executable, "-c", _WARM], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    spared, left = map(int, out.stdout.split())
    assert spared > 100_000
    assert left < spared / 20
