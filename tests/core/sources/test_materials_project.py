"""The Materials Project's client against a server of the same interface; its key stays unseen."""

from __future__ import annotations

import threading
import time
import traceback
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from core.errors import GridscopeError, InvalidSpecError
from core.sources.materials_project import MPQuery, key_from_environment, search_materials_project
from core.sources.secret import Secret
from tests.servers.mp_server import KEY
from tests.servers.witness import files_holding

WRONG = "x" * 32
PATIENCE = 8.0  # seconds; none of these may take longer on a busy machine


@pytest.fixture(scope="module", autouse=True)
def client_is_imported():
    import mp_api.client  # noqa: F401 - five seconds that are nobody's fault


@pytest.fixture
def ask(mp_server):
    def search(key: str = KEY, **options):
        rest = {k: options.pop(k) for k in ("on_progress", "should_stop") if k in options}
        query = MPQuery(**({"chemsys": ("Na-Cl",), "seconds": 2.0} | options))
        return search_materials_project(
            query, Secret(key), endpoint=mp_server.url, workers=0, **rest
        )

    return search


def asked(server) -> list[dict[str, list[str]]]:
    """Conditions of the requests for materials, in order."""
    lines = [line.split()[1] for line in server.log]
    return [parse_qs(urlsplit(line).query) for line in lines if "/materials/summary" in line]


def test_pages_are_followed_to_the_end(ask, mp_server, rocksalt) -> None:
    report = ask(max_results=1_000)
    assert [page["_page"] for page in asked(mp_server)] == [["1"], ["2"], ["3"]]
    (answer,) = report.answers
    assert (answer.n_received, answer.n_matching, answer.fault) == (230, 230, "")
    assert [c.id for c in report.crystals] == [f"mp-{n}" for n in range(1, 231) if n != 13]
    for crystal in report.crystals[:3]:
        np.testing.assert_allclose(crystal.lattice, rocksalt.lattice)
        np.testing.assert_allclose(crystal.frac, rocksalt.frac)
        np.testing.assert_array_equal(crystal.numbers, rocksalt.numbers)
        assert crystal.source == f"{mp_server.url}/materials/summary#{crystal.id}"
    assert len(report.examinations) == 229


def test_a_broken_document_is_a_failure_of_its_own(ask) -> None:
    (failure,) = ask(max_results=20).failures
    assert (failure.id, failure.stage, failure.code) == ("mp-13", "parse", "ParseError")
    assert "nan" in failure.message


def test_properties_come_with_their_units_and_nothing_where_there_is_none(ask) -> None:
    assert dict(ask(max_results=1).crystals[0].properties) == {
        "energy_above_hull_eV_per_atom": 0.01, "formation_energy_eV_per_atom": -2.0,
        "energy_eV_per_atom": -3.5, "band_gap_eV": 5.0, "bulk_modulus_vrh_GPa": 24.0,
    }  # fmt: skip


def test_values_of_another_kind_are_left_out_and_names_made_readable(ask, mp_server) -> None:
    mp_server.mode = "odd"
    report = ask(max_results=2)
    assert report.failures == ()
    for crystal in report.crystals:
        assert dict(crystal.properties) == {}
        assert len(crystal.id) < 120
        assert crystal.id.isprintable()


@pytest.mark.parametrize(("most", "pages"), [(7, 1), (100, 1), (101, 2)])
def test_never_more_than_asked_for(ask, mp_server, most, pages) -> None:
    report = ask(max_results=most)
    assert len(report.crystals) + len(report.failures) == most
    assert len(asked(mp_server)) == pages


def test_ids_are_asked_for_by_the_hundred(ask, mp_server) -> None:
    names = tuple(f"mp-{n}" for n in range(500, 620))
    report = ask(ids=names, chemsys=())
    assert tuple(c.id for c in report.crystals) == names
    sizes = [len(page["material_ids"][0].split(",")) for page in asked(mp_server)]
    assert sizes == [100, 20]


