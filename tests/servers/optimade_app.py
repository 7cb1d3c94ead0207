"""The server of optimade-python-tools with its own test data, disordered crystals, and real ones.

Run as `python -P tests/servers/optimade_app.py ENTRIES.json`; prints the port it listens on. Its
settings come from the file that OPTIMADE_CONFIG_FILE names. The package's own 17 structures have
made-up positions, many of them on top of one another.
"""

import copy
import json
import socket
import sys
from pathlib import Path

import uvicorn
from optimade.server import data
from optimade.server.config import ServerConfig
from optimade.server.create_app import create_app


def sound(path):
    """Entries of a file in the server's own record form."""
    for entry in json.loads(Path(path).read_text("utf-8")):
        # The server adds its prefix to fields of its own.
        given = {k.removeprefix("_exmpl_"): v for k, v in entry["attributes"].items()}
        yield given | {
            "task_id": entry["id"], "pretty_formula": given["chemical_formula_reduced"],
            "last_modified": data.structures[0]["last_modified"], "assemblies": None,
        }  # fmt: skip


def disordered():
    """A mixed site with a vacancy, and two alternative sites, in the server's own record form."""
    pattern = next(s for s in data.structures if s["task_id"] == "mpf_30")
    common = {key: copy.deepcopy(pattern[key]) for key in ("dimension_types", "last_modified")} | {
        "nperiodic_dimensions": 3, "elements": ["K", "Na"], "nelements": 2, "nsites": 2,
        "elements_ratios": [0.4, 0.6], "formula_anonymous": "A3B2", "pretty_formula": "K2Na3",
        "lattice_vectors": [[4.0, 0, 0], [0, 4.0, 0], [0, 0, 4.0]],
        "cartesian_site_positions": [[0, 0, 0], [2.0, 2.0, 2.0]], "assemblies": None,
    }  # fmt: skip
    mixed = common | {
        "task_id": "mixed", "species_at_sites": ["M", "Na"], "structure_features": ["disorder"],
        "species": [
            {"name": "M", "chemical_symbols": ["K", "Na", "vacancy"],
             "concentration": [0.5, 0.25, 0.25]},
            {"name": "Na", "chemical_symbols": ["Na"], "concentration": [1.0]},
        ],
    }  # fmt: skip
    either = common | {
        "task_id": "either", "species_at_sites": ["K", "Na"], "structure_features": ["assemblies"],
        "species": [
            {"name": "K", "chemical_symbols": ["K"], "concentration": [1.0]},
            {"name": "Na", "chemical_symbols": ["Na"], "concentration": [1.0]},
        ],
        "assemblies": [{"sites_in_groups": [[0], [1]], "group_probabilities": [0.4, 0.6]}],
    }  # fmt: skip
    return [mixed, either]


def main():
    """Serve until killed."""
    app = create_app(ServerConfig())
    app.state.entry_collections["structures"].insert(
        [*data.structures, *disordered(), *sound(sys.argv[1])]
    )
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
