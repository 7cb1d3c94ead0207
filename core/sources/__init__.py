"""Live sources: from the network to crystals, with an answer from each that was asked.

| module | concept |
|---|---|
| `optimade` | one query to several OPTIMADE providers |
| `materials_project` | the Materials Project's own interface, with a key |
| `providers` | well-known OPTIMADE servers; any other by its URL |
| `filters` | OPTIMADE filters, composed or checked |
| `gather` | several sources at once, their pages as they come, the record of what came |
| `transport` | what any request may take: time, bytes, redirects; how it is stopped |
| `addresses` | which URLs may be asked, which are one server |
| `replies` | what a server says when it refuses |
| `secret` | a key that never shows itself |
"""
