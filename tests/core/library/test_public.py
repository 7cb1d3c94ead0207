"""Public sets in the background: what is told while they come, and when they don't."""

from __future__ import annotations

import json
import threading

import pytest

from core.data.loading import PublicReport
from core.data.public import PUBLIC_SETS
from core.errors import DatasetUnavailableError, UnknownNameError
from core.library.export import provenance
from core.library.library import Library
from core.library.public import public_in_background, public_library, table_provenance

KEY = "expt-band-gaps"


def test_progress_counts_bytes_and_then_rows(monkeypatch):
    told = []
    begun = threading.Event()

    def load(name, *, on_progress, should_stop):
        assert begun.wait(10)
        on_progress(35_500, 70_136, f"downloading {name}")
        told.append(reading.state())
        on_progress(2048, 3895, "rows")
        told.append(reading.state())
        return PublicReport((), (), ())

    monkeypatch.setattr("core.library.public.load_public", load)
    reading = public_in_background(f"public:{KEY}")
    begun.set()
    reading.report(10)
    assert [(s.done, s.total, s.what) for s in told] == [
        (35, 70, "kB downloaded"), (2048, 3895, "rows read")
    ]  # fmt: skip


def test_a_fault_is_a_report_that_says_why(monkeypatch):
    def load(name, **_):
        raise DatasetUnavailableError("no network", hint="set the mirror")

    monkeypatch.setattr("core.library.public.load_public", load)
    report = public_in_background(KEY).report(10)
    assert isinstance(report, PublicReport)
    (failure,) = report.failures
    assert (failure.id, failure.stage) == (KEY, "fetch")
    assert (failure.message, failure.hint) == ("no network", "set the mirror")


def test_an_unknown_set_is_refused_before_it_starts():
    with pytest.raises(UnknownNameError, match="expt-band-gaps"):
        public_in_background("expt-band-gap")


@pytest.mark.data
def test_provenance_of_crystals_and_tables(shared_data, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    found = public_in_background("gridrdf-fixtures").report(60)
    library = public_library("gridrdf-fixtures", found)
    told = json.loads(provenance(library.keeping(library.ids[:3], "kept three")))
    assert [s["name"] for s in told["public_sets"]] == ["public:gridrdf-fixtures"]
    assert told["decisions"][0] == found.record

    table = public_in_background(KEY).report(60)
    entry = PUBLIC_SETS[KEY]
    beside = json.loads(table_provenance(entry, table))
    assert beside["n_rows"] == len(table.table) == 3895
    assert beside["public_sets"][0]["files"][0]["sha256"] == entry.sha256
    assert beside["decisions"] == [table.record]


def test_provenance_without_public_sets_says_so():
    assert json.loads(provenance(Library.embedded("elements")))["public_sets"] == []
