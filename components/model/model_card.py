"""A model in words: what it predicts, from what, how wrong it is, where it should not be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import errors
from components.kept_models import Chosen
from components.model import model_actions
from core.units import quantity

_SPLITS = {
    "random": "Random split of all crystals",
    "chemical_system": "New chemical systems (split of all crystals)",
    "held_out": "Chemical systems kept out of this very file",
}
_DFT = {
    "all": "Binaries by DFT",
    "not_flagged": "of them: like the training crystals",
    "flagged": "of them: to look at twice",
    "unseen_chemical_systems": "of them: chemical systems not learnt from",
}


def card(chosen: Chosen) -> None:
    """A line, and the rest where it is asked for."""
    said, unit = chosen.manifest["model"], quantity(chosen.target).unit
    words = [
        f"{quantity(chosen.target).label}" + (f" in {unit}" if unit else ""),
        _title(said["key"]), f"{chosen.n_training:,} training crystals",
        chosen.error or "its error is not stated in the file",
    ]  # fmt: skip
    st.text(" · ".join(words))
    model_actions.show(chosen)
    with st.expander("About this model", icon=":material/info:"):
        if chosen.card is not None:
            _shipped(chosen.card, unit)
        st.dataframe(
            [{"What": name, "Said": text} for name, text in _facts(chosen)],
            hide_index=True, alt="What the model file says of itself",
        )  # fmt: skip
        for note in said["notes"]:
            st.caption(errors.plain(str(note)))


def _shipped(said: Mapping[str, Any], unit: str) -> None:
    """The card of a shipped model: limits and errors under each question."""
    st.warning(errors.plain(said["limits"]), icon=":material/science:")
    rows = [_errors(title, said[key], unit) for key, title in _SPLITS.items() if key in said]
    dft = said.get("dft", {})
    rows += [_errors(title, dft[key], unit) for key, title in _DFT.items() if key in dft]
    st.dataframe(rows, hide_index=True, alt="Errors of the shipped model under each question")
    st.caption(
        "In brackets: 95% interval by resampling. Made by "
        f"`{said['made_by']}` on {said['made']} with Gridscope {said['versions']['gridscope']}, "
        f"scikit-learn {said['versions']['scikit-learn']}; {errors.plain(said['trained_on'])}."
    )


def _errors(title: str, said: Mapping[str, Any], unit: str) -> dict[str, Any]:
    mae = said["metrics"]["mae"]
    head = f"MAE [{unit}]" if unit else "MAE"
    return {
        "Tested on": title, "Crystals": said["n"],
        head: f"{mae['value']:.1f} ({mae['low']:.1f} to {mae['high']:.1f})",
        "Trivial baseline": f"{mae['baseline']:.1f}",
        "In the 90% interval": f"{100 * said['coverage']['0.9']:.0f}%",
    }  # fmt: skip


def _facts(chosen: Chosen) -> list[tuple[str, str]]:
    said, conformal = chosen.manifest["model"], chosen.manifest["conformal"]
    options = ", ".join(f"{name} {value}" for name, value in said["spec"].items())
    low, high = said["range"]
    versions = chosen.manifest["versions"]
    intervals = "none"
    if conformal is not None:
        how = conformal["spec"]
        intervals = f"conformal, {how['method']}" + (
            f", {how['folds']} folds" if how["method"] != "split" else ""
        )
    return [
        ("Target", quantity(chosen.target).axis_title),
        ("Training values", f"{low:.4g} to {high:.4g} {quantity(chosen.target).unit}".strip()),
        ("Options", options),
        ("Deviation", _meaning(said["key"])),
        ("Intervals", intervals),
        ("Seed", str(said["seed"])),
        ("Versions", ", ".join(f"{name} {text}" for name, text in versions.items())),
        ("SHA-256", chosen.digest),
    ]  # fmt: skip


def _title(key: str) -> str:
    from core.models import MODELS

    return MODELS[key].title if key in MODELS else key


def _meaning(key: str) -> str:
    from core.models import MODELS

    return MODELS[key].meaning_of_std if key in MODELS else "unknown"
