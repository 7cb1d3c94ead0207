"""What figures of a library cite besides their method, and what exports say of its sets."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from core.citations import has_entry
from core.data import EMBEDDED, card
from core.data.loading import record_of
from core.data.public import PUBLIC_SETS
from core.library import Library
from core.library.citing import data_dois
from core.library.export import cif_zip, provenance
from core.library.kept import keep, reopen
from core.store.workspaces import open_store


def test_an_embedded_set_is_cited():
    assert data_dois(Library.embedded("elements")) == card("elements").dois


def test_public_sets_are_cited_once_wherever_they_came_in():
    library = Library.embedded("elements")
    files = replace(library, source="files", decisions=("read 3 files",))
    assert data_dois(files) == ()
    entries = [PUBLIC_SETS[key] for key in ("mp-binary-elasticity", "gridrdf-test-set")]
    merged = replace(files, decisions=tuple(record_of(e, "cache") for e in entries))
    found = data_dois(merged)
    assert found == tuple(dict.fromkeys((*entries[0].dois, *entries[1].dois)))


def test_every_work_behind_data_is_known_in_full():
    dois = [doi for name in EMBEDDED for doi in card(name).dois]
    assert all(has_entry(doi) for doi in dois)


def told(library: Library) -> list[str]:
    return [entry["name"] for entry in json.loads(provenance(library))["embedded_sets"]]


def test_an_export_of_an_embedded_set_says_on_what_terms():
    library = Library.embedded("elements")
    (entry,) = json.loads(provenance(library))["embedded_sets"]
    assert entry["licence"] == card("elements").licence
    assert entry["dois"] == list(card("elements").dois)
    with zipfile.ZipFile(io.BytesIO(cif_zip(library.keeping(["Cu"], "kept copper")))) as archive:
        references = archive.read("references.bib").decode()
    assert all(doi in references for doi in card("elements").dois)
    assert told(replace(library, source="files")) == []


def test_an_embedded_set_stays_on_record_through_workspaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    library = Library.embedded("elements").deciding("a decision")
    with open_store() as store:
        once = reopen(keep(store, "a", library))
        again = reopen(keep(store, "b", once))
        (line, *rest) = [d for d in again.decisions if "opened workspace" not in d]
        assert line.startswith("embedded:elements: Elements; ")
        assert rest == ["a decision"]
        # One that was kept before sets were noted.
        store.workspace("a").note({"source": "embedded:elements", "decisions": ["a decision"]})
        old = reopen(store.workspace("a"))
        store.workspace("a").note({"source": "embedded:of another version", "decisions": 7})
        unknown = reopen(store.workspace("a"))
    for found in (once, again, old):
        assert found.source.startswith("workspace:")
        assert data_dois(found) == card("elements").dois
        assert told(found) == ["embedded:elements"]
    assert told(unknown) == []
