"""The crystal of a block: pymatgen first, gemmi as second opinion and as a fallback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config import ParseLimits
from core.errors import ComputeError, InputError, ParseError, UploadLimitError
from core.io.cif.opinions import by_gemmi, by_pymatgen
from core.io.cif.plain import plain_crystal
from core.io.doctor.composition import parse_formula, same_ratio
from core.io.doctor.contacts import pairs_within, real_pairs
from core.types import Crystal, Finding

_DUPLICATE_RADIUS = 0.5  # angstrom; two atoms of an element nearer than this are one
_LOOSE_SITE_TOLERANCE = 1e-2


def crystal_of_block(
    text: str,
    block: Any,
    limits: ParseLimits,
    complaint: str,
    stated: Mapping[str, Any] | None = None,
) -> tuple[Crystal, tuple[Finding, ...]]:
    """The crystal that is most likely meant, and what had to be done to get it.

    Args:
        text: a CIF of one block.
        block: the same as parsed by gemmi, or None when gemmi could not.
        limits: sites are counted by gemmi, which is quick, before pymatgen expands them.
        complaint: what gemmi had to say when `block` is None.
        stated: what the file says of itself, to decide between two readings.

    Raises: ParseError when neither parser finds a crystal, UploadLimitError.
    """
    if block is not None and (plain := plain_crystal(block)) is not None:
        return plain
    second, second_error = _second_opinion(block, complaint, limits)
    try:
        crystal, findings = _without_duplicates(text)
    except (InputError, ComputeError) as error:
        if second is None:
            raise _both(error, second_error) from None
        if "over-full" in error.message:
            raise
        message = f"{error.message} gemmi read the block instead."
        return second, (Finding("read_by_second_parser", message, "warning", repaired=True),)
    if crystal.n_sites > limits.max_sites:
        raise _too_many(crystal.n_sites, limits)
    if second is None:
        message = f"The second parser could not read the block: {second_error}"
        return crystal, (*findings, Finding("second_opinion_failed", message))
    return _agreed(crystal, findings, second, stated or {})


def _second_opinion(block: Any, complaint: str, limits: ParseLimits) -> tuple[Crystal | None, str]:
    if block is None:
        return None, f"the text breaks off {complaint}"
    try:
        second = by_gemmi(block)
    except (InputError, ComputeError) as error:
        return None, error.message
    if second.n_sites > limits.max_sites:
        raise _too_many(second.n_sites, limits)
    return second, ""


def _both(error: InputError | ComputeError, second_error: str) -> ParseError:
    if isinstance(error, UploadLimitError):
        return ParseError(error.message, hint=error.hint)
    hint = error.hint or "Open the file in a text editor and correct what is named."
    if second_error.startswith("the text breaks off"):
        # A fault of syntax: gemmi names the line, pymatgen only stumbles over it later.
        words = f"The CIF breaks off{second_error.removeprefix('the text breaks off')}."
        return ParseError(f"{words} ({error.message})", hint=hint)
    other = f" gemmi: {second_error.removeprefix('gemmi: ')}" if second_error else ""
    return ParseError(error.message + other, hint=hint)


def _too_many(n_sites: int, limits: ParseLimits) -> UploadLimitError:
    return UploadLimitError(
        f"The cell holds {n_sites:,} atoms; the limit is {limits.max_sites:,}.",
        hint="Use a primitive cell, or raise max_sites.",
    )


def _without_duplicates(text: str) -> tuple[Crystal, tuple[Finding, ...]]:
    """The crystal pymatgen sees; seen again with a looser tolerance when atoms come out double."""
    crystal, findings = by_pymatgen(text)
    doubled = n_duplicates(crystal)
    if not doubled:
        return crystal, findings
    try:
        again, more = by_pymatgen(text, site_tolerance=_LOOSE_SITE_TOLERANCE)
    except (InputError, ComputeError):
        return crystal, findings
    if n_duplicates(again):
        return crystal, findings
    merged = crystal.n_rows - again.n_rows
    message = (
        f"{merged} atom{'s' if merged > 1 else ''} came out twice, nearly at the same place, as "
        "rounded coordinates of special positions make them; merged "
        f"(site tolerance {_LOOSE_SITE_TOLERANCE:g})."
    )
    finding = Finding("duplicate_special_positions", message, "warning", repaired=True)
    return again, (*more, finding)


def n_duplicates(crystal: Crystal) -> int:
    """Pairs of fully occupied atoms of one element nearer than 0.5 angstrom."""
    pairs = real_pairs(crystal, pairs_within(crystal, _DUPLICATE_RADIUS))
    same = crystal.numbers[pairs.first] == crystal.numbers[pairs.second]
    full = (crystal.occupancy[pairs.first] + crystal.occupancy[pairs.second]) > 1.0 + 1e-3
    return int((same & full).sum())


def _agreed(
    crystal: Crystal,
    findings: tuple[Finding, ...],
    second: Crystal,
    stated: Mapping[str, Any],
) -> tuple[Crystal, tuple[Finding, ...]]:
    """The first reading, unless the second differs and alone agrees with the stated formula."""
    one, two = crystal.composition, second.composition
    same = set(one) == set(two) and all(abs(one[e] - two[e]) < 0.01 * one[e] + 1e-3 for e in one)
    if same:
        return crystal, findings
    told = parse_formula(str(stated.get("formula", "")))
    words = f"pymatgen reads {_cell_formula(one)}, gemmi reads {_cell_formula(two)} in the cell"
    if told and same_ratio(two, told) and not same_ratio(one, told):
        message = f"{words}; only the latter agrees with the stated {stated['formula']}."
        return second, (*findings, Finding("second_opinion_used", message, repaired=True))
    return crystal, (*findings, Finding("second_opinion_differs", f"{words}."))


def _cell_formula(composition: Mapping[str, float]) -> str:
    return " ".join(f"{symbol}{amount:.4g}" for symbol, amount in composition.items())
