"""From the files of a public set to crystals or a table: one module for each kind of set.

| module | sets |
|---|---|
| `base` | what a reader is, and the registry of them |
| `structures` | files that `core.io` reads as they are |
| `cuprates` | CIFs whose names tell the superconductor |
| `references` | elements with several crystals each |
| `zeolites` | CIFs joined with the table of their properties |
| `frameworks` | descriptors of zeolites by framework code |
| `tables` | CSV by composition or name, columns of numbers by step |
"""

from core.data.readers.base import PUBLIC_READERS, Found, PublicReader

__all__ = ["PUBLIC_READERS", "Found", "PublicReader"]
