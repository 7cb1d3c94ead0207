"""The process that runs Zeo++, whose C code prints, exits and hangs as it likes.

Started by path, without `core`: one request on standard input, one answer on standard output, both
JSON. What Zeo++ prints goes elsewhere. No answer means that it ended the process.
"""

from __future__ import annotations

import json
import os
import sys

_TP_FLAGS = 168  # offset of tp_flags in CPython's PyTypeObject on 64 bits
_IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE


def main() -> None:
    """Answer a request: what `pores._ask` sends."""
    request = json.load(sys.stdin)
    _confine(int(request["seconds"]), int(request["memory"]))
    answer = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    json.dump(_pores(request), answer)
    answer.close()


def _confine(seconds: int, memory: int) -> None:
    """No more time and memory than granted, no core dumps, no life after the caller's."""
    import ctypes
    import resource
    import signal

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller handles it
    signal.alarm(seconds)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _take_shortcut() -> bool:
    """Spare the list of edge centres, which pyzeo 0.2.0 makes for the diameters and then drops.

    It looks for each centre in the list of those before it: quadratic, nine tenths of the time for
    a hundred atoms. The decomposition of `VoronoiNetwork` makes no such list, but asks its atoms
    for a flag that Python can't see. The class takes neither the flag nor another method unless
    the mark that makes it immutable is removed; where that mark is not where CPython keeps it, all
    stays as it was. This process does nothing else and ends after one answer.
    """
    import ctypes

    from pyzeo.extension import AtomNetwork, VoronoiNetwork

    if sys.implementation.name != "cpython":
        return False
    flags = ctypes.c_ulong.from_address(id(AtomNetwork) + _TP_FLAGS)
    if flags.value != AtomNetwork.__flags__:
        return False
    flags.value &= ~_IMMUTABLE
    AtomNetwork.rad_flag = True
    AtomNetwork.perform_voronoi_decomposition = lambda atoms, *_: (
        VoronoiNetwork.perform_voronoi_decomposition(atoms), [], []
    )  # fmt: skip
    return True


def _pores(request: dict[str, object]) -> dict[str, object]:
    from pyzeo import AtomNetwork, high_accuracy_atomnet, surface_area, volume

    if request["shortcut"]:
        _take_shortcut()
    folder = str(request["folder"])
    path = os.path.join(folder, "cell.cssr")
    with open(path, "w") as out:
        out.write(str(request["cssr"]))
    atoms = AtomNetwork.read_from_CSSR(path)
    fine = atoms.copy()
    accurate = bool(request["accuracy"])
    if accurate:
        high_accuracy_atomnet(fine, request["accuracy"])
    spheres = os.path.join(folder, "spheres.res")
    fine.calculate_free_sphere_parameters(spheres)
    with open(spheres) as found:
        diameters = found.read().split()[-3:]
    more = (True, fine) if accurate else (False,)
    radius = request["radius"]
    return {
        "diameters": [float(d) for d in diameters],
        "volume": volume(atoms, radius, radius, request["samples"], *more).decode(),
        "surface": surface_area(atoms, radius, radius, request["surface_samples"], *more).decode(),
    }


if __name__ == "__main__":
    main()
