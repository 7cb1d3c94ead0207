"""Runs the peers in their own environment; reads one JSON request a line, answers with one.

    {"op": "load", "set": NAME, "path": NPZ}            crystals as flat arrays
    {"op": "time", "task": TASK, "set": NAME}           -> {"seconds": process time of one run}
    {"op": "save", "path": NPZ}                         the result of the last run

Imports nothing of Gridscope. Building the peers' own input objects is never timed.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
SETS: dict[str, dict] = {}
BUILT: dict[tuple[str, str], list] = {}
GRID_OPTIONS = {"max_dist": 10.0, "bin_width": 0.1, "smearing": 0.1}
N_GROUPS = 100
SHORTEST = 0.1  # seconds a timed block should last


def crystals(name: str):
    """(lattice, frac, numbers) of each crystal of a set."""
    data = SETS[name]
    for m, (lo, hi) in enumerate(zip(data["starts"][:-1], data["starts"][1:], strict=True)):
        yield data["lattices"][m], data["frac"][lo:hi], data["numbers"][lo:hi]


def structures(name: str) -> list:
    """The set as pymatgen structures."""
    from pymatgen.core import Structure

    return [Structure(lattice, numbers, frac) for lattice, frac, numbers in crystals(name)]


def periodic_sets(name: str) -> list:
    """The set as amd's periodic sets."""
    import amd

    return [
        amd.PeriodicSet(motif=frac @ lattice, cell=np.array(lattice))
        for lattice, frac, _ in crystals(name)
    ]


def built(name: str, make) -> list:
    """What `make` builds of a set, once."""
    key = (name, make.__name__)
    if key not in BUILT:
        BUILT[key] = make(name)
    return BUILT[key]


def gridrdf_grid(name: str):
    """The package's GRID: neighbours, then the smeared histogram."""
    from gridrdf.extendRDF import calculate_rdf, get_pairwise_distances

    items = built(name, structures)
    return lambda: np.array(
        [
            calculate_rdf(s, get_pairwise_distances(s, num_neighbours=N_GROUPS), **GRID_OPTIONS)
            for s in items
        ]
    )


def amd_pdd(name: str):
    """The pointwise distance distribution of each crystal."""
    import amd

    items = built(name, periodic_sets)
    return lambda: [amd.PDD(item, k=N_GROUPS) for item in items]


def gridrdf_matrix(name: str):
    """The package's fast EMD matrix of given histograms."""
    from gridrdf.earth_mover_distance import super_fast_EMD_matrix

    grids, width = SETS[name]["grids"], float(SETS[name]["bin_width"])
    return lambda: super_fast_EMD_matrix(grids, width)


TASKS = {task.__name__: task for task in (gridrdf_grid, amd_pdd, gridrdf_matrix)}


def run(task: str, name: str):
    """Process seconds of one run and its result; short runs are repeated and averaged."""
    function = TASKS[task](name)
    loops, elapsed = 0, 0.0
    start = time.process_time()
    while elapsed < SHORTEST:
        result = function()
        loops += 1
        elapsed = time.process_time() - start
    return elapsed / loops, result


def as_array(result) -> np.ndarray:
    """PDDs become the mean over rows of each rank's distance; arrays stay."""
    if isinstance(result, np.ndarray):
        return result
    return np.array([pdd[:, 0] @ pdd[:, 1:] for pdd in result])


def serve(requests, answer) -> None:
    """Answer requests until the input ends."""
    result = None
    for line in requests:
        request = json.loads(line)
        reply: dict = {}
        if request["op"] == "load":
            with np.load(request["path"]) as archive:
                SETS[request["set"]] = {key: archive[key] for key in archive.files}
        elif request["op"] == "time":
            reply["seconds"], result = run(request["task"], request["set"])
        elif request["op"] == "save":
            np.savez(request["path"], result=as_array(result))
        answer.write(json.dumps(reply) + "\n")
        answer.flush()


if __name__ == "__main__":
    # The peers print and draw progress bars: keep the real stdout for answers.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, channel)
