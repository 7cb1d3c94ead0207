"""Side-by-side timings against named peers, `python -m benchmarks`.

| module | concept |
|---|---|
| `timing` | interleaved repeats in process time, and the ratio of two sides |
| `inputs` | the crystals everything is timed on |
| `peer_worker` | the peers' own environment and the process that runs them there |
| `peers/worker.py` | the program of that process; imports nothing of Gridscope |
| `peak` | how fast this core can sum absolute differences from its L1 cache |
| `grid_rows`, `matrix_rows`, `neighbor_rows`, `job_rows` | what is compared |
| `report` | table, JSON, Markdown |

Every comparison also checks that both sides computed the same thing, to a stated tolerance.
"""
