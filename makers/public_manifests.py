"""Manifests of the public sets that are folders of many files: SHA-256, size and name of each.

    python -m makers.public_manifests ../shared/data core/data/manifests

The folder has the layout that GRIDSCOPE_DATA_MIRROR expects. The same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

FOLDERS = {
    "3dsc-cuprates": "cuprates/3dsc_mp_cuprate_cifs.tar.xz",
    "mp-bulk-modulus": "composition/mp_bulk_modulus",
    "zeolites-coordination": "zeolites/Coordination",
    "zeolites-optimized": "zeolites/optimized_structures",
    "zeolites-starting": "zeolites/starting_structures",
    "zif-4-glasses": "azif/reaxff_glasses",
}


def files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a folder, or of a tar archive."""
    if path.is_dir():
        yield from ((child.name, child.read_bytes()) for child in path.iterdir())
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if stream := archive.extractfile(member):
                yield PurePosixPath(member.name).name, stream.read()


def lines(path: Path) -> Iterator[str]:
    """The lines of a manifest, sorted by name."""
    for name, content in sorted(files(path)):
        yield f"{hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"


def main(data: Path, out: Path) -> None:
    """Write all manifests."""
    for name, folder in FOLDERS.items():
        (out / f"{name}.txt").write_text("".join(lines(data / folder)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
