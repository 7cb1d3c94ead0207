"""RDF, powder pattern and explained match as data."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import explain as explained
from components.figures import powder as powder_figures
from components.figures import rdf as rdf_figures
from core.descriptors.powder import PowderSpec, powder
from core.descriptors.rdf import RdfSpec, rdf
from core.explain import explain
from core.types import Crystal


def test_rdf(rocksalt: Crystal) -> None:
    values, edges = rdf(rocksalt), RdfSpec().edges
    figure = rdf_figures.rdf(values, edges, False)
    np.testing.assert_allclose(figure.data[0].y, values)
    table = rdf_figures.table(values, edges)
    near = table[table.distance_A < 3.4]
    assert near.distance_A[near.g.argmax()] == pytest.approx(2.85)  # Na-Cl at 2.82


def test_powder_of_rocksalt_over_each_axis(rocksalt: Crystal) -> None:
    spec = PowderSpec(lorentz=True)
    values = powder(rocksalt, spec)
    table = powder_figures.table(values, spec.bin_width)
    strongest = table.loc[table.intensity_share.idxmax()]
    assert strongest.d_A == pytest.approx(2.82, abs=0.05)  # the (200) planes
    assert strongest.two_theta_deg == pytest.approx(31.7, abs=0.6)
    for axis, column in zip(
        powder_figures.AXES, ("S_1_per_A", "d_A", "two_theta_deg"), strict=True
    ):
        figure = powder_figures.powder(values, spec.bin_width, False, axis)
        top = int(np.nanargmax(np.array(figure.data[0].y, float)))
        assert figure.data[0].x[top] == pytest.approx(strongest[column])
        assert figure.data[0].y[top] == pytest.approx(100 * strongest.intensity_share)
    assert figure.data[0].hovertemplate.count("%{") == 3


def test_angles_that_copper_can_not_reach_are_empty() -> None:
    table = powder_figures.table(np.full(200, 0.005), 0.01)
    assert table.two_theta_deg[table.S_1_per_A > 1.3].isna().all()
    assert table.two_theta_deg[table.S_1_per_A < 1.29].notna().all()


def test_explained_match(perovskite: Crystal) -> None:
    other = perovskite.with_(id="<b>", lattice=1.05 * perovskite.lattice)
    found = explain(perovskite, other)
    np.testing.assert_allclose(explained.by_group(found, False).data[0].y, found.by_group)
    ranges = explained.by_range(found, True)
    np.testing.assert_allclose(ranges.data[0].y, found.by_range)
    assert ranges.data[0].x[0] == "0.0-0.5"
    assert ranges.data[0].x[-1].startswith(">")
    heat = explained.heat(found, False).data[0]
    np.testing.assert_allclose(np.sum(heat.z), found.distance)
    assert explained.range_table(found).part_A.sum() == pytest.approx(found.distance)
    assert explained.group_table(found).part_A.sum() == pytest.approx(found.distance)
    table = explained.table(found)
    assert sum(table["part of the distance [Å]"]) == pytest.approx(found.distance)
    assert "&lt;b&gt;" in explained.title(found)
