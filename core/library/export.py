"""What leaves a library: CIFs in a zip, extxyz, pymatgen JSON, properties as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core import __version__
from core.citations import bibtex
from core.data.loading import citation_record, embedded_citation, public_sets_in
from core.io.write import to_cif, write
from core.library.citing import data_dois, embedded_sets
from core.library.columns import Columns
from core.library.library import Library
from core.types import Crystal

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of file.

    Attributes:
        key, label: for look-up and forms.
        suffix: of the file's name.
        mime: content type.
        make: library -> bytes.
        help: one sentence.
    """

    key: str
    label: str
    suffix: str
    mime: str
    make: Callable[[Library], bytes]
    help: str


def cif_zip(library: Library) -> bytes:
    """A zip with a CIF for each crystal, the properties as CSV, and where it all came from."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        taken: set[str] = set()
        for crystal in library.crystals:
            archive.writestr(f"{_file_name(crystal, taken)}.cif", to_cif(crystal))
        archive.writestr("properties.csv", properties_csv(library))
        archive.writestr("provenance.json", provenance(library))
        if dois := data_dois(library):
            archive.writestr("references.bib", bibtex(dois) + "\n")
    return buffer.getvalue()


def properties_csv(library: Library) -> bytes:
    """A row for each crystal: what is known of it, in UTF-8.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    columns = Columns.of(library)
    names = [*columns.numeric, *columns.text]
    lines = io.StringIO(newline="")
    out = csv.writer(lines)
    head = ("id", "formula", "verdict", "n_sites", "space_group_stated", "space_group_found",
            "density_g_cm3", "ordered")  # fmt: skip
    out.writerow([*head, *(spreadsheet_safe(name) for name in names)])
    for i in range(len(columns)):
        numbers = [_number(columns.numeric[key][i]) for key in columns.numeric]
        texts = [spreadsheet_safe(columns.text[key][i]) for key in columns.text]
        out.writerow([
            spreadsheet_safe(columns.ids[i]), columns.formulas[i], columns.verdicts[i],
            int(columns.n_sites[i]), spreadsheet_safe(columns.space_group_stated[i]),
            spreadsheet_safe(columns.space_group_found[i]), f"{columns.density[i]:.6g}",
            bool(columns.ordered[i]), *numbers, *texts,
        ])  # fmt: skip
    return lines.getvalue().encode()


def provenance(library: Library) -> str:
    """Name, source, digest, decisions, sets with files and licence, failures, as JSON."""
    content = {
        "name": library.name,
        "source": library.source,
        "n_crystals": len(library),
        "digest": library.digest,
        "decisions": list(library.decisions),
        "embedded_sets": [embedded_citation(entry) for entry in embedded_sets(library)],
        "public_sets": [citation_record(entry) for entry in public_sets_in(library.decisions)],
        "failures": [
            {"id": f.id, "source": f.source, "code": f.code, "message": f.message}
            for f in library.failures
        ],
        "gridscope": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _structures(key: str) -> Callable[[Library], bytes]:
    return lambda library: write(library.crystals, key)


EXPORTS: dict[str, Export] = {
    export.key: export
    for export in (
        Export("cif", "CIF files (zip)", ".zip", "application/zip", cif_zip,
               "One CIF for each crystal, with properties and decisions beside them."),
        Export("extxyz", "Extended xyz", ".extxyz", "chemical/x-xyz", _structures("extxyz"),
               "All crystals in one file; numeric properties go along."),
        Export("json", "pymatgen JSON", ".json", "application/json", _structures("json"),
               "A list of records with material_id, structure and properties."),
        Export("csv", "Properties (CSV)", ".csv", "text/csv", properties_csv,
               "A row for each crystal, without the atoms."),
    )
}  # fmt: skip


def _file_name(crystal: Crystal, taken: set[str]) -> str:
    """The id as a file's name: no folders, no surprises, unique in any case."""
    stem = re.sub(r"[^\w.+=-]+", "_", crystal.id).strip("._")[:100] or "crystal"
    name, n = stem, 2
    while name.lower() in taken:
        name, n = f"{stem}-{n}", n + 1
    taken.add(name.lower())
    return name


def _number(value: float) -> str:
    return "" if value != value else repr(float(value))


def spreadsheet_safe(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
