"""What can be said of a way of doing something: a formula, its options, its limits.

Descriptors, distances, models and splits say this of themselves in their registries. The rest, such
as an interval, an importance or a filter, has a `Procedure` in the module `procedures` of its own
package, beside the code it describes; `core.methods` gathers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.registry import Spec

ProcedureKind = Literal["split", "uncertainty", "explanation", "screening"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    r"""One procedure in words and as a formula.

    Attributes:
        kind: what it serves.
        key, title, summary: as in a registry.
        formula, symbols: LaTeX of what the code computes, lines parted by `\\[6pt]`, and what
            its letters stand for.
        reference: citation with `doi:`.
        limits: when not to trust it.
        unit: of its values; '' for none.
        facts: name and value of what else matters: what it needs, what is fixed in the code.
        spec_type: its options, where it has some.
        options: names of those that bear on it; () for all.
    """

    kind: ProcedureKind
    key: str
    title: str
    summary: str
    formula: str
    symbols: str
    reference: str
    limits: str
    unit: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    spec_type: type[Spec] | None = None
    options: tuple[str, ...] = ()

    @property
    def display(self) -> str:
        """The formula with its lines under one another: narrow windows cut one long line."""
        if r"\\[6pt]" not in self.formula:
            return self.formula
        return rf"\begin{{gathered}}{self.formula}\end{{gathered}}"
