"""A formula in whichever way it is written, as one text that can be compared."""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from math import gcd, isfinite

from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import InvalidSpecError

_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[])|([)\]])|(\d+\.?\d*|\.\d+)|\s+")
_LONGEST = 2_000
_SMALLEST_PART = 1e-4


@lru_cache(maxsize=65_536)
def formula_key(text: str) -> str:
    """`O3SrTi` for SrTiO3, TiSrO3, Sr2Ti2O6 and Sr(TiO3): elements by name, whole numbers reduced.

    Amounts that are no whole numbers stand as they are; D and T count as H.

    Raises: InvalidSpecError for what is no formula.
    """
    amounts: dict[str, float] = {}
    for symbol, amount in _amounts(text).items():
        _add(amounts, {SYMBOLS[ATOMIC_NUMBERS[symbol]]: amount}, 1.0)
    whole = {symbol: round(amount) for symbol, amount in amounts.items()}
    if all(abs(whole[s] - n) < _SMALLEST_PART and whole[s] > 0 for s, n in amounts.items()):
        divisor = reduce(gcd, whole.values())
        amounts = {symbol: n // divisor for symbol, n in whole.items()}
    return "".join(s if n == 1 else f"{s}{n:.10g}" for s, n in sorted(amounts.items()))


def key_of_shown(formula: str) -> str:
    """The key of a formula that Gridscope shows; itself where it has no key (1.2e+04 atoms)."""
    try:
        return formula_key(formula)
    except InvalidSpecError:
        return formula


def _amounts(text: str) -> dict[str, float]:
    """Amounts by symbol, brackets multiplied out."""
    levels: list[dict[str, float]] = [{}]
    last: dict[str, float] = {}  # what a number behind it multiplies
    at = 0
    if len(text) > _LONGEST:
        raise _refusal(text)
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _refusal(text)
        at = token.end()
        symbol, opening, closing, number = token.groups()
        if symbol or opening or closing:
            _add(levels[-1], last, 1.0)
            last = {}
        if symbol:
            if symbol not in ATOMIC_NUMBERS:
                raise _refusal(text)
            last = {symbol: 1.0}
        elif opening:
            levels.append({})
        elif closing:
            if len(levels) == 1:
                raise _refusal(text)
            last = levels.pop()
        elif number:
            if not last:
                raise _refusal(text)
            _add(levels[-1], last, float(number))
            last = {}
    _add(levels[-1], last, 1.0)
    found = levels[0]
    if len(levels) > 1 or not found or not all(0 < n < 1e9 and isfinite(n) for n in found.values()):
        raise _refusal(text)
    return found


def _add(into: dict[str, float], part: dict[str, float], times: float) -> None:
    for symbol, amount in part.items():
        into[symbol] = into.get(symbol, 0.0) + amount * times


def _refusal(text: str) -> InvalidSpecError:
    return InvalidSpecError(
        f"{text[:80]!r} is no formula.", hint="Write it like SrTiO3 or Ca(OH)2."
    )
