"""From CIF text to crystals.

| module | concept |
|---|---|
| `repair` | mending of the text, line by line, before any parser sees it |
| `tags` | the tags Gridscope reads, in their canonical spelling |
| `blocks` | what each block states of itself, which blocks hold a crystal |
| `structure` | pymatgen's reading, gemmi's second opinion, the choice between them |
| `opinions` | the two parsers, wrapped: their errors and warnings in our words |
"""
