"""What was asked of a workspace of 100,000 crystals; the same as `python -m benchmarks`."""

from __future__ import annotations

import pytest

from benchmarks import store_rows
from core.store.workspaces import open_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
_TRIES = 5


def test_a_large_workspace_answers_in_time(database):
    with open_store() as store:
        workspace = store_rows.fill(store, store_rows.N)
        assert workspace.count() == store_rows.N
        late = {}
        for name, question in store_rows.QUESTIONS.items():
            best = min(store_rows.seconds_of(question, workspace) for _ in range(_TRIES))
            if best > store_rows.SECONDS_ALLOWED:
                late[name] = best
        assert late == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_large_workspace_is_exported_and_imported_in_little_memory(database, tmp_path):
    with open_store() as store:
        store_rows.fill(store, store_rows.N)
        path = str(tmp_path / "large.zip")
        out = store_rows.peak_megabytes("workspace", "export", store_rows.NAME, "-o", path)
        into = store_rows.peak_megabytes("workspace", "import", path, "--name", "again")
        assert out <= store_rows.MEGABYTES_ALLOWED
        assert into <= store_rows.MEGABYTES_ALLOWED
        first, again = store.workspace(store_rows.NAME), store.workspace("again")
        assert again.ids() == first.ids()
        some = first.ids()[:: store_rows.N // 50]
        for before, after in zip(first.crystals(some), again.crystals(some), strict=True):
            assert before.digest == after.digest
            assert dict(before.properties) == dict(after.properties)
