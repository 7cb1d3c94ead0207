"""From many candidates to a defensible shortlist.

| module | concept |
|---|---|
| `templates` | a crystal whose elements are replaced: kinds of sites, labels, size from radii |
| `radii` | covalent radii, or those that a library's contacts show |
| `likelihood` | how readily one element takes another's place: mined, or from tables |
| `charges` | whether oxidation states of a decoration add up to zero |
| `candidates` | candidates as columns; their crystals when asked for |
| `substitution`, `decoration` | candidates from known crystals, from prototypes |
| `duplicates` | one crystal in two guises, by formula and GRID |
| `hull` | energy above the convex hull of known phases |
| `criteria` | windows on predicted properties, with or without their uncertainty |
| `novelty` | distance to known crystals, unseen elements and prototypes, descriptor space |
| `what_if` | what another threshold on the uncertainty would leave |
| `funnel` | filters one after another, their counts, why a candidate passed |
| `pareto` | candidates that no other beats in every respect |
| `diversity` | a shortlist that covers its ground |
| `screen` | a whole request: columns to a ranked shortlist |
| `discovery` | precision, recall, enrichment and errors where the truth is known |
| `procedures_of_candidates`, `..._filters`, `..._discovery` | all of these in words |

Candidates: `found, made = substitute(templates(parents)[0], likelihood("mined", ...), spec)`, then
`found.batches()` for crystals, `found.shares()` for hulls, `found.arrays()` for a file.

Filters: a `Column` for each predicted property (`Column.of(prediction, model.range)`), a `Request`
of criteria, hull, novelty, front; `screen(request, columns, known, n)` gives the `Funnel` with its
counts, `message` and `reasons(i)`. Moving a threshold means a new `Criterion` and `run_funnel` over
the columns at hand: nothing is predicted again (600,000 rows in well under 0.2 s). `what_if` sweeps
the number of standard deviations in one sort.

Nothing here reads files or fits models; the tasks `candidates` and `screen` of `core.jobs` do.
"""
