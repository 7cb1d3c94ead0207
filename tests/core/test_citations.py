"""Works by DOI: found in references, complete, cited once."""

from __future__ import annotations

import pytest

from core.citations import GRID, bibtex, dois_in, has_entry
from core.descriptors import DESCRIPTORS
from core.distances import DISTANCES

REFERENCES = {key: DESCRIPTORS[key].reference for key in DESCRIPTORS}
REFERENCES |= {key: DISTANCES[key].reference for key in DISTANCES}


@pytest.mark.parametrize("key", list(REFERENCES))
def test_every_work_a_registry_names_is_known_in_full(key: str) -> None:
    dois = dois_in(REFERENCES[key])
    assert dois
    for doi in dois:
        assert has_entry(doi), doi
        assert f"doi = {{{doi}}}" in bibtex([doi])


def test_a_work_is_cited_once_and_braces_balance() -> None:
    every = [doi for text in REFERENCES.values() for doi in dois_in(text)]
    text = bibtex(every)
    assert text.count("{") == text.count("}")
    assert text.count(f"doi = {{{GRID}}}") == 1
    assert text.count("\n@") + 1 == len(set(every))


def test_dois_are_found_in_both_spellings_and_with_brackets() -> None:
    text = "One, doi:10.1016/0038-1098(84)90765-8; two (2020), doi 10.1021/x."
    assert dois_in(text) == ("10.1016/0038-1098(84)90765-8", "10.1021/x")


def test_an_unknown_work_becomes_a_minimal_entry() -> None:
    assert not has_entry("10.1/x")
    assert "doi = {10.1/x}" in bibtex(["10.1/x"])
