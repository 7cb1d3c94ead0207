"""Candidates by the hundred thousand: templates and what replaces their elements, as columns.

A candidate is a row; its crystal is built when it is asked for, from the template's arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.elements import SYMBOLS, formula_rank
from core.errors import SchemaError, ShapeMismatchError
from core.screening.templates import Template
from core.types import Crystal, FloatArray, IntArray

BATCH = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """n candidates.

    Attributes:
        templates: what they are made from.
        template: (n,) which.
        elements: (n, width) atomic numbers in the order of the template's kinds; 0 beyond them.
        scale: (n,) factor on the cell's lengths.
        probability: (n,) by which they are ranked.
        formulas: (n,) reduced formulas.
        labels: (n,) prototype labels with their elements; '' where there is none.

    Raises: ShapeMismatchError on creation.
    """

    templates: tuple[Template, ...]
    template: IntArray
    elements: IntArray
    scale: FloatArray
    probability: FloatArray
    formulas: NDArray[np.str_]
    labels: NDArray[np.str_]

    def __post_init__(self) -> None:
        n = len(self.template)
        sizes = {len(a) for a in (self.elements, self.scale, self.probability, self.formulas,
                                  self.labels)}  # fmt: skip
        if sizes != {n}:
            raise ShapeMismatchError(f"{n} candidates have columns of lengths {sorted(sizes)}.")

    def __len__(self) -> int:
        return len(self.template)

    def __getitem__(self, rows: Any) -> Candidates:
        return Candidates(
            self.templates, self.template[rows], self.elements[rows], self.scale[rows],
            self.probability[rows], self.formulas[rows], self.labels[rows],
        )  # fmt: skip

    def changes(self, i: int) -> str:
        """What replaces what: `K for Na, Br for Cl`."""
        t = self.templates[int(self.template[i])]
        new = self.elements[i].tolist()
        return ", ".join(
            f"{SYMBOLS[b]} for {SYMBOLS[a]}" for a, b in zip(t.kinds, new, strict=False) if a != b
        )

    def id(self, i: int) -> str:
        """Unique: parent and the elements in the order of its own."""
        t = self.templates[int(self.template[i])]
        new = self.elements[i, : len(t.kinds)].tolist()
        return f"{t.crystal.id}:{'-'.join(SYMBOLS[z] for z in new)}"

    @property
    def ids(self) -> list[str]:
        return [self.id(i) for i in range(len(self))]

    @property
    def parents(self) -> list[str]:
        """(n,) ids of the templates."""
        names = [t.crystal.id for t in self.templates]
        return [names[i] for i in self.template.tolist()]

    def crystal(self, i: int) -> Crystal:
        """Candidate i: the template with other elements in a scaled cell."""
        t = self.templates[int(self.template[i])]
        return t.decorated(
            self.elements[i, : len(t.kinds)].tolist(), float(self.scale[i]), id=self.id(i),
            properties={
                "parent_id": t.crystal.id, "substitution": self.changes(i),
                "substitution_probability": float(self.probability[i]),
                "prototype_label": str(self.labels[i]),
            },
            source="candidates",
        )  # fmt: skip

    def batches(
        self, size: int = BATCH, rows: IntArray | None = None
    ) -> Iterator[tuple[IntArray, tuple[Crystal, ...]]]:
        """Rows and their crystals, so many at once: never all of them in memory."""
        chosen = np.arange(len(self)) if rows is None else np.asarray(rows)
        for start in range(0, len(chosen), size):
            part = chosen[start : start + size]
            yield part, tuple(self.crystal(i) for i in part.tolist())

    def shares(self) -> FloatArray:
        """(n, 119) share of each element, without building a crystal."""
        out = np.zeros((len(self), len(SYMBOLS)))
        width = self.elements.shape[1]
        amounts = np.zeros((len(self.templates), width))
        for row, t in zip(amounts, self.templates, strict=True):
            row[: len(t.kinds)] = t.amounts
        weights = amounts[self.template]
        for column in range(width):
            np.add.at(out, (np.arange(len(self)), self.elements[:, column]), weights[:, column])
        return out / out.sum(axis=1, keepdims=True)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays that hold all of it, for a file."""
        crystals = [t.crystal for t in self.templates]
        return {
            "ids": np.array(self.ids, dtype=np.str_),
            "template": self.template, "elements": self.elements, "scale": self.scale,
            "probability": self.probability, "formula": self.formulas, "label": self.labels,
            "template_ids": np.array([c.id for c in crystals], dtype=np.str_),
            "template_labels": np.array([t.label for t in self.templates], dtype=np.str_),
            "template_lattice": np.array([c.lattice for c in crystals]).reshape(-1, 3, 3),
            "template_frac": _stacked([c.frac for c in crystals], (0, 3)),
            "template_numbers": _stacked([c.numbers for c in crystals], (0,)).astype(np.int64),
            "template_ends": np.cumsum([c.n_rows for c in crystals], dtype=np.int64),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Candidates:
        """The candidates of `arrays`. Raises: SchemaError when one is missing."""
        try:
            ends = arrays["template_ends"].tolist()
            starts = [0, *ends[:-1]] if ends else []
            made = []
            for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
                crystal = Crystal(
                    str(arrays["template_ids"][i]), arrays["template_lattice"][i],
                    arrays["template_frac"][a:b], arrays["template_numbers"][a:b],
                )  # fmt: skip
                made.append(Template.known(crystal, str(arrays["template_labels"][i])))
            return cls(
                tuple(made), arrays["template"], arrays["elements"], arrays["scale"],
                arrays["probability"], arrays["formula"], arrays["label"],
            )  # fmt: skip
        except KeyError as error:
            raise SchemaError(
                f"The candidates lack {error.args[0]!r}.",
                hint="Give a file that the command `candidates` wrote.",
            ) from None


def _stacked(parts: Sequence[NDArray[Any]], empty: tuple[int, ...]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(empty)


def reduced_formula(numbers: Sequence[int], amounts: Sequence[int]) -> str:
    """Reduced formula of whole amounts, cations first, as `Crystal.formula` writes it."""
    divisor = gcd(*amounts)
    pairs = sorted((_rank(z), n // divisor) for z, n in zip(numbers, amounts, strict=True))
    return "".join(symbol + (str(n) if n > 1 else "") for (_, symbol), n in pairs)


@lru_cache(maxsize=128)
def _rank(number: int) -> tuple[float, str]:
    return formula_rank(SYMBOLS[number])
