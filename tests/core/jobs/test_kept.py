"""A job's result kept in a workspace is the same after a restart, an export and an import."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import SchemaError
from core.jobs import JobSpec, run
from core.jobs.base import input_digest
from core.jobs.kept import keep_result, kept_result
from core.jobs.records import JobRecord
from core.jobs.results import result_key
from core.store.workspaces import open_store
from core.types import ParseReport


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)


def test_kept_and_found_again(tmp_path, rocksalt, perovskite):
    spec = JobSpec(task="distance", options={"metric": "composition-emd"})
    inputs = {"crystals": [rocksalt, perovskite]}
    result, key = run(spec, inputs), result_key(spec, input_digest(inputs))
    record = JobRecord(id="0123456789abcdef", key=key, label="EMD <b>", state="done", created=1.0)
    with open_store() as store:
        workspace = store.save("a", ParseReport((rocksalt, perovskite), ()))
        assert kept_result(workspace, key) is None
        keep_result(workspace, key, result, record)
        workspace.export(tmp_path / "a.zip")
    with open_store() as store:
        store.import_(tmp_path / "a.zip", name="b")
        for name in ("a", "b"):
            workspace = store.workspace(name)
            back = kept_result(workspace, key)
            assert back.outputs.keys() == result.outputs.keys()
            for output, array in result.outputs.items():
                assert np.array_equal(back.outputs[output], array)
            assert back.failures == result.failures
            assert back.provenance == result.provenance
            assert workspace.results.all("distance")[0].label == "EMD <b>"
            assert JobRecord(**workspace.jobs.all()[record.id]) == record
        workspace.results.save_arrays("other", {"x": np.arange(2)}, kind="job")
        with pytest.raises(SchemaError):
            kept_result(workspace, "other")
