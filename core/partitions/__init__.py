"""Hundreds of thousands of crystals: described, predicted and compared in partitions, on anything.

| module | concept |
|---|---|
| `crystals` | crystals as rows of tables |
| `sources` | crystals read a partition at a time: memory, parquet, JSON lines, workspaces |
| `candidate_file` | what the command `candidates` wrote, as a source |
| `request` | what is asked of each crystal |
| `work` | a request as a pure function of a partition's bytes |
| `describing`, `steps` | that function: features, prototype, prediction, nearest crystals |
| `folder` | results: partitions whole or absent, and their manifest |
| `run` | a source through a work into a folder, going on where it was |
| `duplicates` | rows of one formula that are near one another |
| `schedulers` | this process, a pool of processes, Dask |
| `processes`, `worker` | the pool and its other side |
| `query`, `conditions` | questions to the results, answered by DuckDB |
| `dask_scheduler` | Dask on this machine or elsewhere |
| `columns` | a table of predictions as the columns that a screening looks at |
| `shelf` | where the app looks for results |
"""
