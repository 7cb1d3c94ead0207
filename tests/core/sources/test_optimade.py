"""OPTIMADE against the reference server of optimade-python-tools, running on this machine."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.errors import InvalidSpecError, UnknownNameError
from core.sources import filters
from core.sources.optimade import OptimadeQuery, search_optimade

ROUNDING = 1e-9
OWN_TEST_DATA = 17  # structures that ship with the server


@pytest.fixture
def ask(optimade_server):
    def search(filter: str = "", **options):
        query = OptimadeQuery(
            providers=(optimade_server.url,), filter=filter,
            **{k: v for k, v in options.items() if k in ("max_results", "fields", "seconds")},
        )  # fmt: skip
        rest = {k: v for k, v in options.items() if k in ("on_progress", "should_stop")}
        return search_optimade(query, workers=0, **rest)

    return search


def test_crystals_arrive_as_they_were_stored(ask, optimade_server) -> None:
    report = ask(max_results=10_000)
    found = {c.id: c for c in report.crystals}
    host = optimade_server.url.removeprefix("http://")
    for stored in optimade_server.crystals:
        crystal = found[f"{host}/{stored.id}"]
        np.testing.assert_allclose(crystal.lattice, stored.lattice, atol=ROUNDING)
        np.testing.assert_allclose(crystal.cart, stored.cart, atol=ROUNDING)
        np.testing.assert_array_equal(crystal.numbers, stored.numbers)
        assert crystal.source == f"{optimade_server.url}/v1/structures#{crystal.id}"
    assert all(card.facts["examined"] for card in report.examinations)


def test_disorder_is_read_with_its_occupancies(ask) -> None:
    report = ask('elements HAS ALL "K","Na" AND nelements=2')
    occupancy = {c.id.rpartition("/")[2]: c.occupancy.tolist() for c in report.crystals}
    assert occupancy == {"mixed": [0.5, 0.25, 1.0], "either": [0.4, 0.6]}


def test_pages_are_followed_to_the_end(ask, optimade_server) -> None:
    total = OWN_TEST_DATA + 2 + len(optimade_server.crystals)
    seen: list[int] = []
    report = ask(max_results=total + 5, on_progress=lambda done, *_: seen.append(done))
    (answer,) = report.answers
    assert (answer.n_received, answer.n_matching) == (total, total)
    assert len(report.crystals) + len(report.failures) == total
    assert answer.fault == ""
    assert len(set(seen)) > 2  # page by page


def test_never_more_than_asked_for(ask) -> None:
    report = ask(max_results=7)
    (answer,) = report.answers
    assert answer.n_received == 7 < answer.n_matching
    assert len(report.crystals) + len(report.failures) == 7


def test_a_share_for_each_provider_is_the_same_every_time(optimade_server, hostile) -> None:
    names = (optimade_server.url, f"{hostile.url}/flood")
    report = search_optimade(OptimadeQuery(providers=names, max_results=9), workers=0)
    assert [a.n_received for a in report.answers] == [5, 4]
    assert len(report.crystals) + len(report.failures) == 9


def test_a_filter_the_server_refuses_is_told_in_its_words(ask) -> None:
    report = ask("no_such_property = 3")
    (failure,) = report.failures
    assert failure.code == "SourceRefusedError"
    assert "no_such_property" in failure.message
    assert "400" in failure.message
    assert failure.stage == "query"


def test_own_properties_of_a_provider_come_with_the_crystal(ask, optimade_server) -> None:
    (crystal,) = ask('id="Ag"', fields=("_exmpl_bulk_modulus",)).crystals
    stored = next(c for c in optimade_server.crystals if c.id == "Ag")
    assert dict(crystal.properties) == {
        "_exmpl_bulk_modulus": stored.properties["bulk_modulus_GPa"]
    }


def test_one_silent_provider_does_not_hold_up_the_rest(optimade_server, hostile) -> None:
    names = (f"{hostile.url}/silent", optimade_server.url)
    query = OptimadeQuery(providers=names, max_results=8, filter="nelements=1", seconds=1.5)
    report = search_optimade(query, workers=0)
    silent, sound = report.answers
    assert "1.5 s" in silent.fault
    assert sound.fault == ""
    assert sound.n_received == 4
    assert [f.code for f in report.failures if f.stage == "query"] == ["SourceTimeoutError"]


def test_the_record_names_provider_filter_time_and_number(ask, optimade_server) -> None:
    (answer,) = ask("nelements=1", max_results=3).answers
    text = str(answer)
    assert optimade_server.url in text
    assert "nelements=1" in text
    assert "3 of" in text
    assert time.strftime("%Y-", time.gmtime()) in text


def test_composed_filters_are_understood_by_the_server(ask) -> None:
    text = filters.compose(all_of=["K"], none_of=["Ac"], n_elements=(2, 3), most_sites=2)
    assert {c.id.rpartition("/")[2] for c in ask(text).crystals} == {"mixed", "either"}


def test_nothing_found_is_no_fault(ask) -> None:
    report = ask('elements HAS "Og"')
    assert report.crystals == report.failures == ()
    assert report.answers[0].n_matching == 0


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"providers": ()}, InvalidSpecError, "0 providers"),
        ({"providers": ("mmp",)}, UnknownNameError, "'mp'"),
        ({"providers": ("file:///etc/passwd",)}, InvalidSpecError, "http and https"),
        ({"providers": ("ftp://x.org",)}, InvalidSpecError, "http and https"),
        ({"max_results": 10_001}, InvalidSpecError, "10001"),
        ({"max_results": 1, "providers": ("mp", "cod")}, InvalidSpecError, "shared among 2"),
        ({"filter": "elements HAS ALL"}, InvalidSpecError, "end-of-input"),
        ({"fields": ("band_gap",)}, InvalidSpecError, "'band_gap'"),
        ({"seconds": 0.0}, InvalidSpecError, "seconds"),
    ],
)
def test_wrong_queries_are_refused_before_anything_is_sent(options, error, words) -> None:
    with pytest.raises(error) as caught:
        OptimadeQuery(**options)
    assert words in str(caught.value)


def test_a_query_survives_its_record() -> None:
    query = OptimadeQuery(providers=("mp", "cod", "mp"), filter=" nelements=2 ", max_results=20)
    assert OptimadeQuery.from_dict(query.to_dict()) == query
    assert [t.key for t in query.targets] == ["mp", "cod"]
