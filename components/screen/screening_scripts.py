"""The script behind the numbers of the Screen page, and what to cite for them."""

from __future__ import annotations

from pprint import pformat

from components import snippets
from components.kept_models import Chosen
from components.screen.screened import Outcome
from components.screen.screening_source import Source
from core.citations import dois_in
from core.library.citing import data_dois
from core.screening.limits import ABOVE_HULL

_SCREENING = "10.1126/sciadv.abn4117"


def script(outcome: Outcome, end: str = "") -> str:
    """Lines that predict, screen and print; `end` may print something else of `result`."""
    request = outcome.request
    limits = {
        "criteria": [c.to_dict() for c in request.criteria], "hull": None,
        "novelty": request.novelty.to_dict() if request.novelty else None,
        "pareto": [g.to_dict() for g in request.pareto],
        "order": request.order.to_dict() if request.order else None,
        "duplicates": request.duplicates,
    }  # fmt: skip
    repeated = ""
    if request.duplicates:
        repeated = (
            "from core.screening.duplicates import grid_duplicates\n"
            "def repeated(rows):\n"
            "    some = [crystals[table.ids[i]] for i in rows]\n"
            f"    return grid_duplicates(some, {request.duplicates}, known=known)\n"
        )
    return (
        columns(outcome.source)
        + "from core.jobs.screening import read_request\n"
        + "from core.screening.screen import screen\n"
        + repeated
        + f"limits = {pformat(limits, width=88, sort_dicts=False)}\n"
        + "result = screen(read_request(limits), table.columns, table.known, len(table)"
        + (", repeated)\n" if repeated else ")\n")
        + (end or "print(result.funnel.message, result.funnel.counts)\n"
                  "print([table.ids[i] for i in result.ranked[:20]])\n")
    )  # fmt: skip


def columns(source: Source) -> str:
    """Lines that make `table`, the columns of the candidates."""
    if source.path is not None:
        return (
            "from pathlib import Path\n"
            "from core.partitions.columns import read_columns\n"
            f"table = read_columns(Path({str(source.path)!r}))\n"
        )
    assert source.library is not None
    assert source.result is not None
    options = dict(source.result.provenance.spec["options"])
    options["models"] = [_path(model) for model in source.models]
    known = "known = ()\n"
    if source.known:
        known = f"known = load([{source.known_name!r}]).crystals\n"
    return (
        snippets.load(source.library)
        + "from core.jobs import JobSpec, run\n"
        + ("from core.jobs.inputs import load\n" if source.known else "")
        + "from core.screening.table import CandidateColumns\n"
        + known
        + f"options = {pformat(options, width=88, sort_dicts=False)}  # models: saved by Predict\n"
        + 'spec = JobSpec(task="candidate-columns", options=options)\n'
        + 'inputs = {"crystals": list(crystals.values()), "known": known}\n'
        + "table = CandidateColumns.from_arrays(run(spec, inputs).outputs)\n"
    )


def cite(source: Source) -> tuple[str, ...]:
    """DOIs of the criterion, the models, the hull and the data."""
    from core.descriptors import DESCRIPTORS
    from core.models import MODELS

    told: list[str] = []
    for chosen in source.models:
        model = MODELS[chosen.manifest["model"]["key"]]
        needs = model.needs(model.spec_type.from_dict(chosen.manifest["model"]["spec"]))
        told += [model.reference, *(t.distance.reference for t in needs.distances)]
        told += [DESCRIPTORS[t.key].reference for t in needs.features if not t.is_given]
    named = [doi for text in told for doi in dois_in(text)]
    own = [doi for model in source.models for doi in (model.card or {}).get("dois", ())]
    hull = ["10.1021/cm702327g"] if ABOVE_HULL in source.table.columns else []
    data = data_dois(source.library) if source.library is not None else ()
    return tuple(dict.fromkeys((_SCREENING, *named, *hull, *own, *data)))


def _path(model: Chosen) -> str:
    return f"assets/models/{model.path.name}" if model.card else f"{model.target}.gsmodel"
