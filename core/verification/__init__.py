"""Predictions put to the test: crystals relaxed and labelled by an open universal potential.

| module | concept |
|---|---|
| `potential` | what a potential gives: energy and slopes |
| `chgnet` | the potential on offer, an optional extra |
| `free_coordinates` | the coordinates that a space group leaves free |
| `minimise` | quasi-Newton in those coordinates |
| `equation_of_state` | the Birch-Murnaghan fit |
| `relax` | one crystal: relaxation, seven volumes, fit |
| `labels` | formation energy, energy above the hull of the embedded set |
| `records` | what was computed of a crystal, kept by its structure |
| `hits` | predicted against verified: hit rate, parity |
| `rounds` | verified crystals join the training set; the history of such rounds |
| `procedures` | these in words |
"""
