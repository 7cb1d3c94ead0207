"""What to do about a finding, in one line."""

from __future__ import annotations

from core.types import Finding

_ADVICE: dict[str, str] = {
    "partial_occupancy": "Keep the weights, make an ordered approximation, or drop the guests.",
    "split_sites": "Make an ordered approximation before comparing distances.",
    "formula_mismatch": "Compare with the publication: atoms may be missing or listed twice.",
    "hydrogens_missing": "Add the hydrogens if they matter; the heavy atoms are all there.",
    "implicit_hydrogens": "Add the hydrogens if they matter.",
    "second_opinion_differs": "Look at symmetry operators and special positions in the file.",
    "second_opinion_used": "Look at the composition before you use this crystal.",
    "read_by_second_parser": "Look at the composition before you use this crystal.",
    "interrupted_framework": "A real interrupted framework, or missing terminal atoms: check.",
    "broken_network": "Check symmetry operators and duplicate or missing atoms.",
    "lower_symmetry_found": "Check the symmetry operators against the space group's name.",
    "space_group_contradiction": "Check which of name and number is meant.",
    "no_symmetry_stated": "State the space group, unless all atoms of the cell are listed.",
    "short_contact": "Check cell, coordinates and space group.",
    "volume_mismatch": "Check the cell parameters.",
    "occupancy_too_high": "Check the column of occupancies: it may hold something else.",
    "duplicate_atoms": "Remove the duplicates from the file.",
    "duplicate_special_positions": "Write special positions with more digits.",
    "atoms_without_coordinates": "The atoms left out are missing from the composition.",
    "not_periodic": "Use only if the cell is meant to repeat.",
    "symmetry_not_found": "Atoms may be too near to one another.",
}


def advice_for(findings: tuple[Finding, ...]) -> str:
    """Advice on the gravest finding: unrepaired warnings before repairs, in order."""
    ranked = sorted(
        (f for f in findings if f.severity != "info"),
        key=lambda f: (f.severity != "error", f.repaired),
    )
    return next((_ADVICE[f.code] for f in ranked if f.code in _ADVICE), "")
