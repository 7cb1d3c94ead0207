"""What a workspace looks like as one zip: names of its entries, the manifest, and their limits.

`crystals/NNNNN.jsonl` holds a line for each of some crystals (id, digest, length of the structure,
details) and `crystals/NNNNN.bin` their structures one behind the other; `failures.jsonl`,
`jobs.jsonl` and `results.jsonl` a line for each of those; `files/` what results consist of, by
digest. `manifest.json` names all of them with size and SHA-256, so that nothing is missing,
added or changed unnoticed.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import SchemaError

FORMAT = "gridscope-workspace"
SCHEMA = 1
MANIFEST = "manifest.json"
FAILURES, JOBS, RESULTS = "failures.jsonl", "jobs.jsonl", "results.jsonl"
LONGEST_LINE = 32 * 2**20
LARGEST_STRUCTURE = 64 * 2**20
LARGEST_RATIO = 200.0
"""Of what is deflated; files of results are stored as they are."""

_LARGEST_MANIFEST = 64 * 2**20
_MOST_ENTRIES = 200_000
_RATIO_FLOOR = 2**20  # small entries may deflate by any factor without harm
_NAMES = re.compile(
    r"crystals/[0-9]{5,9}\.(jsonl|bin)|(failures|jobs|results)\.jsonl"
    r"|files/[0-9a-f]{64}(\.[A-Za-z0-9]{1,12})?"
)
_HINT = "Export the workspace again, and copy the file whole."


@dataclass(frozen=True, slots=True)
class Entry:
    """Size and digest of a file in the zip."""

    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the zip says it holds."""

    name: str
    notes: Mapping[str, Any]
    n_crystals: int
    entries: Mapping[str, Entry]

    def to_json(self, **more: Any) -> str:
        """With whatever else a reader may like to know."""
        content = {
            "format": FORMAT, "schema": SCHEMA, "name": self.name, "n_crystals": self.n_crystals,
            **more, "notes": dict(self.notes),
            "entries": {n: [e.n_bytes, e.sha256] for n, e in self.entries.items()},
        }  # fmt: skip
        return json.dumps(content, indent=1)

    @property
    def parts(self) -> list[str]:
        """Names of the pieces of crystals, in order, without their endings."""
        return sorted(
            (n.removesuffix(".jsonl") for n in self.entries
             if n.startswith("crystals/") and n.endswith(".jsonl")),
            key=lambda name: int(name.split("/")[1]),
        )  # fmt: skip


def damaged(why: str) -> SchemaError:
    """The refusal of a zip."""
    return SchemaError(f"The file is no sound export of a workspace: {why}.", hint=_HINT)


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, checked against what the zip says of its entries.

    Raises: SchemaError for a zip that is none of ours, of another version, or hostile.
    """
    listed = archive.infolist()
    infos = {info.filename: info for info in listed}
    if MANIFEST not in infos:
        raise damaged("it has no manifest")
    if len(infos) != len(listed) or len(listed) > _MOST_ENTRIES:
        raise damaged("entries stand twice in it, or are too many")
    if infos[MANIFEST].file_size > _LARGEST_MANIFEST:
        raise damaged("its manifest is too large")
    for info in listed:
        _check_info(info)
    with archive.open(infos[MANIFEST]) as stream:  # `archive.read` would inflate without a limit
        manifest = _parse(stream.read(_LARGEST_MANIFEST))
    if manifest.entries.keys() != infos.keys() - {MANIFEST}:
        raise damaged("entries are missing or were added")
    for name, entry in manifest.entries.items():
        if not _NAMES.fullmatch(name):
            raise damaged(f"{name[:80]!r} does not belong there")
        if infos[name].file_size != entry.n_bytes:
            raise damaged(f"{name} has another size than the manifest says")
    return manifest


def _check_info(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise damaged(f"{info.filename[:80]!r} is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged(f"{info.filename[:80]!r} is packed in an unknown way")
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > _RATIO_FLOOR and ratio > LARGEST_RATIO:
        raise damaged(f"{info.filename[:80]!r} unpacks {ratio:.0f}-fold, as a zip bomb does")


def _parse(data: bytes) -> Manifest:
    try:
        told = json.loads(data)
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise damaged("its manifest is of something else")
        if told.get("schema") != SCHEMA:
            raise SchemaError(
                f"The export has schema {str(told.get('schema'))[:20]}; this Gridscope reads "
                f"{SCHEMA}.",
                hint="Use the version of Gridscope that wrote it, or export it again.",
            )
        entries = {str(n): Entry(_size(e[0]), str(e[1])) for n, e in told["entries"].items()}
        return Manifest(str(told["name"]), dict(told["notes"]), _size(told["n_crystals"]), entries)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise damaged("its manifest can't be read") from error


def _size(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.40} is no size")
    return value
