"""CHGNet 0.3.0, an open universal potential, on one thread: energy of a crystal and its slopes.

An optional extra: nothing of it is imported before a `CHGNet` is made. Crystals are evaluated one
by one: batching the graphs of small crystals was measured to save less than a tenth (two atoms:
28 ms alone, 26 ms in a batch of 16), since the angles cost the time.

Ref: Deng et al., Nature Machine Intelligence 5 (2023) 1031, doi 10.1038/s42256-023-00716-3.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from core.elements import SYMBOLS
from core.errors import ComputeError, DisorderedStructureError, MissingDependencyError
from core.types import Crystal, FloatArray, IntArray
from core.verification.potential import Slopes

MODEL = "0.3.0"
METHOD = f"CHGNet {MODEL}"
DOI = "10.1038/s42256-023-00716-3"
MOST_ELEMENT = 94
"""Plutonium: the last element that the potential has seen."""
MISSING = "Verification needs the package chgnet, which is not installed."
INSTALL = "pip install -r requirements-verify.txt"


def is_installed() -> bool:
    """Whether the extra `verify` is there; imports nothing."""
    return find_spec("chgnet") is not None


def require_installed() -> None:
    """Raises: MissingDependencyError that says how to install the extra."""
    if not is_installed():
        raise MissingDependencyError(MISSING, hint=f"Install the extra: {INSTALL}")


def versions() -> dict[str, str]:
    """Of the potential and of what computes it. Raises: MissingDependencyError."""
    require_installed()
    packages = ("chgnet", "torch", "pymatgen", "spglib", "ase", "numpy")
    return {"potential": METHOD} | {name: version(name) for name in packages}


def check_crystal(crystal: Crystal) -> None:
    """Raises: DisorderedStructureError; ComputeError for an element it does not know."""
    if not crystal.is_ordered:
        raise DisorderedStructureError(
            f"{crystal.id!r} has partly occupied positions; a potential needs whole atoms.",
            hint="Make an ordered approximation first.",
        )
    if (heaviest := int(crystal.numbers.max())) > MOST_ELEMENT:
        raise ComputeError(
            f"{crystal.id!r} holds element {heaviest}; {METHOD} knows elements up to "
            f"{MOST_ELEMENT} (Pu)."
        )


class CHGNet:
    """The potential; its package carries the weights.

    Raises: MissingDependencyError on creation when the extra is absent.
    """

    def __init__(self) -> None:
        require_installed()
        with _quiet(), redirect_stdout(io.StringIO()):  # it prints how large it is
            import torch
            from chgnet.model import CHGNet as Network

            self._torch: Any = torch
            self._model: Any = Network.load(model_name=MODEL, use_device="cpu", verbose=False)
        self._model.eval()
        for parameter in self._model.parameters():
            parameter.requires_grad_(False)

    def energy(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> float:
        """Energy of the cell, eV. Raises: ComputeError for a crystal without neighbours."""
        with self._alone(), self._torch.no_grad():
            graph = self._graph(lattice, frac, numbers)
            per_atom = self._model._compute(self._batched(graph, False))["e"]
            return (float(per_atom) + self._shift(graph)) * len(numbers)

    def slopes(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> Slopes:
        """Energy, forces and dE/dstrain of the cell. Raises: as `energy`."""
        with self._alone():
            graph = self._graph(lattice, frac, numbers)
            batch = self._batched(graph, True)
            per_atom = self._model._compute(batch)["e"]
            n = len(numbers)
            by_place, by_strain = self._torch.autograd.grad(
                per_atom.sum(), [batch.atom_positions[0], batch.strains[0]]
            )
            return Slopes(
                (float(per_atom.detach()) + self._shift(graph)) * n,
                -n * by_place.numpy().astype(np.float64),
                n * by_strain.numpy().astype(np.float64),
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread, and what the process had before: the same numbers on every machine."""
        before = self._torch.get_num_threads()
        if before != 1:
            self._torch.set_num_threads(1)
        try:
            with _quiet():
                yield
        finally:
            if before != 1:
                self._torch.set_num_threads(before)

    def _graph(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> Any:
        from pymatgen.core import Structure

        crystal = Structure(lattice, [SYMBOLS[z] for z in numbers.tolist()], frac)
        try:
            graph = self._model.graph_converter(crystal)
        except ValueError as error:
            raise ComputeError(
                f"{METHOD} finds an atom of {crystal.composition.reduced_formula} without "
                f"neighbours: {error}",
                hint="The cell is far too large, or the atoms far apart.",
            ) from error
        if graph is None:
            raise ComputeError(
                f"{METHOD} can't make a graph of {crystal.composition.reduced_formula}.",
                hint="The cell is far too large, or the atoms far apart.",
            )
        return graph

    def _batched(self, graph: Any, stress: bool) -> Any:
        from chgnet.model.model import BatchedGraph

        model = self._model
        return BatchedGraph.from_graphs(
            [graph],
            model.bond_basis_expansion,
            model.angle_basis_expansion,
            compute_stress=stress,
        )

    def _shift(self, graph: Any) -> float:
        """Composition part of the energy per atom, eV: no crystal structure in it."""
        return float(self._model.composition_model([graph]))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of the package and of torch, none of which a user can act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
