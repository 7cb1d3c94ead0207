"""What a page or the command line runs: a spec and crystals in, arrays and failures out.

| module | concept |
|---|---|
| `base` | job specs, results, provenance, the registry of tasks |
| `inputs` | paths, embedded sets and workspaces to crystals |
| `budget` | what a job will take, and the refusal when it does not fit |
| `estimate`, `estimate_learning` | time and memory of all pairs, and of a run, for the app |
| `describe`, `compare`, `search`, `learn`, `learn_run`, `learning_curve`, `predict` | the tasks |
| `predicted`, `predict_estimate` | what `predict` finds and takes |
| `similarity` | the tasks of the map: matrix, order, tree, planes |
| `candidates`, `screening`, `screening_columns` | the tasks that make candidates and screen them |
| `candidate_columns` | the task that predicts once all that a screening looks at |
| `verify`, `active_round` | the tasks that relax crystals, and learn from them |
| `manager` | a queue of jobs in worker processes: progress, cancel, sessions |
| `child`, `worker` | the two ends of the pipe to a worker process |
| `records`, `results`, `endings` | what is known of a job; its result on disk; how it ended |
| `kept` | results that a workspace keeps |
| `kept_tables` | features of crystals kept between jobs |
| `rehearsal` | a job that only counts |
| `warmup` | compile every kernel once |
"""

from core.jobs.base import TASKS, JobResult, JobSpec, run

__all__ = ["TASKS", "JobResult", "JobSpec", "run"]
