"""Readers by file format.

| module | format |
|---|---|
| `base` | what a reader is, and the registry of them |
| `cif` | CIF and magnetic CIF, one or many blocks |
| `pymatgen_json` | pymatgen JSON: a structure, a list, records with an id, a pandas split table |
| `optimade_entry` | entries of OPTIMADE JSON, from a file or a server |
| `poscar` | VASP POSCAR and CONTCAR |
| `xdatcar` | VASP XDATCAR trajectories |
| `xyz` | extended xyz |
| `lammps` | LAMMPS data |
| `table` | CSV with a `cif` column |
"""

from core.io.readers.base import READERS, Reader

__all__ = ["READERS", "Reader"]
