"""The command line: the whole main job on real files, without the browser.

| module | commands |
|---|---|
| `check` | `check` |
| `compute` | `grid`, `distance` |
| `learn` | `train`, `evaluate`, `predict` |
| `screening` | `candidates`, `screen` |
| `verify` | `verify` |
| `batch` | `batch` |
| `look` | `neighbors`, `explain` |
| `sets` | `data list`, `data show`, `data fetch` |
| `set_export` | `data export` |
| `workspaces` | `workspace list`, `save`, `export`, `import`, `rename`, `remove` |
| `search` | `search optimade`, `search mp`, `search providers` |
| `about` | `methods` |
| `options` | the arguments and options they share |
| `crystals` | crystals of the paths, and a task run on them |
| `spec_file` | options out of a file |
| `console` | messages, JSON, progress, failures |
| `outputs`, `screening_outputs` | files: whole or absent, with failures and provenance |
| `session` | faults and signals to exit status |

Exit status: 0 done, 1 nothing readable or failed, 2 usage, 130 after Ctrl-C, 143 after SIGTERM.
"""

from core.cli import (  # noqa: F401 - each adds its commands to the app
    about,
    batch,
    check,
    compute,
    learn,
    look,
    screening,
    search,
    set_export,
    sets,
    verify,
    workspaces,
)
from core.cli.app import app

__all__ = ["app"]
