"""Two parsers' readings of one CIF block, their errors and warnings in our words."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ComputeError, GridscopeError, ParseError
from core.io.convert import from_pymatgen
from core.types import Crystal, Finding, IntArray

if TYPE_CHECKING:
    from pymatgen.core import Structure

_SAME_PLACE = 0.01  # angstrom; below it gemmi's sites are alternatives on one position
_LENIENT_OCCUPANCY = 1.1  # occupancies refined a little above one are scaled back

# Pattern in pymatgen's warning -> finding. None: said better by a check of our own.
_TRANSLATIONS: tuple[tuple[str, tuple[str, str, str, bool] | None], ...] = (
    (r"rounded to ideal", ("rounded_coordinates", "info",
     "Coordinates such as 0.3333 were taken as thirds.", True)),
    (r"parsed as", ("symbol_read_as", "warning", "{text}.", True)),
    (r"sum to > 1", ("occupancy_above_one", "warning",
     "Occupancies on one site add up to more than 1; they were scaled down.", True)),
    (r"Defaulting to P1", ("no_symmetry_stated", "warning",
     "No symmetry is stated; the atoms are taken as the whole cell (P1).", True)),
    (r"implicit hydrogens", ("implicit_hydrogens", "warning",
     "Hydrogens are mentioned but have no coordinates.", False)),
    (r"Pauling file", ("mixed_site_syntax", "info",
     "Mixed sites written as `0.8Nb + 0.2Zr` were taken apart.", True)),
    (r"Possible issue in CIF", ("stray_text", "warning",
     "Text that belongs to no tag was passed over ({text}).", True)),
    (r"Spacegroup from", None),
    (r"Issues encountered|No structure parsed|stoichiometry|Missing elements", None),
)  # fmt: skip

_MISSING_TAG = re.compile(r"(?:KeyError: )?['\"](_[^'\"]+)['\"]")
_OTHER = ("parser_note", "info", "pymatgen: {text}", False)


def by_pymatgen(text: str, *, site_tolerance: float = 1e-4) -> tuple[Crystal, tuple[Finding, ...]]:
    """The crystal pymatgen sees in a one-block CIF, and its warnings as findings.

    Raises: ParseError quoting pymatgen's complaint.
    """
    structure, notes = _structure(text, site_tolerance, _LENIENT_OCCUPANCY)
    if structure is None and any("exceeded tolerance" in note for note in notes):
        return _merged_rows(text, site_tolerance, notes)
    if structure is None:
        raise ParseError(f"pymatgen: {_first_line(notes[-1])}")
    return _crystal(structure), (*translate(notes), *_isotope_note(structure))


def _isotope_note(structure: Structure) -> tuple[Finding, ...]:
    """Whether deuterium or tritium was read as hydrogen."""
    names = {getattr(getattr(s, "element", s), "name", "") for s in structure.composition}
    isotopes = sorted(names & {"D", "T"})
    if not isotopes:
        return ()
    message = f"Isotopes of hydrogen are read as hydrogen: {', '.join(isotopes)}."
    return (Finding("isotope", message, "info", repaired=True),)


def _structure(
    text: str, site_tolerance: float, occupancy_tolerance: float
) -> tuple[Structure | None, list[str]]:
    """The structure or None, and all that pymatgen had to say, an error last."""
    from pymatgen.io.cif import CifParser

    notes: list[str] = []
    structure = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parser = CifParser.from_str(
                text,
                site_tolerance=site_tolerance,
                occupancy_tolerance=occupancy_tolerance,
                check_cif=False,
            )
            structure = parser.parse_structures(primitive=False, on_error="raise")[0]
            notes.extend(getattr(parser, "warnings", []))
        except Exception as error:  # noqa: BLE001 - hostile text makes it raise almost anything
            notes.append(f"{type(error).__name__}: {error}")
    return structure, [str(w.message) for w in caught] + notes


def _crystal(structure: Structure) -> Crystal:
    try:
        return from_pymatgen(structure, id="")
    except GridscopeError as error:
        if isinstance(error, ParseError | ComputeError):
            raise
        raise ParseError(error.message, hint=error.hint) from None


def _merged_rows(
    text: str, site_tolerance: float, notes: list[str]
) -> tuple[Crystal, tuple[Finding, ...]]:
    """An atom listed twice is merged; two elements that both fill a site are refused."""
    structure, more = _structure(text, site_tolerance, 1e9)
    if structure is None:
        raise ParseError(f"pymatgen: {_first_line(more[-1])}")
    crystal = _crystal(structure)
    mixed = [site for site in structure if len(site.species.elements) > 1]
    if mixed:
        total = next((note for note in notes if "exceeded tolerance" in note), "")
        raise ParseError(
            f"One site is over-full: {_first_line(total)} Among its occupants: "
            f"{', '.join(str(e) for e in mixed[0].species.elements)}.",
            hint="State occupancies that add up to 1 at most, or remove the duplicate.",
        )
    kept = tuple(f for f in translate(more) if f.code != "occupancy_above_one")
    if (highest := _highest_occupancy(text)) > _LENIENT_OCCUPANCY:
        message = f"An occupancy of {highest:g} is stated; what is above 1 was taken as 1."
        return crystal, (*kept, Finding("occupancy_too_high", message, "warning", repaired=True))
    message = "Atoms are listed more than once at the same place; they were merged."
    return crystal, (*kept, Finding("duplicate_atoms", message, "warning", repaired=True))


def _highest_occupancy(text: str) -> float:
    """The highest occupancy a row of atoms states; 0 where none does."""
    import gemmi

    try:
        column = gemmi.cif.read_string(text)[0].find_values("_atom_site_occupancy")
        return max((gemmi.cif.as_number(value, 0.0) for value in column), default=0.0)
    except Exception:  # noqa: BLE001 - C++ exceptions arrive under many names
        return 0.0


def translate(notes: list[str]) -> tuple[Finding, ...]:
    """Warnings of pymatgen as findings, each code once."""
    findings: dict[str, Finding] = {}
    for note in notes:
        text = _first_line(note)
        known = next(
            (known for pattern, known in _TRANSLATIONS if re.search(pattern, note)), _OTHER
        )
        if known is not None and known[0] not in findings:
            code, severity, words, repaired = known
            message = words.replace("{text}", text)
            findings[code] = Finding(code, message, severity, repaired)  # type: ignore[arg-type]
    return tuple(findings.values())


def _first_line(note: str) -> str:
    lines = [line.strip() for line in note.splitlines() if line.strip()]
    # "No structure parsed for section 1 in CIF." says nothing; the line after it does.
    useful = [line for line in lines if "No structure parsed" not in line] or lines or [note]
    if missing := _MISSING_TAG.fullmatch(useful[0]):
        return f"the block has no {missing[1]}"
    return useful[0][:200]


def by_gemmi(block: Any) -> Crystal:
    """The crystal gemmi sees in a parsed block.

    Raises: ParseError for an unknown element, no cell or no atoms.
    """
    import gemmi

    try:
        small = gemmi.make_small_structure_from_block(block)
        sites = [site for site in small.get_all_unit_cell_sites() if site.occ != 0]
    except Exception as error:  # noqa: BLE001 - C++ exceptions arrive under many names
        raise ParseError(f"gemmi: {_first_line(str(error))}") from None
    if not sites:
        raise ParseError("gemmi finds no atoms.")
    unknown = next((s for s in sites if s.element.atomic_number == 0), None)
    if unknown is not None:
        name = unknown.type_symbol or unknown.label
        raise ParseError(f"Atom {unknown.label[:20]!r} is of type {name[:20]!r}: no element.")
    lattice = np.array(small.cell.orth.mat.tolist()).T
    frac = np.array([s.fract.tolist() for s in sites])
    occupancy = np.array([s.occ for s in sites])
    if not ((occupancy > 0) & (occupancy <= _LENIENT_OCCUPANCY)).all():
        bad = occupancy[~((occupancy > 0) & (occupancy <= _LENIENT_OCCUPANCY))][0]
        raise ParseError(f"An occupancy is {bad:g}; it must be in (0, 1].")
    return Crystal(
        "", lattice, frac, np.array([s.element.atomic_number for s in sites]),
        np.minimum(occupancy, 1.0),
        _positions(lattice, frac, occupancy), tuple(s.label for s in sites),
    )  # fmt: skip


def _positions(lattice: np.ndarray, frac: np.ndarray, occupancy: np.ndarray) -> IntArray:
    """Position of each site: partly filled sites at one place share it."""
    position = list(range(len(frac)))
    partial = np.flatnonzero(occupancy < 1)
    for i, row in enumerate(partial):
        delta = frac[partial[:i]] - frac[row]
        gap = np.linalg.norm((delta - np.round(delta)) @ lattice, axis=1)
        if len(gap) and gap.min() < _SAME_PLACE:
            position[row] = position[partial[int(gap.argmin())]]
    return np.array(position)
