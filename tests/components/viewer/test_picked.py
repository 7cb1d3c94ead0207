"""A click of the browser becomes an atom that the core describes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.viewer import Click, Shell, ViewOptions
from components.viewer.picked import click_of
from components.viewer.scene import ViewScene, build_scene
from core.geometry.neighbors import nearest
from core.types import Crystal


@pytest.fixture
def scene(perovskite: Crystal) -> ViewScene:
    return build_scene(perovskite, ViewOptions())


def test_click_is_described_by_the_core(scene: ViewScene, perovskite: Crystal) -> None:
    click = click_of(scene, {"key": scene.key, "site": 1})
    distance = nearest(perovskite, 6).distances[nearest(perovskite, 6).starts[1]]
    shell = Shell("O", "3c", pytest.approx(distance), 6)  # type: ignore[arg-type]
    assert click == Click(1, "Ti", "Ti", "1b", 6, (0.5, 0.5, 0.5), (shell,))
    assert click.text == "Ti · 1b · 6 bonded neighbours · O 1.952 Å ×6"


@pytest.mark.parametrize(
    "message",
    [None, "x", {}, {"site": 1}, {"key": "of another scene", "site": 1}, {"webgl": False}],
)
def test_stale_and_senseless_messages_are_no_click(scene: ViewScene, message: Any) -> None:
    assert click_of(scene, message) is None


@pytest.mark.parametrize("site", [-1, 5, 1.0, True, "1", None])
def test_sites_that_are_not_there_are_no_click(scene: ViewScene, site: Any) -> None:
    assert click_of(scene, {"key": scene.key, "site": site}) is None


def test_disordered_site_has_distances_without_bonds() -> None:
    crystal = Crystal(
        "m", 4.0 * np.eye(3), [[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], [26, 27, 8],
        [0.5, 0.3, 1.0], [0, 0, 1],
    )  # fmt: skip
    scene = build_scene(crystal, ViewOptions())
    click = click_of(scene, {"key": scene.key, "site": 0})
    assert click is not None
    assert click.coordination is None
    assert (click.shells[0].species, click.shells[0].count) == ("O", 8)
    assert click.shells[0].distance == pytest.approx(2 * np.sqrt(3))
