"""The `gridrdf` mode equals that package, and says where the package would give NaN."""

from __future__ import annotations

import importlib.util
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from core.descriptors.gridrdf_histogram import bin_edges, gridrdf_histogram, package_distances
from core.errors import (
    InvalidSpecError,
    NeighborShortageError,
    NonFiniteError,
    ShapeMismatchError,
)
from core.geometry.neighbors import nearest_distances
from core.types import Crystal

HERE = Path(__file__).parent
PACKAGE_TOLERANCE = 1e-10  # 1/angstrom, on values up to 10
OPTIONS = {"max_distance": 10.0, "bin_width": 0.1, "sigma": 0.1}


def _golden_module():
    spec = importlib.util.spec_from_file_location("gridrdf_golden", HERE / "gridrdf_golden.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GOLDEN = _golden_module()


@pytest.fixture(scope="module")
def package_numbers() -> dict[str, np.ndarray]:
    with np.load(HERE / "gridrdf_golden.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def distances(shared_data) -> list[np.ndarray]:
    """(n_sites, 100) for each of the package's crystals."""
    from pymatgen.core import Structure

    records = json.loads((shared_data / "gridrdf" / "small_test_set.json").read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pymatgen rounds coordinates of some
        structures = [Structure.from_str(record["cif"], fmt="cif") for record in records]
    crystals = [
        Crystal(record["task_id"], s.lattice.matrix, s.frac_coords, s.atomic_numbers)
        for record, s in zip(records, structures, strict=True)
    ]
    return [package_distances(crystal, GOLDEN.N_GROUPS) for crystal in crystals]


def _project(distances: np.ndarray, options: tuple[float, float, float]) -> np.ndarray:
    max_distance, bin_width, sigma = options
    histogram = gridrdf_histogram(
        distances, max_distance=max_distance, bin_width=bin_width, sigma=sigma
    )
    return histogram @ GOLDEN.probe(histogram.shape[1])


@pytest.mark.data
def test_equals_the_package_on_its_200_crystals(distances, package_numbers):
    expected = package_numbers["default"]
    assert len(distances) == len(expected) == 200
    assert np.isfinite(expected).all()
    found = np.array([_project(rows, GOLDEN.DEFAULT) for rows in distances])
    np.testing.assert_allclose(found, expected, rtol=0, atol=PACKAGE_TOLERANCE)


@pytest.mark.data
def test_equals_the_package_for_other_options_and_names_its_nan(distances, package_numbers):
    checked = failed = 0
    for crystal, rows in enumerate(distances[: GOLDEN.VARIANT_CRYSTALS]):
        for variant, options in enumerate(GOLDEN.VARIANTS):
            expected = package_numbers["variants"][crystal, variant]
            if np.isnan(expected).any():
                with pytest.raises(NonFiniteError) as caught:
                    _project(rows, options)
                nan_groups = (np.flatnonzero(np.isnan(expected)) + 1).tolist()
                assert caught.value.context["groups"] == nan_groups
                failed += 1
            else:
                found = _project(rows, options)
                np.testing.assert_allclose(found, expected, rtol=0, atol=PACKAGE_TOLERANCE)
                checked += 1
    assert checked > 60
    assert failed > 20


def test_number_of_bins_is_the_packages_number(package_numbers):
    found = [len(bin_edges(*options[:2])) - 1 for options in GOLDEN.VARIANTS]
    assert found == package_numbers["variant_bins"].tolist()
    assert len(bin_edges(10.0, 0.1)) - 1 == 100
    assert len(bin_edges(9.8, 0.05)) - 1 == 197, "its float range counts one bin too many here"


def test_single_distance_is_a_gaussian_of_unit_area():
    histogram = gridrdf_histogram(np.array([[2.53], [2.53]]), **OPTIONS)
    centres = 0.1 * np.arange(100) + 0.05
    assert histogram.sum() * 0.1 == pytest.approx(1, abs=1e-12)
    mean = (histogram[0] * centres).sum() * 0.1
    assert mean == pytest.approx(2.53, abs=0.05)  # half a coarse bin: that package's own error
    deviation = np.sqrt((histogram[0] * (centres - mean) ** 2).sum() * 0.1)
    assert deviation == pytest.approx(np.hypot(0.1, 0.1 / np.sqrt(12)), abs=0.01)


def test_without_smearing_it_is_numpys_density():
    rows = np.sort(np.random.default_rng(0).uniform(1, 9, (50, 4)), axis=1)
    found = gridrdf_histogram(rows, max_distance=10.0, bin_width=0.5, sigma=0.0)
    expected = [np.histogram(row, bin_edges(10.0, 0.5), density=True)[0] for row in rows.T]
    np.testing.assert_array_equal(found, expected)


def test_partly_truncated_group_is_scaled_up_to_area_one():
    histogram = gridrdf_histogram(np.array([[5.0], [11.0]]), **OPTIONS)
    assert histogram.sum() * 0.1 == pytest.approx(1, abs=1e-12)


def test_groups_beyond_the_maximum_are_named():
    rows = np.array([[2.0, 10.6, 3.0, 12.0, 13.0]])
    with pytest.raises(NonFiniteError, match=r"groups 2, 4-5 lies within 10 Å") as caught:
        gridrdf_histogram(rows, **OPTIONS)
    assert caught.value.context["groups"] == [2, 4, 5]


def test_input_is_left_alone():
    rows = np.array([[1.0, 2.0, 3.0]])
    rows.setflags(write=False)
    first = gridrdf_histogram(rows, **OPTIONS)
    np.testing.assert_array_equal(first, gridrdf_histogram(rows, **OPTIONS))


@pytest.mark.parametrize(
    ("rows", "changed", "error"),
    [
        ([1.0, 2.0], {}, ShapeMismatchError),
        ([[]], {}, ShapeMismatchError),
        ([[np.inf]], {}, NonFiniteError),
        ([[1.0]], {"bin_width": 0.0}, InvalidSpecError),
        ([[1.0]], {"sigma": -0.1}, InvalidSpecError),
        ([[1.0]], {"max_distance": float("nan")}, InvalidSpecError),
    ],
)
def test_bad_arguments_are_refused(rows, changed, error):
    with pytest.raises(error):
        gridrdf_histogram(np.array(rows), **{**OPTIONS, **changed})


@pytest.mark.parametrize("name", ["rocksalt", "perovskite", "hcp_metal", "skewed_cell"])
def test_package_distances_are_the_nearest(name, request):
    crystal = request.getfixturevalue(name)
    found = package_distances(crystal, 60)
    np.testing.assert_allclose(found, nearest_distances(crystal, 60), rtol=0, atol=1e-10)


def test_package_distances_of_chosen_elements(perovskite):
    found = package_distances(perovskite, 6, centers=frozenset({22}), neighbors=frozenset({8, 38}))
    np.testing.assert_allclose(found, np.full((1, 6), 3.905 / 2), rtol=0, atol=1e-12)
    with pytest.raises(NeighborShortageError, match="Sr, Ti, O"):
        package_distances(perovskite, 6, centers=frozenset({14}))
