"""Reading crystals from files, examining them, writing them.

| module | concept |
|---|---|
| `parse` | files in, crystals and failures out |
| `collect` | paths, folders and archives to files in memory |
| `archives` | zip and tar, safely |
| `detect` | which reader a file belongs to |
| `readers` | one file for each format |
| `cif` | repair of CIF text, two parsers, the choice between them |
| `doctor` | all checks of a crystal |
| `draft` | what a reader hands on |
| `naming` | unique ids |
| `garbage` | decoded files out of the garbage collector's sight |
| `tasks`, `pool`, `worker` | parsing in processes that can be killed |
| `convert` | to and from pymatgen and ase |
| `write` | CIF, POSCAR, extxyz, pymatgen JSON |
| `disorder` | ordered approximation, dropping of guests |
"""

from core.io.collect import collect
from core.io.parse import parse, read

__all__ = ["collect", "parse", "read"]
