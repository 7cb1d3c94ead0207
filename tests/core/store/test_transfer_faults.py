"""Imports: numbers no calendar or column holds, and a store that fails meanwhile."""

from __future__ import annotations

import json

import pytest

from core.errors import SchemaError, StoreUnavailableError
from core.store.database import Database
from tests.core.store.test_transfer import (  # some are fixtures
    _details,
    _everything,
    _line,
    _read,
    _result,
    _write,
    filled,  # noqa: F401
    packed,  # noqa: F401
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

VAST = 10**400


def _facts(entries, **facts):
    card = json.loads(entries["crystals/00000.jsonl"].split(b"\n", 1)[0])["details"]["card"]
    return _details(entries, card={**card, "facts": {**card["facts"], **facts}})


def _job(entries, created):
    return _line(entries, "jobs.jsonl", record={"created": created})


LIES = {
    "a result of no time": lambda e: _result(e, created=float("nan")),
    "a result without end": lambda e: _result(e, created=float("inf")),
    "a result beyond all calendars": lambda e: _result(e, created=1e18),
    "a result beyond all floats": lambda e: _result(e, created=VAST),
    "a result of before all calendars": lambda e: _result(e, created=-1e18),
    "a file of endless size": lambda e: _result(
        e, files={"x": ["0" * 64, float("inf"), ""]}),
    "a job of no time": lambda e: _job(e, float("nan")),
    "a job beyond all floats": lambda e: _job(e, VAST),
    "a job whose time is text": lambda e: _job(e, "now"),
    "an endless space group": lambda e: _facts(e, space_group_number_found=float("inf")),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_number_that_can_be_none_is_refused(store, packed, tmp_path, lie):  # noqa: F811
    before = _everything(store)
    _write(tmp_path / "evil.zip", LIES[lie](_read(packed)))
    with pytest.raises(SchemaError) as refusal:
        store.import_(tmp_path / "evil.zip", name="evil")
    assert "no sound export" in refusal.value.message
    assert refusal.value.hint
    assert _everything(store) == before


def test_a_store_that_fails_is_not_blamed_on_the_zip(store, packed, monkeypatch):  # noqa: F811
    def fails(*_):
        raise StoreUnavailableError("The store x: disk I/O error.")

    monkeypatch.setattr("core.store.filling.add_batch", fails)
    with pytest.raises(StoreUnavailableError, match="disk I/O error"):
        store.import_(packed, name="b")


def test_what_is_kept_is_kept_though_tidying_fails(store, many, monkeypatch):
    """A full disk or a busy database after the last commit is no reason to say nothing was kept."""

    def fails(_self):
        raise StoreUnavailableError("The store x: database or disk is full.")

    monkeypatch.setattr(Database, "tidy", fails)
    store.save("a", many(3))
    assert store.save("a", many(2), replace=True).info.n_crystals == 2
    assert [info.name for info in store.workspaces()] == ["a"]
