"""What more crystals, and more stages, would bring: jobs of their own, on the run's crystals."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import figure, runs, state
from components.errors import plain
from components.model import evaluated, run_jobs
from core.jobs.base import JobSpec
from core.units import quantity

PAGE = "pages/model/evaluate.py"
_FLAT = -0.05  # exponent above which more crystals change next to nothing


def show(run: runs.Run) -> None:
    """The curve over crystals; over stages too for boosted models."""
    from core.evaluation.learning_curve import BOOSTED

    _sizes(run)
    if run.options["model"]["key"] in BOOSTED:
        st.divider()
        _stages(run)


def _sizes(run: runs.Run) -> None:
    from components.model import run_estimates
    from core.jobs.learning_curve import of_run

    st.markdown("**Would more crystals help?**")
    left, right, _ = st.columns(3)
    points = int(left.number_input(
        "Sizes", 2, 20, _whole("points", 6, 20), key="evaluate.points",
        help="Sizes of the training set, each larger than the last by one factor",
    ))  # fmt: skip
    repeats = int(right.number_input(
        "Repeats", 1, 50, _whole("repeats", 3, 50), key="evaluate.repeats",
        help="Independent draws of the training crystals; the test crystals stay the same",
    ))  # fmt: skip
    state.set_url("points", None if points == 6 else str(points))
    state.set_url("repeats", None if repeats == 3 else str(repeats))
    options = {**of_run(run.options), "points": points, "repeats": repeats}
    result = run_jobs.on_run(
        run, JobSpec(task="learning-curve", options=options, seed=run.options["seed"]),
        label=f"Learning curve, {run.title}", key="evaluate.curve", page=PAGE,
        button="Draw the learning curve",
        takes=f"Fits the model on {points} sizes, {repeats} times each, from few crystals to all "
        "of the first fold.",
        cost=lambda crystals: run_estimates.of_curve(run, crystals, points, repeats),
    )  # fmt: skip
    if result is not None:
        _sizes_figure(run, result.outputs, options)


def _whole(name: str, usual: int, most: int) -> int:
    told = state.url(name)
    return min(most, max(1, int(told))) if told.isdecimal() and len(told) < 4 else usual


def _sizes_figure(run: runs.Run, out: Any, options: dict[str, Any]) -> None:
    import pandas as pd

    from components.figures import learning_curve as figures
    from core.evaluation.learning_curve import slope
    from core.metrics import METRICS

    names = out["metrics"].tolist()
    known = [k for k in ("mae", "rmse", "log10_mae", "median_ae") if k in names]
    usable = [k for k in known if (out["errors"][names.index(k)] > 0).all()]
    if not usable:
        st.info("The errors are zero: there is nothing to draw.", icon=":material/info:")
        return
    key = st.segmented_control(
        "Error", usable, default=usable[0], required=True, key="evaluate.curve.metric",
        format_func=lambda k: METRICS[k].title, label_visibility="collapsed",
    )  # fmt: skip
    i = names.index(key)
    errors, baselines = out["errors"][i], out["baselines"][i]
    unit = quantity(run.options["target"]).unit if METRICS[key].unit == "target" else ""
    title = METRICS[key].title + (f" [{unit}]" if unit else "")
    table = pd.DataFrame(
        [
            (int(n), r + 1, errors[s, r], baselines[s, r])
            for s, n in enumerate(out["sizes"].tolist()) for r in range(errors.shape[1])
        ],
        columns=["training_crystals", "repeat", key, f"baseline_{key}"],
    )  # fmt: skip
    figure.show(
        figures.sizes(
            out["sizes"], errors, baselines, title=title, dark=figure.dark(),
            count=f"{int(out['tested']):,} test crystals of {out['fold']}, "
            f"{errors.shape[1]} repeats",
        ),
        key="evaluate.curve", name=f"learning-curve-{run.options['target']}", data=table,
        code=run_jobs.script(
            run, f"row = list(out['metrics']).index({key!r})\n"
            "print(out['sizes'], out['errors'][row])\n", "learning-curve", **options,
        ),
        cite=evaluated.cite(run),
        alt=f"{title} over the number of training crystals, from {out['sizes'][0]} to "
        f"{out['sizes'][-1]}.",
    )  # fmt: skip
    st.caption(plain(said_of(slope(out["sizes"], errors), METRICS[key].title)))


def said_of(exponent: float, title: str) -> str:
    """What the end of a learning curve promises, in words, with its exponent."""
    if exponent != exponent:
        return "There are too few sizes to say how the curve goes on."
    title = title[:1].lower() + title[1:]
    if exponent > _FLAT:
        return (
            f"Over the upper half of the sizes the {title} goes as n^{exponent:.2f}: the curve is "
            "flat or rises, and more crystals of this kind would change next to nothing."
        )
    return (
        f"Over the upper half of the sizes the {title} falls as n^{exponent:.2f}. Were it to go on "
        f"so, twice as many crystals would bring it down by {1 - 2**exponent:.0%}."
    )


def _stages(run: runs.Run) -> None:
    from components.model import run_estimates
    from core.jobs.learning_curve import of_run

    st.markdown("**Would more stages help?**")
    options = of_run(run.options)
    result = run_jobs.on_run(
        run, JobSpec(task="stage-curve", options=options, seed=run.options["seed"]),
        label=f"Stages, {run.title}", key="evaluate.stages", page=PAGE,
        button="Follow the stages",
        takes="Fits the model once on each fold and predicts after every stage.",
        cost=lambda crystals: run_estimates.of_stages(run, crystals),
    )  # fmt: skip
    if result is not None:
        _stages_figure(run, result.outputs, options)


def _stages_figure(run: runs.Run, out: Any, options: dict[str, Any]) -> None:
    import pandas as pd

    from components.figures import learning_curve as figures

    unit = quantity(run.options["target"]).unit
    title = "Mean absolute error" + (f" [{unit}]" if unit else "")
    mean = out["test"].mean(axis=0)
    best, last = int(mean.argmin()), len(mean) - 1
    table = pd.DataFrame({
        "stage": out["stages"], "train_mae": out["train"].mean(axis=0), "test_mae": mean,
        **{f"test_mae_fold_{i + 1}": fold for i, fold in enumerate(out["test"])},
    })  # fmt: skip
    figure.show(
        figures.stages(out["stages"], out["train"], out["test"], title=title, dark=figure.dark(),
                       count=f"mean of {len(out['test'])} folds"),
        key="evaluate.stages", name=f"stages-{run.options['target']}", data=table,
        code=run_jobs.script(
            run, "mean = out['test'].mean(axis=0)\nprint(out['stages'][mean.argmin()], "
            "mean.min(), mean[-1])\n", "stage-curve", **options,
        ),
        cite=evaluated.cite(run), alt=f"{title} after each of {len(mean)} stages.",
    )  # fmt: skip
    st.caption(
        f"Least test error after stage {int(out['stages'][best]):,}: {mean[best]:.4g} {unit}, "
        f"against {mean[last]:.4g} {unit} at the end. Chosen on the test crystals, that minimum is "
        "a little too good."
    )
