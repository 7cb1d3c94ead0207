"""What figures of a library cite besides their method."""

from __future__ import annotations

from dataclasses import replace

from core.citations import has_entry
from core.data import EMBEDDED, card
from core.data.loading import record_of
from core.data.public import PUBLIC_SETS
from core.library import Library
from core.library.citing import data_dois


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
