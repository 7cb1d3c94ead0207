"""Workspaces on SQLite and on a real PostgreSQL: what is kept comes back, under its name."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidSpecError, JobCancelled, UnknownNameError
from core.store.query import Filter
from core.store.schema import property_values
from core.store.schema import workspaces as table
from core.store.workspaces import open_store
from core.types import Crystal, ParseReport
from tests.core.store.conftest import same_report


def test_what_is_saved_comes_back_after_a_restart(store, report):
    notes = {"source": "files", "decisions": ["é <b>", "\0"]}
    store.save("Zeolites, 2026 / é", report, notes=notes)
    store.close()
    with open_store() as again:
        (info,) = again.workspaces()
        assert (info.name, info.n_crystals, info.n_failures) == ("Zeolites, 2026 / é", 3, 1)
        assert dict(info.notes) == notes
        assert same_report(again.workspace("Zeolites, 2026 / é").report(), report)


def test_crystals_by_id_come_in_the_order_asked_for(store, report):
    workspace = store.save("a", report)
    ids = [c.id for c in report.crystals][::-1]
    found = workspace.crystals(ids)
    assert [c.id for c in found] == ids
    assert [c.digest for c in found] == [c.digest for c in report.crystals][::-1]
    assert [c.id for c, _ in workspace.each()] == ids[::-1]
    with pytest.raises(UnknownNameError, match="nothing"):
        workspace.crystals(["nothing"])


def test_the_same_crystal_is_updated_and_another_one_renamed(store, report, rocksalt):
    workspace = store.save("a", report)
    known = report.crystals[1].with_(properties={"new": 1.0})
    other = rocksalt.with_(id=known.id)
    cards = (report.examinations[1], replace(report.examinations[1], verdict="red"))
    assert workspace.add(ParseReport((known, other), report.failures, cards)) == 1
    assert workspace.add(ParseReport((other,), (), cards[1:])) == 0, "it is there as ~2"
    back = workspace.report()
    assert [c.id for c in back.crystals] == [
        *(c.id for c in report.crystals), f"{known.id}~2"
    ]  # fmt: skip
    assert dict(back.crystals[1].properties) == {"new": 1.0}
    assert back.crystals[3].digest == rocksalt.digest
    assert back.examinations[3].verdict == "red"
    assert back.failures == report.failures, "the same failure stands once"
    assert (workspace.info.n_crystals, workspace.info.n_failures) == (4, 1)


def test_equal_ids_within_one_batch(store, rocksalt, perovskite):
    a, b = rocksalt.with_(id="x"), perovskite.with_(id="x")
    workspace = store.save("a", ParseReport((a, b, a.with_(properties={"p": 1})), ()))
    back = workspace.report().crystals
    assert [(c.id, c.digest) for c in back] == [("x", a.digest), ("x~2", b.digest)]
    assert dict(back[0].properties) == {"p": 1}


def test_removed_crystals_and_their_properties_are_gone(store, report):
    workspace = store.save("a", report)
    before = workspace.info.revision
    assert workspace.remove([report.crystals[0].id, "nothing"]) == 1
    assert workspace.info.n_crystals == 2
    assert workspace.info.revision > before
    assert [c.id for c in workspace.report().crystals] == ["SrTiO3", "Mg"]
    keys = list(report.crystals[0].properties)
    assert all(workspace.count(Filter(ranges=((key, None, None),))) == 0 for key in keys)
    with store.database.reading() as connection:
        assert connection.execute(property_values.select()).all() == []


@pytest.mark.parametrize("name", ["", " a", "a ", "a#b", "a\nb", "a" * 81, "\0"])
def test_names_that_can_be_none_are_refused(store, name):
    with pytest.raises(InvalidSpecError):
        store.create(name)
    assert store.workspaces() == []


def test_names_are_unique_and_told(store, report):
    store.save("a", report)
    store.create("b")
    with pytest.raises(InvalidSpecError, match="already"):
        store.save("a", report)
    with pytest.raises(InvalidSpecError, match="already"):
        store.rename("b", "a")
    store.rename("b", "c")
    with pytest.raises(UnknownNameError, match="Known: "):
        store.workspace("b")
    assert {info.name for info in store.workspaces()} == {"a", "c"}


def test_a_name_that_another_process_is_giving_is_taken(store, report):
    """Its transaction is under way: nobody sees the name before it is too late."""
    given, done = threading.Event(), threading.Event()

    def other() -> None:
        with open_store() as second, second.database.writing() as connection:
            connection.execute(table.insert().values(
                uid="other", name="a", created=0.0, touched=time.time(), revision=0,
                next_position=0, n_crystals=0, n_failures=0, notes="{}",
            ))  # fmt: skip
            given.set()
            done.wait(1.5)

    thread = threading.Thread(target=other)
    thread.start()
    assert given.wait(10)
    with pytest.raises(InvalidSpecError, match="already"):
        store.save("a", report)
    done.set()
    thread.join()
    assert [info.name for info in store.workspaces()] == ["a"]


def test_saving_again_replaces_the_crystals_and_keeps_results_and_jobs(store, report, many):
    first = store.save("a", report)
    first.results.save_arrays("k", {"x": np.arange(3)}, kind="descriptor")
    first.jobs.put("j", {"state": "done"})
    old = first.info
    again = store.save("a", many(5), replace=True)
    info = again.info
    assert (info.uid, info.created) == (old.uid, old.created)
    assert info.revision > old.revision
    assert (info.n_crystals, info.n_failures) == (5, 0)
    assert again.results.arrays("k")["x"].tolist() == [0, 1, 2]
    assert again.jobs.all() == {"j": {"state": "done"}}
    with pytest.raises(UnknownNameError, match="replaced"):
        first.add(report)
    assert len(store.workspaces()) == 1


def test_a_removed_workspace_leaves_nothing(store, report):
    store.save("a", report)
    kept = store.save("b", report)
    store.remove("a")
    assert [info.name for info in store.workspaces()] == ["b"]
    with store.database.reading() as connection:
        for name, other in table.metadata.tables.items():
            if "workspace_id" in other.c:
                owners = set(connection.scalars(other.select().with_only_columns(
                    other.c.workspace_id)))  # fmt: skip
                assert owners <= {kept.id}, name
    assert same_report(kept.report(), report)


def test_a_stop_or_a_fault_leaves_no_workspace(store, many, monkeypatch):
    monkeypatch.setattr("core.store.filling.BATCH", 10)
    seen = []
    with pytest.raises(JobCancelled):
        store.save(
            "a", many(50), on_progress=lambda done, total, what: seen.append((done, total)),
            should_stop=lambda: len(seen) >= 2,
        )  # fmt: skip
    assert seen == [(10, 50), (20, 50)]
    assert store.workspaces() == []
    with store.database.reading() as connection:
        assert connection.execute(table.select()).all() == []
    store.save("a", many(3))


def test_a_workspace_left_unfinished_by_a_dead_process_is_swept(store, many):
    filling = store.filling("dead")
    filling.__enter__().add(many(3))  # never ended, as by kill -9
    assert store.workspaces() == []
    with store.database.writing() as connection:
        connection.execute(table.update().values(touched=0.0))
    store.create("other")
    with store.database.reading() as connection:
        assert [row.name for row in connection.execute(table.select())] == ["other"]


def test_the_order_of_positions_survives_batches(store, many, monkeypatch):
    monkeypatch.setattr("core.store.filling.BATCH", 7)
    monkeypatch.setattr("core.store.reading._CHUNK", 5)
    workspace = store.save("a", many(40))
    assert [c.id for c in workspace.report().crystals] == [f"c{i:06}" for i in range(40)]


def test_structures_come_back_to_the_bit(store, skewed_cell: Crystal):
    odd = skewed_cell.with_(frac=[[-0.0, 1e-300, 1 + 2**-52]])
    (back,) = store.save("a", ParseReport((odd,), ())).report().crystals
    assert np.array_equal(back.frac.view(np.int64), odd.frac.view(np.int64))
    assert back.digest == odd.digest


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_room_of_a_removed_workspace_goes_back_to_the_disk(store, many, home_folder):
    store.save("a", many(20))
    file = home_folder / "workspaces.sqlite"

    def pages() -> int:
        with store.database.reading() as connection:
            return connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    before = pages()
    store.save("b", many(3_000, start=100))
    assert pages() > 3 * before
    store.remove("b")
    assert pages() < 1.5 * before
    store.close()
    assert file.stat().st_size < 1.5 * before * 4096
