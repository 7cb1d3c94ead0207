"""Gridscope's core: everything that would still be true without a browser.

| package | concept |
|---|---|
| `core.cli` | the command line, `python -m core` |
| `core.jobs` | what a page or the command line runs: files in, results out, with provenance |
| `core.methods` | formula, options, reference and limits of everything offered, in words |
| `core.labs` | claims of papers, measured again |
| `core.evaluation` | splits, leakage, a model beside the baseline on every fold |
| `core.models` | models that learn a property: fit, predict, intervals, files |
| `core.metrics`, `core.uncertainty` | how large errors are; whether stated uncertainties hold |
| `core.explain` | why two crystals differ |
| `core.maps` | order, map and duplicates of a set from its distances |
| `core.library` | the crystals at hand: filters, tables, decisions |
| `core.sources` | live queries: OPTIMADE providers and the Materials Project |
| `core.data` | embedded data sets and their cards |
| `core.distances` | distances between crystals, matrices, nearest neighbours |
| `core.descriptors` | GRID and the other descriptions of a crystal |
| `core.store` | what survives a restart |
| `core.io` | files to crystals: readers, archives, the CIF doctor |
| `core.geometry` | lattices, neighbours, symmetry |
| `core.procedure` | what can be said of a way of doing something |
| `core.registry`, `core.config`, `core.hashing` | named entries, options; limits; digests |
| `core.types`, `core.elements` | crystals, files, failures; the periodic table |
| `core.errors`, `core.units` | the error tree; labels and units of every column |
| `core.citations` | BibTeX of methods and data |

Imports only ever point down this table (import-linter enforces it).
"""

__version__ = "0.1.0"
