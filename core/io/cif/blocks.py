"""The blocks of a CIF: which hold a crystal, what each states of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from core.config import ParseLimits
from core.errors import ComputeError, InputError, ParseError
from core.io.cif.repair import mend
from core.io.cif.structure import crystal_of_block
from core.io.cif.tags import CELL_TAGS, COORDINATE_TAGS, NAME_TAGS, NUMBER_TAGS
from core.io.draft import Draft, Refusal
from core.io.readers.base import check_atom_rows, text_of
from core.types import Finding, RawFile

_HINT_INCOMPLETE = "Get the complete file from its source."


def read_blocks(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Refusal]:
    """Yields one item for each block that holds a crystal, or should but does not.

    Raises: ParseError when the file as a whole holds nothing of a crystal.
    """
    stem = PurePosixPath(raw.name).stem
    text, repairs = mend(text_of(raw), stem)
    repairs = (*_encoding(raw.data), *repairs)
    document, complaint = parse_document(text)
    if document is None:
        yield from _without_gemmi(text, repairs, complaint, limits)
        return
    blocks = list(document)
    useful = [block for block in blocks if _holds_structure(block)]
    if not useful:
        raise _nothing_inside(blocks, stem)
    if len(useful) < len(blocks):
        names = ", ".join(block.name.strip() for block in blocks if block not in useful)[:80]
        message = f"Blocks without a structure were passed over: {names}."
        repairs = (*repairs, Finding("block_without_structure", message, "info"))
    for block in useful:
        name = block.name.strip() if len(useful) > 1 else ""
        try:
            draft = _draft(block, limits)
            yield draft.with_(name=name, findings=(*repairs, *draft.findings))
        except (InputError, ComputeError) as error:
            yield Refusal.from_error(error, name)


def parse_document(text: str) -> tuple[Any, str]:
    """The document as gemmi parses it and "", or None and its complaint."""
    import gemmi

    try:
        return gemmi.cif.read_string(text), ""
    except Exception as error:  # noqa: BLE001 - C++ exceptions arrive under many names
        text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        place = re.match(r"string:(\d+):\d+\(\d+\): (.*)", text)
        return None, f"near line {place[1]}: {place[2].lower()}" if place else text


def _without_gemmi(
    text: str, repairs: tuple[Finding, ...], complaint: str, limits: ParseLimits
) -> Iterator[Draft | Refusal]:
    """Blocks split by hand and read by pymatgen alone, because gemmi can't parse the text."""
    parts = re.split(r"^\s*data_", f"\n{text}", flags=re.MULTILINE | re.IGNORECASE)[1:]
    parts = [part for part in parts if "_cell_length" in part or "_atom_site_" in part]
    if not parts:
        raise ParseError(f"The CIF can't be parsed {complaint}.", hint=_HINT_INCOMPLETE)
    for part in parts:
        name = part.split(None, 1)[0][:60] if len(parts) > 1 and part.strip() else ""
        try:
            # Lines with four words or more bound the number of atoms from above.
            check_atom_rows(sum(len(line.split()) >= 4 for line in part.splitlines()), limits)
            crystal, notes = crystal_of_block("data_" + part, None, limits, complaint)
            yield Draft(crystal, name, False, (*repairs, *notes))
        except (InputError, ComputeError) as error:
            yield Refusal.from_error(error, name)


def _draft(block: Any, limits: ParseLimits) -> Draft:
    _check_cell(block)
    notes = _check_atoms(block, limits)
    stated = statements(block)
    crystal, more = crystal_of_block(block.as_string(), block, limits, "", stated)
    return Draft(crystal, findings=(*notes, *more), stated=stated)


def _holds_structure(block: Any) -> bool:
    tags = (*CELL_TAGS[:1], "_atom_site_label", *COORDINATE_TAGS[:1], "_atom_site_type_symbol")
    return any(len(block.find_values(tag)) for tag in tags)


def _nothing_inside(blocks: list[Any], stem: str) -> ParseError:
    names = [block.name.strip() for block in blocks]
    if any(block.find_mmcif_category("_atom_site.").width() for block in blocks):
        return ParseError(
            "The file is a macromolecular CIF (mmCIF) with Cartesian atoms.",
            hint="Gridscope reads small-unit-cell CIF with fractional coordinates.",
        )
    if len(blocks) == 1 and sum(1 for _ in blocks[0]) <= 2:
        return ParseError(
            f"The file holds only a name ({names[0] or stem!r}): no cell and no atoms.",
            hint=_HINT_INCOMPLETE,
        )
    return ParseError(
        f"No cell and no atoms in block {', '.join(names)[:80]!r}."
        if blocks else "The file holds no CIF block.",
        hint=_HINT_INCOMPLETE,
    )  # fmt: skip


