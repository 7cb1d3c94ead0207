"""Lattices, neighbours, symmetry.

| module | concept |
|---|---|
| `cell` | reduced cells, lattice parameters |
| `neighbors` | the k nearest or all neighbours of each position |
| `symmetry` | space group, Wyckoff sites, standard and primitive cells (spglib) |
"""
