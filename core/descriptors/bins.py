"""Bins of equal width from zero to a largest distance."""

from __future__ import annotations

from core.errors import InvalidSpecError

_WHOLE = 1e-6  # of a bin: 10 / 0.1 is no whole number in floating point


def whole_bins(reach: float, width: float, *, what: str, unit: str) -> int:
    """How many bins of that width reach so far.

    Args:
        reach, width: in `unit`.
        what: words for the reach, at the start of a sentence.

    Raises: InvalidSpecError quoting both when it is no whole number.
    """
    ratio = reach / width
    if abs(ratio - round(ratio)) > _WHOLE or round(ratio) < 1:
        raise InvalidSpecError(
            f"{what} of {reach:g} {unit} is not a whole number of bins of {width:g} {unit}.",
            hint="Change one of them.",
        )
    return round(ratio)
