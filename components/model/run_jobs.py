"""Jobs that look again at the crystals of a run: started by a click, watched, found again.

They work on the run's own crystals, those its model was trained on, so they are keyed by the run:
its key says crystals, target and options.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pprint import pformat
from typing import TYPE_CHECKING, Any

from components import errors, jobs, runs, state
from components.model import model_scripts
from core.errors import MemoryBudgetError
from core.jobs.base import JobResult, JobSpec
from core.jobs.estimate import duration
from core.jobs.manager import job_id
from core.jobs.results import result_key
from core.library import Library
from core.library.library import EMBEDDED
from core.types import Crystal
from core.units import quantity

if TYPE_CHECKING:
    from components.model.run_estimates import Cost


def stored(run: runs.Run, spec: JobSpec) -> JobResult | None:
    """The result of a job on the run's crystals, if it is there."""
    return jobs.stored(result_key(spec, run.key))


def on_run(
    run: runs.Run, spec: JobSpec, *, label: str, key: str, page: str, takes: str, button: str,
    cost: Callable[[Sequence[Crystal]], Cost], at_once: bool = False,
) -> JobResult | None:  # fmt: skip
    """The result of a job on the run's crystals; None until it is there, with a button or a bar.

    Args:
        run: whose crystals.
        spec: the task and its options.
        label: words for the job, plain text.
        key: prefix of widget keys.
        page: file of the page.
        takes: what it does, beside the button.
        button: words on it.
        cost: of the run's crystals: what it will take. What does not fit is refused.
        at_once: begin without a click, unless it takes long.
    """
    found = stored(run, spec)
    if found is not None:
        return found
    name = job_id(state.token(), result_key(spec, run.key))
    record = jobs.find(name)
    if record is not None and record.is_active:
        jobs.watch(state.token(), name, key)
        return None
    library = runs.library_of(run)
    if library is None:
        runs.offer_library(run, f"{key}.open")
        return None

    crystals = crystals_of(run, library)

    def start() -> None:
        inputs = {"crystals": crystals}
        started = jobs.manager().start(
            state.token(), spec, inputs, run.key, label=label, page=page, query=state.address()
        )
        state.set_url(jobs.URL_KEY, started.id)

    if record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, key)
        return None
    asked = cost(crystals)
    try:
        asked.require()
    except MemoryBudgetError as error:
        errors.show_error(error)
        return None
    if at_once and asked.is_short:
        start()
        jobs.watch(state.token(), name, key)
    else:
        jobs.ask(f"{takes} {asked} {took(run)}", start, key, button)
    return None


def crystals_of(run: runs.Run, library: Library) -> list[Crystal]:
    """The crystals the run's model was trained on, in the order of the library."""
    inside = set(run.outputs["train_ids"].tolist())
    return [crystal for crystal in library.crystals if crystal.id in inside]


def took(run: runs.Run) -> str:
    """How long the run itself took, to guess by."""
    return f"The run took {duration(run.result.provenance.seconds)}."


def subset(run: runs.Run) -> str:
    """What the numbers of a run rest on: crystals, split, model. Plain text."""
    out = run.outputs
    tested, different = len(out["ids"]), len(set(out["ids"].tolist()))
    again = f" ({tested:,} predictions)" if tested != different else ""
    folds = len(out["fold_names"])
    return (
        f"{quantity(run.options['target']).axis_title} of {run.library_name or 'the library'}: "
        f"{different:,} test crystals{again} in {folds} {'folds' if folds > 1 else 'fold'}, "
        f"{split_name(run.options['split'])}, {runs.title_of('model', run.options['model'])}."
    )


def split_name(split: Mapping[str, Any]) -> str:
    """A split in running text: "random split", "split by chemical system"."""
    title = runs.title_of("split", split)
    return f"split {title.lower()}" if title.startswith("By ") else f"{title.lower()} split"


def script(run: runs.Run, end: str, task: str = "learn", **options: Any) -> str:
    """A script that runs a task on the run's crystals; `end` prints from `out`.

    Args:
        run: whose options are taken where `options` is empty.
        end: last lines.
        task: of the job.
        options: of the job.
    """
    library = runs.library_of(run)
    chosen = json.loads(json.dumps(dict(options or run.options)))
    if run.options.get("at_most"):  # the same seed draws the run's own crystals
        chosen["at_most"] = run.options["at_most"]
    return (
        (model_scripts.load(library) if library is not None else _load(run))
        + "from core.jobs import JobSpec, run\n"
        + f"options = {pformat(chosen, width=88, sort_dicts=False)}\n"
        + f"spec = JobSpec(task={task!r}, options=options, seed={run.options['seed']})\n"
        + 'out = run(spec, {"crystals": list(crystals.values())}).outputs\n'
        + end
    )


def _load(run: runs.Run) -> str:
    data = run.query.get("data", "")
    if data.startswith(EMBEDDED):
        return (
            "from core.data import load_embedded\n"
            f"crystals = {{c.id: c for c in load_embedded({data.removeprefix(EMBEDDED)!r})}}\n"
        )
    return model_scripts.own()
