"""The maker of the embedded set `prototype-elastic`; `python -m makers.prototype_elastic --help`.

| module | concept |
|---|---|
| `recipes` | which prototypes are decorated, by which rule, how often |
| `prototypes` | the decorated-to-be crystals, from the AFLOW prototypes of core.data |
| `chemistry` | elements: oxidation states, radii, classes, what is left out |
| `decorate` | elements on the sites of a prototype: charge balance, or alloy rules |
| `known` | decorations that a file of known binaries holds, put first in the work |
| `scale` | the cell before relaxation, from radii |
| `worklist` | everything to do, in an order that is balanced wherever it stops |
| `progress` | results as they come, safe to kill |
| `evaluate` | one crystal through `core.verification`: relaxation, seven volumes, fit |
| `checks` | reasons to leave a crystal out, counted |
| `selection` | what of all computed makes the set |
| `hull` | references, formation energies, energies above the hull of the set |
| `likeness` | GRID distance at one volume per atom |
| `validate` | against DFT binaries and measured elements |
| `write` | the table and the card |
"""