def test_conditions_are_sent_as_the_interface_takes_them(ask, mp_server) -> None:
    ask(
        chemsys=("Na-Cl", "Na-*"), elements=("Na", "Cl"), formula=("NaCl",), max_results=3,
        least_above_hull=0.01, most_above_hull=0.2,
    )  # fmt: skip
    (sent,) = asked(mp_server)
    assert sent["chemsys"] == ["Na-Cl,Na-*"] or sent["chemsys"] == ["Cl-Na,Na-*"]
    assert sent["elements"] == ["Na,Cl"]
    assert sent["formula"] == ["NaCl"]
    assert (sent["energy_above_hull_min"], sent["energy_above_hull_max"]) == (["0.01"], ["0.2"])
    assert sent["deprecated"] == ["False"]
    assert "structure" in sent["_fields"][0]


def test_the_record_names_the_question_and_the_number(ask, mp_server) -> None:
    text = str(ask(max_results=3, most_above_hull=0.05).answers[0])
    assert f"{mp_server.url}/materials/summary" in text
    assert "chemsys=Na-Cl energy_above_hull=0..0.05 eV/atom: 3 of 230" in text


def test_nothing_found_is_no_fault(ask, mp_server) -> None:
    mp_server.n_materials = 0
    report = ask()
    assert report.crystals == report.failures == ()
    assert report.answers[0].n_matching == 0


def test_a_server_that_repeats_itself_is_asked_no_further(ask, mp_server) -> None:
    mp_server.mode = "itself"
    report = ask(max_results=1_000)
    assert len(report.crystals) == 99
    assert len(asked(mp_server)) == 2


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("echo", "SourceRefusedError", "does not accept the key (403)"),
        ("headers", "BadReplyError", "text/***"),
        ("silent", "SourceTimeoutError", "within 2 s"),
        ("html", "BadReplyError", "can't be used"),
        ("shape", "BadReplyError", "can't be used"),
        ("failing", "BadReplyError", "fault with ***"),
        ("away", "BadReplyError", "localhost.invalid/***"),
        ("busy", "SourceRefusedError", "429"),
    ],
)
def test_misbehaviour_is_told_and_the_key_is_not(
    ask, mp_server, witness, tmp_path, monkeypatch, mode, code, words
) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    mp_server.mode = mode
    start = time.monotonic()
    report = ask()
    assert time.monotonic() - start < PATIENCE
    (failure,) = report.failures
    assert (failure.stage, failure.code) == ("query", code)
    assert words in failure.message
    assert report.answers[0].fault == failure.message
    witness.note(report, *report.answers, *report.failures, mp_server.log)
    assert witness.n_records
    assert KEY not in witness.said()
    assert not files_holding(tmp_path, KEY)


def test_a_sound_search_leaves_no_trace_of_the_key(
    ask, mp_server, witness, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    report = ask(max_results=120)
    witness.note(
        report, *report.answers, *report.failures, *report.crystals, *report.examinations,
        mp_server.log, MPQuery(chemsys=("Na-Cl",)).to_dict(),
    )  # fmt: skip
    text = witness.said()
    assert "/materials/summary" in text  # urllib3 was heard
    assert KEY not in text
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_refused_is_not_quoted(ask, witness) -> None:
    report = ask(key=WRONG)
    (failure,) = report.failures
    assert failure.code == "SourceRefusedError"
    assert "does not accept the key (401)" in failure.message
    witness.note(report, failure)
    assert WRONG not in witness.said()


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "there is none"), (f"{KEY}x", "32 letters"), (KEY[:-1] + "\n ", "32 letters"),
     (KEY[:-2] + "\r\n", "32 letters"), ("é" * 32, "32 letters")],
)  # fmt: skip
def test_a_key_that_can_be_none_is_refused_unquoted(mp_server, monkeypatch, key, words) -> None:
    monkeypatch.delenv("MP_API_KEY", raising=False)
    with pytest.raises(InvalidSpecError) as caught:
        search_materials_project(
            MPQuery(ids=("mp-1",)), Secret(key), endpoint=mp_server.url, workers=0
        )
    assert words in str(caught.value)
    assert "MP_API_KEY" in caught.value.hint
    _silent_about(caught.value, KEY[:-2])
    assert mp_server.log == []


