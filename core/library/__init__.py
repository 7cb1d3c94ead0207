"""The crystals at hand, and what a person does with them: filter, join tables, decide, remove.

| module | concept |
|---|---|
| `library` | an immutable set of crystals with their examinations, failures and decisions |
| `columns` | the same as columns, for tables and filters |
| `filters` | which of them to look at |
| `tables` | property tables as files |
| `join` | joining them by id |
| `reading` | files read in the background, with progress and a stop |
| `live` | live searches in the background, and their record |
| `public` | public sets in the background, and their record |
| `examining` | the doctor for crystals that came without an examination |
| `disorder` | what was decided about partial occupancy, carried out |
| `citing` | the works behind the crystals |
| `export` | crystals and properties as files to keep |
"""

from core.library.library import Library

__all__ = ["Library"]
