"""The framework of silica: 4 O around each Si, 2 Si around each O."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from core.io.doctor.contacts import coordination
from core.types import Crystal, Finding

_SI, _O = 14, 8
_BOND = 2.2  # angstrom; Si-O bonds are 1.55-1.75, the next Si-O distance is above 2.8


def check_silica(crystal: Crystal) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """Findings and facts about the Si-O network; nothing for another composition."""
    elements = set(crystal.numbers.tolist())
    if elements != {_SI, _O} or not crystal.is_ordered:
        return (), {}
    around_si = coordination(crystal, _SI, _O, _BOND)
    around_o = coordination(crystal, _O, _SI, _BOND)
    ratio = len(around_o) / len(around_si)
    facts = {
        "oxygen_per_silicon": ratio,
        "oxygens_around_silicon": _histogram(around_si),
        "silicons_around_oxygen": _histogram(around_o),
    }
    if (around_si == 4).all() and (around_o == 2).all():
        return (), facts
    if not 1.5 <= ratio <= 2.5 or (around_si == 6).any():
        return (), facts  # not tetrahedral silica (SiO, stishovite): no rule to break
    if np.isin(around_si, (2, 3, 4)).all() and np.isin(around_o, (1, 2)).all():
        message = (
            f"The framework is interrupted: {ratio:.4g} O for each Si; "
            f"{int((around_si < 4).sum())} of {len(around_si)} Si have fewer than 4 O and "
            f"{int((around_o < 2).sum())} of {len(around_o)} O have fewer than 2 Si."
        )
        return (Finding("interrupted_framework", message),), facts
    message = (
        f"The Si-O network is broken: oxygens around silicon {_histogram(around_si)}, silicons "
        f"around oxygen {_histogram(around_o)}."
    )
    return (Finding("broken_network", message),), facts


def _histogram(counts: Any) -> dict[str, int]:
    return {str(value): n for value, n in sorted(Counter(counts.tolist()).items())}
