"""What survives a restart: crystals and results on disk, each written whole or not at all.

| module | concept |
|---|---|
| `home` | the folder everything lives in |
| `reports` | crystals with their examinations and failures |
"""

from core.store.home import session_folder
from core.store.reports import load_report, save_report

__all__ = ["load_report", "save_report", "session_folder"]
