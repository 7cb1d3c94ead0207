"""What a page or the command line runs: a spec and crystals in, arrays and failures out.

| module | concept |
|---|---|
| `base` | job specs, results, provenance, the registry of tasks |
| `inputs` | paths and embedded sets to crystals |
| `budget` | what a job will take, and the refusal when it does not fit |
| `describe`, `compare`, `search` | the tasks |
| `warmup` | compile every kernel once |
"""

from core.jobs.base import TASKS, JobResult, JobSpec, run

__all__ = ["TASKS", "JobResult", "JobSpec", "run"]