def test_an_error_shows_the_key_in_no_frame(mp_server) -> None:
    """Some loggers write the variables of each frame along."""
    secret = Secret(f"{KEY}x")
    with pytest.raises(InvalidSpecError) as caught:
        search_materials_project(MPQuery(ids=("mp-1",)), secret, endpoint=mp_server.url)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    inside = "".join(shown.format(chain=True)).partition("search_materials_project(")[2]
    assert "query = MPQuery" in inside  # variables are there to be seen
    assert KEY not in inside


def _silent_about(error: GridscopeError, text: str) -> None:
    shown = [*traceback.format_exception(error, chain=True), repr(error), str(error), error.hint,
             repr(error.args), repr(dict(error.context))]  # fmt: skip
    assert text not in "".join(shown)


def test_the_key_of_the_environment_is_used(mp_server, monkeypatch) -> None:
    monkeypatch.setenv("MP_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("MP_API_ENDPOINT", f"{mp_server.url}/")
    assert key_from_environment()
    report = search_materials_project(MPQuery(ids=("mp-7",)), workers=0)
    assert [c.id for c in report.crystals] == ["mp-7"]
    assert report.failures == ()


def test_the_key_goes_nowhere_unencrypted(mp_server) -> None:
    for place in ("http://api.materialsproject.org", "http://10.0.0.1", "ftp://127.0.0.1"):
        with pytest.raises(InvalidSpecError):
            search_materials_project(MPQuery(ids=("mp-1",)), Secret(KEY), endpoint=place)


def test_offline_is_a_clear_message_at_once() -> None:
    start = time.monotonic()
    report = search_materials_project(
        MPQuery(ids=("mp-1",)), Secret(KEY), endpoint="https://nowhere.invalid", workers=0
    )
    (failure,) = report.failures
    assert failure.code == "SourceUnreachableError"
    assert "no network" in failure.message
    assert time.monotonic() - start < PATIENCE


def test_cancelling_keeps_what_had_come_and_does_not_wait(ask, mp_server) -> None:
    stop = threading.Event()

    def watch(done: int, _total: int, _what: str) -> None:
        if done >= 100:
            mp_server.mode = "silent"
            stop.set()

    start = time.monotonic()
    report = ask(max_results=1_000, seconds=60, on_progress=watch, should_stop=stop.is_set)
    assert time.monotonic() - start < PATIENCE
    assert 99 <= len(report.crystals) < 229
    assert "stopped" in report.answers[0].fault


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Nothing was asked for"),
        ({"chemsys": ("Na-Xx",)}, "'Xx'"),
        ({"chemsys": ("",)}, "no element"),
        ({"elements": ("*",)}, "'*'"),
        ({"formula": ("NaCl&_limit=9",)}, "no formula"),
        ({"ids": ("mp-1,mp-2",)}, "no id"),
        ({"ids": ("../x",)}, "no id"),
        ({"ids": ("mp-1",), "least_above_hull": 0.2, "most_above_hull": 0.1}, "empty"),
        ({"ids": ("mp-1",), "max_results": 0}, "max_results"),
    ],
)
def test_wrong_queries_are_refused_before_anything_is_sent(options, words) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        MPQuery(**options)
    assert words in str(caught.value)


def test_a_query_survives_its_record() -> None:
    query = MPQuery(chemsys=("Si-O",), ids=("mp-149",), most_above_hull=0.1, max_results=5)
    assert MPQuery.from_dict(query.to_dict()) == query
