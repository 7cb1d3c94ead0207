"""The CIF doctor: what is wrong with a crystal, and what to do about it.

| module | concept |
|---|---|
| `examine` | all checks in order: what is refused, what is noted |
| `contacts` | pairs of atoms too near to one another |
| `composition` | formula, Z, volume, density: stated against found |
| `silica` | 4 O around each Si, 2 Si around each O |
| `spacegroup` | space group stated against found |
| `advice` | a suggestion for each kind of finding |
"""
