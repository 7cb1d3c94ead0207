"""Runs made beforehand, for pages that show one: the job is computed here and put on disk."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from components.runs import TRAIN_PAGE, digest
from core.jobs import JobSpec, run
from core.jobs.manager import job_id
from core.jobs.records import JobRecord, write_record
from core.jobs.results import result_key, save_result
from core.library import Library

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "0123456789abcdef0123456789abcdef"
SET = "prototype-elastic"
TARGET = "bulk_modulus_GPa"
OPTIONS: Mapping[str, Any] = {
    "target": TARGET, "seed": 1, "model": {"key": "ridge", "features": "composition"},
    "conformal": {"method": "cross", "by": ""}, "split": {"key": "random", "repeats": 2},
    "levels": [0.5, 0.9, 0.95], "at_most": 200,
}  # fmt: skip


def made_run(
    library: Library, options: Mapping[str, Any] | None = None, *, data: str = f"embedded:{SET}"
) -> str:
    """Compute a run on a library as the session `TOKEN` would have; returns its id.

    GRIDSCOPE_HOME must be the test's own. What is not in `options` is as in `OPTIONS`.
    """
    chosen = {**OPTIONS, **(options or {})}
    spec = JobSpec(task="learn", options=chosen, seed=chosen["seed"])
    key = result_key(spec, digest(library, chosen["target"]))
    save_result(key, run(spec, {"crystals": library.crystals}))
    now = time.time()
    name = job_id(TOKEN, key)
    write_record(
        TOKEN,
        JobRecord(
            id=name, key=key, label=f"{chosen['target']} of {library.name}", state="done",
            page=TRAIN_PAGE, query={"data": data, "session": TOKEN}, created=now, started=now,
            finished=now, updated=now, fraction=1.0,
            notes={"library": library.name, "digest": library.digest},
        ),
    )  # fmt: skip
    return name


def opened(page: str, *, data: str = f"embedded:{SET}", **address: str) -> AppTest:
    """A page of the app as the session `TOKEN` opens it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    given = {"data": data, "session": TOKEN, **address}
    for key, value in given.items():
        if value:
            app.query_params[key] = value
    app.run()
    app.switch_page(page)
    for key, value in given.items():
        if value:
            app.query_params[key] = value
    return app.run()
