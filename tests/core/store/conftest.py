"""A home of its own for each test, a store on each kind of database, and a report to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.store.workspaces import Store, open_store
from core.types import Crystal, Examination, Failure, Finding, ParseReport
from tests.servers.postgresql import Postgres, postgres  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database that GRIDSCOPE_DATABASE_URL names, empty."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("GRIDSCOPE_DATABASE_URL", server.new_database())
    return request.param


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def report(rocksalt: Crystal, perovskite: Crystal, hcp_metal: Crystal) -> ParseReport:
    """Three crystals, one of them disordered and with hostile texts; a failure."""
    mixed = rocksalt.with_(
        id="mixed <b>\0 \udc80 100%_", occupancy=[0.5] * 4 + [1.0] * 4, labels=tuple("abcdefgh"),
        properties={"K0_GPa": np.float64(24.5), "none": None, "text": "é", "n": 3},
        source="a/\udcff.cif",
    )  # fmt: skip
    finding = Finding("partial_occupancy", "Na 0.5", "warning")
    facts = {"examined": True, "space_group_number_found": 225, "space_group_found": "Fm-3m"}
    cards = (
        Examination(mixed.id, mixed.source, "amber", (finding,), facts, "look"),
        Examination(perovskite.id, perovskite.source, "green"),
        Examination(hcp_metal.id, hcp_metal.source, "red", (), {"space_group_number_stated": 194}),
    )
    failure = Failure("x\0", "parse", "ParseError", "m \udc81", "h", "s")
    return ParseReport((mixed, perovskite, hcp_metal), (failure,), cards)


@pytest.fixture
def many(perovskite: Crystal) -> Callable[..., ParseReport]:
    """Reports of as many crystals as asked for, all different."""

    def make(n: int, start: int = 0) -> ParseReport:
        crystals = tuple(
            perovskite.with_(
                id=f"c{i:06}", lattice=(3.5 + i * 1e-6) * np.eye(3),
                properties={"bulk_modulus_GPa": float(i), "even": "yes" if i % 2 == 0 else "no"},
            )
            for i in range(start, start + n)
        )  # fmt: skip
        cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
        return ParseReport(crystals, (), cards)

    return make


def same_report(found: ParseReport, expected: ParseReport) -> bool:
    """Whether two reports hold the same, values and order."""

    def told(report: ParseReport) -> list[object]:
        crystals = [(c.id, c.digest, c.labels, dict(c.properties), c.source)
                    for c in report.crystals]  # fmt: skip
        cards = [(e.crystal_id, e.source, e.verdict, e.findings, dict(e.facts), e.hint)
                 for e in report.examinations]  # fmt: skip
        return [crystals, cards, report.failures]

    return told(found) == told(expected)