def _check_cell(block: Any) -> None:
    """Raises: ParseError quoting a cell parameter that is missing or impossible."""
    from gemmi import cif

    for tag in CELL_TAGS:
        text = block.find_value(tag)
        if text is None or cif.is_null(text):
            raise ParseError(f"The block has no {tag}.", hint=_HINT_INCOMPLETE)
        value = cif.as_number(text)
        angle = "angle" in tag
        if not (0 < value < (180 if angle else 1e4)):
            raise ParseError(f"{tag} is {cif.as_string(text)[:40]!r}.", hint="Correct the cell.")


def _check_atoms(block: Any, limits: ParseLimits) -> tuple[Finding, ...]:
    """Count the atoms; take out rows without coordinates.

    Raises: ParseError without coordinates, UploadLimitError above the limit of rows.
    """
    from gemmi import cif

    rows = len(block.find_values(COORDINATE_TAGS[0]))
    check_atom_rows(rows, limits)
    table = block.find(list(COORDINATE_TAGS))
    if len(table) == 0:
        raise ParseError(
            "The block has a cell but no atoms with fractional coordinates.", hint=_HINT_INCOMPLETE
        )
    empty = [i for i in range(len(table)) if any(cif.is_null(cell) for cell in table[i])]
    for i, row in enumerate(table):
        for text in row:
            if i not in empty and cif.as_number(text) != cif.as_number(text):
                raise ParseError(
                    f"Atom {i + 1} has the coordinate {cif.as_string(text)[:40]!r}.",
                    hint="Coordinates must be numbers.",
                )
    if len(empty) == len(table):
        raise ParseError("No atom has coordinates: all are '?' or '.'.", hint=_HINT_INCOMPLETE)
    notes: tuple[Finding, ...] = ()
    if empty:
        for i in reversed(empty):
            table.remove_row(i)
        message = f"{len(empty)} of {rows} atoms have no coordinates ('?') and were left out."
        notes = (Finding("atoms_without_coordinates", message, "warning", repaired=True),)
    return (*notes, *_charges(block), *_name_t_sites(block))


def _charges(block: Any) -> tuple[Finding, ...]:
    """Ions among the type symbols: both parsers read the element, the charge is not kept."""
    symbols = {str(name).strip("'\"") for name in block.find_values("_atom_site_type_symbol")}
    ions = sorted(s for s in symbols if re.fullmatch(r"[A-Z][a-z]?(\d*[+-]|[+-]\d+)", s))
    if not ions:
        return ()
    message = f"Charges were dropped from the species: {', '.join(ions)[:80]}."
    return (Finding("charged_species", message, "info", repaired=True),)


def _name_t_sites(block: Any) -> tuple[Finding, ...]:
    """Zeolite files call tetrahedral atoms T; without a type symbol they are taken as silicon."""
    if len(block.find_values("_atom_site_type_symbol")):
        column = block.find_values("_atom_site_type_symbol")
    else:
        column = block.find_values("_atom_site_label")
    names = [str(name).strip("'\"") for name in column]
    t_sites = [i for i, name in enumerate(names) if re.fullmatch(r"T(\d+[A-Za-z]?)?", name)]
    others = {re.sub(r"[^A-Za-z].*", "", name) for i, name in enumerate(names) if i not in t_sites}
    if not t_sites or not others <= {"O", "OW", "Ow", "OH"}:
        return ()
    for i in t_sites:
        column[i] = "Si" + names[i][1:]
    message = f"{len(t_sites)} atoms are called T without an element; they were taken as silicon."
    return (Finding("t_sites", message, "warning", repaired=True),)


def statements(block: Any) -> Mapping[str, Any]:
    """What the block says of itself: formula, Z, density, volume, space group name and number."""
    from gemmi import cif

    def text(*tags: str) -> str:
        for tag in tags:
            value = block.find_value(tag)
            if value is not None and not cif.is_null(value):
                return " ".join(cif.as_string(value).split())
        return ""

    stated: dict[str, Any] = {}
    if found := text("_chemical_formula_sum"):
        stated["formula"] = found[:200]
    if found := text(*NAME_TAGS):
        stated["space_group"] = found[:200]
    for key, tags in (
        ("z", ("_cell_formula_units_Z",)),
        ("density_g_cm3", ("_exptl_crystal_density_diffrn",)),
        ("volume_A3", ("_cell_volume",)),
        ("space_group_number", NUMBER_TAGS),
    ):
        value = cif.as_number(text(*tags))
        if 0 < value < 1e9:
            stated[key] = int(value) if key in ("z", "space_group_number") else value
    return stated


def _encoding(data: bytes) -> tuple[Finding, ...]:
    if data[:3] == b"\xef\xbb\xbf":
        return (Finding("byte_order_mark", "The file starts with a mark.", "info", repaired=True),)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return (Finding("encoding", "The file is UTF-16.", "info", repaired=True),)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        message = "The file is not UTF-8; it was read as Latin-1."
        return (Finding("encoding", message, "info", repaired=True),)
    return ()
