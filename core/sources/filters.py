"""Filters of OPTIMADE: written from choices, or checked as typed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import gcd

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError
from core.io.doctor.composition import parse_formula
from core.sources.replies import one_line

_LONGEST = 2_000
_MOST_ELEMENTS = 118


def compose(
    *,
    all_of: Sequence[str] = (),
    any_of: Sequence[str] = (),
    none_of: Sequence[str] = (),
    n_elements: tuple[int, int] | None = None,
    formula: str = "",
    most_sites: int | None = None,
) -> str:
    """The filter text of these conditions, joined by AND; empty for none.

    Args:
        all_of, any_of, none_of: symbols of elements a crystal must have, one of which it must have,
            none of which it may have.
        n_elements: least and greatest number of elements, both included.
        formula: any spelling of whole numbers (`SiO2`, `Si2O4`); compared in reduced form.
        most_sites: sites in the cell at most.

    Raises: InvalidSpecError for an unknown element, a formula that is none, or an empty range.
    """
    parts = [f"elements HAS ALL {_symbols(all_of)}"] if all_of else []
    if any_of:
        parts.append(f"elements HAS ANY {_symbols(any_of)}")
    if none_of:
        parts.append(f"NOT elements HAS ANY {_symbols(none_of)}")
    if n_elements is not None:
        parts.append(_range(n_elements))
    if formula.strip():
        parts.append(f'chemical_formula_reduced="{reduced_formula(formula)}"')
    if most_sites is not None:
        if most_sites < 1:
            raise InvalidSpecError(f"A cell of at most {most_sites} sites holds nothing.")
        parts.append(f"nsites<={most_sites:d}")
    return " AND ".join(parts)


def _symbols(symbols: Sequence[str]) -> str:
    for symbol in symbols:
        if symbol not in ATOMIC_NUMBERS:
            raise InvalidSpecError(f"{symbol[:20]!r} is no element.",
                                   hint="Use symbols of the periodic table.")  # fmt: skip
    return ",".join(f'"{symbol}"' for symbol in dict.fromkeys(symbols))


def _range(bounds: tuple[int, int]) -> str:
    low, high = bounds
    if not 1 <= low <= high <= _MOST_ELEMENTS:
        raise InvalidSpecError(f"From {low} to {high} elements is an empty range.",
                               hint="Give the smaller number first.")  # fmt: skip
    return f"nelements={low:d}" if low == high else f"nelements>={low:d} AND nelements<={high:d}"


def reduced_formula(text: str) -> str:
    """The formula as OPTIMADE writes it: `Si2O4` -> `O2Si`, alphabetical, without common factor.

    Raises: InvalidSpecError.
    """
    amounts = parse_formula(text.strip())
    whole = {symbol: round(amount) for symbol, amount in amounts.items()}
    if not whole or any(abs(whole[s] - amounts[s]) > 0 or whole[s] < 1 for s in whole):
        raise InvalidSpecError(f"{text[:40]!r} is no formula of whole numbers.",
                               hint="Write SiO2, not SiO1.9 or Si(OH)4.")  # fmt: skip
    divisor = reduce(gcd, whole.values())
    return "".join(
        symbol if n == divisor else f"{symbol}{n // divisor}" for symbol, n in sorted(whole.items())
    )


def check(text: str) -> str:
    """A typed filter, tidied, when it follows the grammar of OPTIMADE 1.2; empty is allowed.

    Raises: InvalidSpecError with the place where it goes wrong.
    """
    from optimade.exceptions import BadRequest
    from optimade.filterparser import LarkParser, ParserError

    # Not `one_line`: blanks inside quotes are part of what is looked for.
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    if len(text) > _LONGEST:
        raise InvalidSpecError(f"The filter is longer than {_LONGEST:,} characters.")
    if not text:
        return ""
    try:
        LarkParser().parse(text)
    except (BadRequest, ParserError, RecursionError) as error:
        said = str(getattr(error, "detail", "") or error).split("Expected one of")[0]
        said = said.split("Lark traceback:")[-1]
        raise InvalidSpecError(
            f"The filter {text[:120]!r} can't be read: {one_line(said, 200)}",
            hint='An example: elements HAS ALL "Si","O" AND nelements=2.',
        ) from None
    return text
