"""Energy of a crystal and its derivatives by CHGNet 0.3.0, on one thread.

Crystals are evaluated one by one: batching the graphs of small crystals was measured to save less
than a tenth (two atoms: 28 ms alone, 26 ms in a batch of 16), since the angles cost the time.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from core.types import FloatArray, IntArray

warnings.filterwarnings("ignore", message="Converting a tensor with requires_grad")
MODEL = "0.3.0"


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Energy (eV per cell), forces (n, 3) in eV/Å, dE/dstrain (3, 3) in eV (row vectors)."""

    energy: float
    forces: FloatArray
    virial: FloatArray


def versions() -> dict[str, str]:
    """Of the potential and of what computes it."""
    packages = ("chgnet", "torch", "pymatgen", "spglib", "ase", "numpy")
    return {"potential": f"CHGNet {MODEL}"} | {name: version(name) for name in packages}


class Potential:
    """CHGNet 0.3.0, whose package carries its weights."""

    def __init__(self) -> None:
        import torch
        from chgnet.model import CHGNet

        torch.set_num_threads(1)
        self._torch = torch
        self._model = CHGNet.load(model_name=MODEL, use_device="cpu", verbose=False)
        self._model.eval()
        for parameter in self._model.parameters():
            parameter.requires_grad_(False)

    def _graph(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> Any:
        from pymatgen.core import Structure

        crystal = Structure(lattice, [int(z) for z in numbers], frac)
        return self._model.graph_converter(crystal)

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

    def energy(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> float:
        """Energy of the cell, eV."""
        with self._torch.no_grad():
            graph = self._graph(lattice, frac, numbers)
            per_atom = self._model._compute(self._batched(graph, False))["e"]
            return (float(per_atom) + self._shift(graph)) * len(numbers)

    def slopes(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> Slopes:
        """Energy, forces and dE/dstrain of the cell."""
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
