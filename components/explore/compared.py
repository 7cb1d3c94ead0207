"""The computed similarity of a library under a metric, its maps and its exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import downloads, jobs, state
from components.explore import similar
from core.distances.base import Metric
from core.jobs import JobResult, JobSpec
from core.jobs.estimate import Estimate, estimate_matrix, estimate_umap
from core.jobs.results import result_key
from core.library import Library
from core.maps.views import Similarity
from core.types import Failure, FloatArray

_PAGE = "pages/explore/similarity.py"
_MOST = 40_000_000  # entries of a matrix offered as CSV


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A result as the page needs it."""

    found: Similarity
    result: JobResult
    digest: str

    @property
    def failures(self) -> tuple[Failure, ...]:
        return self.result.failures


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A map and what to say of it."""

    points: FloatArray
    stress: float
    how: str
    axis: str


def _job(
    spec: JobSpec, library: Library, label: str, key: str, estimate: Estimate
) -> JobResult | None:
    return jobs.run_job(
        spec, library, label=f"{label} of {library.name}, {spec.options['metric']}", key=key,
        page=_PAGE, estimate=estimate,
    )  # fmt: skip


def similarity(library: Library, metric: Metric) -> Compared:
    """Matrix, order and map; the page ends here while they are computed elsewhere."""
    spec = JobSpec(task="similarity", options={"metric": str(metric)})
    estimate = estimate_matrix(library.crystals, metric)
    result = _job(spec, library, "Similarity", "similar.job", estimate)
    if result is None:
        st.stop()
        raise AssertionError("st.stop does not return")
    return Compared(Similarity.of(result.outputs), result, result_key(spec, library.digest))


def plane(library: Library, metric: Metric, found: Similarity) -> Drawn | None:
    """The map that the reader chose: MDS, or UMAP as a job of its own; None while that runs.

    In the address: map.
    """
    kinds = ["MDS", "UMAP"] if len(found.ids) >= 5 else ["MDS"]
    named = state.url("map")
    kind = st.segmented_control(
        "Map", kinds, default=named if named in kinds else "MDS", key="similar.map.kind",
        help="MDS keeps all distances as well as a plane can; UMAP keeps neighbours together",
        required=True,
    )  # fmt: skip
    state.set_url("map", "UMAP" if kind == "UMAP" else None)
    if kind != "UMAP":
        return Drawn(found.points, found.stress, found.how, "MDS")
    left, right = st.columns(2)
    near = left.number_input(
        "Neighbours kept together", 2, max(2, len(found.ids) - 1), min(15, len(found.ids) - 1),
        key="similar.umap.neighbors", help="Small numbers show detail, large ones the whole",
    )  # fmt: skip
    seed = right.number_input(
        "Seed", 0, 2**31 - 1, 0, key="similar.umap.seed",
        help="The same seed gives the same map; another shows what is chance",
    )  # fmt: skip
    options = {"metric": str(metric), "neighbors": int(near), "seed": int(seed)}
    spec = JobSpec(task="umap", options=options)
    estimate = estimate_umap(estimate_matrix(library.crystals, metric))
    result = _job(spec, library, "UMAP", "similar.umap", estimate)
    if result is None:
        return None
    out = result.outputs
    return Drawn(out["points"], float(out["stress"]), str(out["how"]), "UMAP")


def exports(library: Library, metric: Metric, compared: Compared) -> None:
    """Matrix and result bundle as files."""
    found = compared.found
    n = len(found.ids)
    st.caption(
        "Rows and columns of the matrix stand in the order of the library; `order` in the bundle "
        "is that of the clustering. The map has its own CSV under the figure."
    )
    with st.container(horizontal=True):
        _button("Matrix, CSV", "distances.csv", "text/csv", lambda: matrix_csv(found),
                disabled=n * n > _MOST)  # fmt: skip
        _button("Matrix, npz", "distances.npz", "application/octet-stream", lambda: arrays(found))
        _button("Result bundle", "similarity.zip", "application/zip",
                lambda: bundle(library, metric, compared))  # fmt: skip
    if n * n > _MOST:
        st.caption("The matrix is too large for CSV; take npz.")


def _button(label: str, name: str, mime: str, make: Any, disabled: bool = False) -> None:
    st.download_button(
        label, make, file_name=name, mime=mime, key=f"similar.{name}", on_click="ignore",
        icon=":material/download:", disabled=disabled, help=f"Save {name}",
    )  # fmt: skip


def matrix_csv(found: Similarity) -> bytes:
    """The matrix with ids as header and first column."""
    table = pd.DataFrame(np.asarray(found.matrix), columns=found.ids, index=found.ids)
    return table.to_csv(index_label="id").encode()


def arrays(found: Similarity) -> bytes:
    """Everything as npz without pickle."""
    return downloads.npz(
        ids=np.array(found.ids), matrix=np.asarray(found.matrix), order=found.tree.order,
        merges=found.tree.merges, points=found.points,
    )  # fmt: skip


def bundle(library: Library, metric: Metric, compared: Compared) -> bytes:
    """Data, script, versions and references in a zip."""
    found = compared.found
    table = pd.DataFrame({"id": found.ids, "x": found.points[:, 0], "y": found.points[:, 1]})
    files = {"similarity.npz": arrays(found), "map.csv": table.to_csv(index=False).encode()}
    if len(found.ids) <= 1_000:
        files["distances.csv"] = matrix_csv(found)
    origin = compared.result.provenance
    return downloads.bundle(
        files, script=similar.script(library, metric), cite=similar.cite(library, metric),
        provenance={
            "spec": origin.spec, "input_digest": origin.input_digest,
            "versions": dict(origin.versions), "seconds": origin.seconds, "created": origin.created,
        },
        failures=compared.failures, decisions=library.decisions,
    )  # fmt: skip
