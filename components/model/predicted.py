"""What a model says of the crystals at hand: the job, its level, what to say of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import jobs, state
from components.counts import crystals
from components.kept_models import Chosen
from components.model import model_scripts
from core.citations import dois_in
from core.jobs.base import JobResult, JobSpec
from core.jobs.predict_estimate import estimate_predict
from core.jobs.predicted import Predicted
from core.library import Library
from core.library.citing import data_dois
from core.types import FloatArray
from core.units import quantity

PAGE = "pages/model/predict.py"
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
_USUAL_LEVEL = 0.9
_APPLICABILITY = "10.1021/ci049782w"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Predictions with all that the parts of the page need.

    Attributes:
        found: the predictions.
        result: of the job, with failures and provenance.
        library, chosen: crystals and model.
        level: of the interval that is shown; 0 without intervals.
    """

    found: Predicted
    result: JobResult
    library: Library
    chosen: Chosen
    level: float

    @property
    def bounds(self) -> FloatArray | None:
        """(n, 2) of the chosen level; None without intervals."""
        if not self.level:
            return None
        return self.found.interval_at(self.level)

    @property
    def unit(self) -> str:
        return quantity(self.found.key).unit


def predict(library: Library, chosen: Chosen) -> Shown | None:
    """Run the job, or watch it; None until its result is there.

    Raises: MemoryBudgetError; what the job raises when it is computed in place.
    """
    levels = list(LEVELS) if chosen.has_intervals else []
    spec = JobSpec(task="predict", options={"model": str(chosen.path), "levels": levels})
    estimate = estimate_predict(library.crystals, chosen.manifest, chosen.path.stat().st_size)
    result = jobs.run_job(
        spec, library, label=f"{quantity(chosen.target).label} of {library.name} by {chosen.name}",
        key="predict.job", page=PAGE, estimate=estimate,
    )  # fmt: skip
    if result is None:
        return None
    found = Predicted.of(result.outputs)
    return Shown(found, result, library, chosen, _level(found))


def _level(found: Predicted) -> float:
    """The level of the intervals shown. In the address: level."""
    if not len(found.levels):
        st.caption(
            "This model states no intervals: the deviation is what it says of itself, not checked "
            "against errors. Train with conformal intervals to have them."
        )
        return 0.0
    levels = found.levels.tolist()
    named = state.url("level")
    usual = next((x for x in levels if f"{x:g}" == named), _USUAL_LEVEL)
    level: float = st.segmented_control(
        "Interval", levels, default=usual, format_func=lambda x: f"{100 * x:g}%", required=True,
        key="predict.level", help="Share of new crystals, alike to the training crystals, whose "
        "value lies inside",
    )  # fmt: skip
    state.set_url("level", None if level == _USUAL_LEVEL else f"{level:g}")
    return level


def headline(shown: Shown) -> None:
    """How many were predicted, how many to look at twice, and what could not be described."""
    found, failures = shown.found, shown.result.failures
    boxes = st.columns(4)
    boxes[0].metric("Predicted", f"{len(found):,}", help="Crystals that could be described")
    boxes[1].metric(
        "New to the model", f"{int(found.new.sum()):,}",
        help="Neither trained on, nor the same to the model as one that was",
    )  # fmt: skip
    boxes[2].metric(
        "To look at twice", f"{int(found.flagged.sum()):,}" if found.judged else "unknown",
        help="Unlike the training crystals in elements, structure or value: the table says why",
    )  # fmt: skip
    boxes[3].metric("Not described", f"{len(failures):,}", help="Listed below, with what to do")
    if not found.judged:
        st.warning(
            "This model file does not carry what its training crystals were like (it is of an "
            "earlier version): whether these crystals are like them is unknown, and those in "
            "training are told by their ids alone.", icon=":material/help:",
        )  # fmt: skip
    if failures:
        many = crystals(len(failures))
        with st.expander(f"{many} could not be described",
                         icon=":material/warning:"):  # fmt: skip
            st.dataframe(
                [{"Id": f.id, "Reason": f.message, "What to do": f.hint, "Source": f.source}
                 for f in failures],
                hide_index=True, alt="Crystals without a prediction, and why",
            )  # fmt: skip


def script(shown: Shown) -> str:
    """Ten lines that predict again."""
    levels = list(LEVELS) if shown.chosen.has_intervals else []
    path = (
        f"assets/models/{shown.chosen.path.name}" if shown.chosen.card else "model.gsmodel"
    )  # fmt: skip
    return model_scripts.load(shown.library) + (
        "from core.jobs import JobSpec, run\n"
        "from core.jobs.predicted import Predicted\n"
        f'options = {{"model": {path!r}, "levels": {levels}}}  # "Save as file" of this page\n'
        'done = run(JobSpec(task="predict", options=options), '
        '{"crystals": list(crystals.values())})\n'
        "result = Predicted.of(done.outputs)\n"
        "for row in zip(*result.columns().values()):\n"
        "    print(*row)\n"
    )


def cite(shown: Shown) -> tuple[str, ...]:
    """DOIs of the model, its descriptors and distances, the yardstick, and the data."""
    from core.descriptors import DESCRIPTORS
    from core.models import MODELS

    model = MODELS[shown.chosen.manifest["model"]["key"]]
    needs = model.needs(model.spec_type.from_dict(shown.chosen.manifest["model"]["spec"]))
    told = [model.reference, *(t.distance.reference for t in needs.distances)]
    told += [DESCRIPTORS[t.key].reference for t in needs.features if not t.is_given]
    own = tuple((shown.chosen.card or {}).get("dois", ()))
    named = (doi for text in told for doi in dois_in(text))
    return tuple(dict.fromkeys((*named, _APPLICABILITY, *own, *data_dois(shown.library))))


def stem(shown: Shown) -> str:
    """Start of file names."""
    return f"predicted-{shown.found.key}-{shown.library.name}"
