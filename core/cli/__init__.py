"""The command line: the whole main job on real files, without the browser.

| module | commands |
|---|---|
| `check` | `check` |
| `compute` | `grid`, `distance` |
| `look` | `neighbors`, `explain` |
| `sets` | `data list`, `data export` |
| `console` | progress, messages, exit status |

Exit status: 0 done, 1 nothing readable or failed, 2 usage.
"""

from core.cli import check, compute, look, sets  # noqa: F401 - each adds its commands to the app
from core.cli.app import app

__all__ = ["app"]
