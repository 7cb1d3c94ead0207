"""The crystals at hand, and what a person does with them: filter, join tables, decide, remove.

| module | concept |
|---|---|
| `library` | an immutable set of crystals with their examinations, failures and decisions |
| `filters` | which of them to look at |
| `tables` | joining property tables by id |
"""

from core.library.library import Library

__all__ = ["Library"]
