"""Lattices, neighbours, symmetry.

| module | concept |
|---|---|
| `cell` | reduced cells, lattice parameters |
| `neighbors` | the k nearest or all neighbours of each position |
| `packed`, `sphere_kernels` | the k nearest distances of many crystals at once, compiled |
| `bonds` | bonds of chosen elements by covalent radii, nets of bridged centres |
| `shells` | sizes of the shells of neighbours in a periodic graph |
| `symmetry` | space group, Wyckoff sites, standard and primitive cells (spglib) |
| `space_group_number` | the number alone, several times faster, the same as of `symmetry` |
| `prototype_label` | canonical label of the prototype: group and Wyckoff sites (moyopy) |
"""
