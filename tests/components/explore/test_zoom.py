"""The part of a matrix that is shown: from the address, from a box, never empty."""

from __future__ import annotations

import pytest

from components import state
from components.explore import zoom


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    kept: dict[str, str] = {}

    def write(key: str, value: str | None) -> None:
        kept.pop(key, None)
        if value is not None:
            kept[key] = value

    monkeypatch.setattr(state, "url", lambda key, default="": kept.get(key, default))
    monkeypatch.setattr(state, "set_url", write)
    return kept


@pytest.mark.parametrize(
    ("told", "shown"),
    [("", (0, 900)), ("10-20", (10, 20)), ("0-900", (0, 900)), ("20-10", (0, 900)),
     ("5-6", (0, 900)), ("1-901", (0, 900)), ("-1-5", (0, 900)), ("<b>", (0, 900))],
)  # fmt: skip
def test_the_address_names_it(address: dict[str, str], told: str, shown: tuple[int, int]) -> None:
    address["places"] = told
    assert zoom.span(900) == shown


@pytest.mark.parametrize(
    ("x", "y", "places"),
    [([99.6, 200.2], [210.4, 120.0], "100-211"),  # over the diagonal: both sides
     ([99.6, 200.2], [500.0, 700.0], "100-201"),  # beside it: the columns
     ([-5.0, 1200.0], [3.0, 4.0], None),  # everything
     ([7.1, 7.2], [7.1, 7.2], "7-9")],  # never fewer than two
)  # fmt: skip
def test_a_box_becomes_places(
    address: dict[str, str], monkeypatch: pytest.MonkeyPatch, x: list[float], y: list[float],
    places: str | None,
) -> None:  # fmt: skip
    event = {"selection": {"box": [{"x": x, "y": y}]}}
    monkeypatch.setattr(state, "get", lambda key, default=None: event)
    zoom.to_box("chart", 900)
    assert address.get("places") == places


def test_no_box_changes_nothing(address: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    address["places"] = "10-20"
    monkeypatch.setattr(state, "get", lambda key, default=None: {"selection": {"box": []}})
    zoom.to_box("chart", 900)
    assert address["places"] == "10-20"
