"""What survives a restart: crystals and results on disk, each written whole or not at all.

| module | concept |
|---|---|
| `workspaces` | the store: open it; list, make, save, import, rename, remove workspaces |
| `workspace` | one workspace: add, find, count, read, export |
| `query` | which crystals to look at: frozen questions |
| `find` | a question answered by the database |
| `facts` | what occurs in a workspace, for a panel of filters |
| `reading` | crystals, examinations and failures out of a workspace |
| `filling` | crystals into a workspace and out of it |
| `results` | descriptors, matrices, tables and models, by a digest of what decides them |
| `blobs` | the files they lie in, by a digest of what they hold |
| `tables` | questions to large tables, answered by DuckDB |
| `job_log` | what is known of jobs |
| `archive`, `sending`, `receiving` | a workspace as one zip |
| `database` | SQLite or PostgreSQL; transactions |
| `schema`, `migrations` | the tables, and the steps from one version to the next |
| `bulk` | many rows into a table at once |
| `rows`, `packing` | a crystal as columns, and as bytes |
| `formulas` | a formula in whichever way it is written |
| `chunks` | long sequences in pieces |
| `home` | the folder everything lives in |
| `reports` | crystals of a session, with their examinations and failures, in one folder |

`core.store.workspaces` imports SQLAlchemy; import it where it is needed.
"""

from core.store.home import session_folder
from core.store.reports import load_report, save_report

__all__ = ["load_report", "save_report", "session_folder"]
