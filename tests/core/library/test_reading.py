"""Reading in the background: progress, stop, limits; nothing that went in is lost."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest

from core.config import ParseLimits
from core.errors import ParseError
from core.io.write import to_cif
from core.library.examining import examine_library
from core.library.reading import Reading, Readings, Ticket, read_files
from core.types import ParseReport, RawFile

PATIENCE = 60.0


def finished(reading: Reading) -> ParseReport:
    report = reading.report(PATIENCE)
    assert report is not None
    assert reading.state().finished
    return report


def cif(crystal, name: str) -> RawFile:
    return RawFile(name, to_cif(crystal).encode())


def test_reads_like_parse_and_empties_the_list(library):
    files = [cif(c, f"{c.id}.cif") for c in library.crystals]
    report = finished(read_files(files, workers=0))
    assert [c.id for c in report.crystals] == list(library.ids)
    assert files == []
    assert all(e.facts["examined"] for e in report.examinations)


def test_progress_knows_how_many_a_zip_holds(library):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for c in library.crystals:
            archive.writestr(f"{c.id}.cif", to_cif(c))
        archive.writestr("__MACOSX/junk", "x")
    reading = read_files([RawFile("all.zip", buffer.getvalue())], workers=0)
    finished(reading)
    state = reading.state()
    assert (state.done, state.total, state.fraction) == (5, 5, 1.0)


def test_a_stop_keeps_what_was_read_and_says_so(library):
    gate, seen = threading.Event(), threading.Event()
    crystal = library.crystals[0]

    def files():
        yield cif(crystal, "one.cif")
        yield cif(crystal, "two.cif")
        seen.set()
        gate.wait(PATIENCE)
        yield cif(crystal, "three.cif")

    from core.io import parse

    reading = Reading(
        lambda progress, stop: parse(
            files(), workers=0, on_progress=progress, should_stop=stop, keep_partial=True
        )
    )
    assert seen.wait(PATIENCE)
    reading.stop()
    gate.set()
    report = finished(reading)
    assert [c.id for c in report.crystals] == ["one", "two"]
    assert report.failures[-1].code == "Stopped"
    assert "after 2" in report.failures[-1].message


def test_one_bad_file_costs_itself_only(library):
    files = [
        RawFile("empty.cif", b""), cif(library.crystals[0], "good.cif"),
        RawFile("junk.cif", bytes(range(256)) * 8),
        RawFile("<script>alert(1)</script>.cif", b"data_x\n_cell_length_a nan\n"),
    ]  # fmt: skip
    report = finished(read_files(files, workers=0))
    assert [c.id for c in report.crystals] == ["good"]
    assert [f.source for f in report.failures] == [
        "empty.cif", "junk.cif", "<script>alert(1)</script>.cif",
    ]  # fmt: skip
    assert all(f.message for f in report.failures)


def test_files_beyond_the_limit_of_bytes_are_told_and_the_rest_is_read(library):
    good = cif(library.crystals[0], "good.cif")
    files = [good, RawFile("huge.cif", b" " * 10_000)]
    limits = ParseLimits(max_archive_bytes=len(good.data) + 100)
    report = finished(read_files(files, limits=limits, workers=0))
    assert [c.id for c in report.crystals] == ["good"]
    assert report.failures[0].source == "huge.cif"
    assert report.failures[0].code == "UploadLimitError"


def test_junk_of_a_folder_is_skipped_but_not_a_file_given_by_name(library):
    data = to_cif(library.crystals[0]).encode()
    names = ("set/.DS_Store", "set/._a.cif", "set/a.cif", ".hidden.cif")
    report = finished(read_files([RawFile(n, data) for n in names], workers=0))
    assert len(report.crystals) == 2
    assert not report.failures


@pytest.mark.parametrize("error", [ParseError("explained"), RuntimeError("not explained")])
def test_a_fault_of_the_whole_is_a_failure(error, caplog):
    def work(progress, stop):
        raise error

    report = finished(Reading(work))
    assert not report.crystals
    assert len(report.failures) == 1
    assert ("RuntimeError" in caplog.text) == isinstance(error, RuntimeError)


def test_tickets_are_secret_and_taken_once(library):
    readings = Readings()
    ticket = Ticket(Reading(lambda progress, stop: library.report), "name")
    key = readings.put(ticket)
    assert len(key) >= 32
    assert readings.get(key) is ticket
    assert readings.get("") is None
    assert readings.take(key) is ticket
    assert readings.take(key) is None


def test_tickets_nobody_fetched_are_dropped(library, monkeypatch):
    from core.library import reading as module

    readings = Readings()
    ticket = Ticket(Reading(lambda progress, stop: library.report), "name")
    finished(ticket.reading)
    key = readings.put(ticket)
    monkeypatch.setattr(module, "_KEEP_SECONDS", -1.0)
    readings.put(ticket)
    assert readings.get(key) is None


def test_crystals_without_an_examination_get_one():
    from core.library import Library

    elements = Library.embedded("elements")
    few = elements.keeping(elements.ids[:4], "four")
    assert not any(e.facts.get("examined") for e in few.examinations)
    report = finished(examine_library(few, workers=1))
    assert [c.id for c in report.crystals] == list(few.ids)
    assert all(e.facts["examined"] for e in report.examinations)
    assert [e.crystal_id for e in report.examinations] == list(few.ids)
