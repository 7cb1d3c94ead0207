"""Candidates as counts, a table of the likeliest, crystals beside their parents, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, computed, errors, figure, state
from components.screen.candidates_made import Made, cite, script
from components.viewer import crystal_view, view_controls
from core.elements import SYMBOLS

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 1_000  # of the table
_TABLE = "candidates.table"


def counts(made: Made) -> None:
    """What was proposed, what was left out and why, what is left."""
    n = made.counts
    told = (
        ("Proposed", n["proposed"], f"From {n['parents']:,} parents small enough"),
        ("Known", n["known"], "Left out: composition or structure known"),
        ("Duplicates", n["duplicates"] + n["near_duplicates"],
         f"{n['duplicates']:,} of the same formula and prototype as a likelier one, "
         f"{n['near_duplicates']:,} of the same formula and close by GRID"),
        ("Less likely", n["unlikely"], "Left out: enough likelier ones"),
        ("Candidates", n["candidates"], "Left, likeliest first"),
    )  # fmt: skip
    row = st.container(horizontal=True, gap="large")
    for name, count, words in told:
        row.metric(name, f"{count:,}", help=words, width="content")
    if made.spec.options["options"]["source"] == "mined":
        words = (
            f"Likelihoods: {n['pairs_mined']:,} pairs of crystals of one prototype that differ in "
            "one element."
        )
        if n["pairs_mined"] < len(SYMBOLS) - 1:
            words += (
                " Those are fewer than there are elements, so most have no substitute known from "
                "these crystals: with ions or mendeleev as the source more is proposed."
            )
        st.caption(words)


def why_none(made: Made) -> str:
    """Which step left nothing, and what to do; plain text."""
    n = made.counts
    if not n["parents"]:
        most = made.spec.options["options"]["max_atoms"]
        return f"No crystal has at most {most:,} atoms in its cell. Raise that limit."
    if not n["proposed"]:
        if made.spec.options["options"]["charge_balance"]:
            return (
                "No likely substitution has balanced charges. Switch the charge balance off, or "
                "take the likelihoods from another source."
            )
        return (
            "No element of these crystals has a likely substitute. Take the likelihoods from "
            "another source (ions, mendeleev), or exclude fewer elements."
        )
    if n["known"] == n["proposed"]:
        return (
            f"All {n['proposed']:,} proposals are known. Let more be made from each parent, or "
            "compare by structure instead of composition."
        )
    return (
        f"Of {n['proposed']:,} proposals {n['known']:,} are known and the rest are duplicates. "
        "Lower the distance of duplicates, or let more be made from each parent."
    )


def frame(made: Made, rows: Sequence[int]) -> pd.DataFrame:
    """Rows of the candidates as a table."""
    import pandas as pd

    found = made.found
    parents = [found.templates[int(found.template[i])].crystal.id for i in rows]
    return pd.DataFrame({
        "Formula": [str(found.formulas[i]) for i in rows],
        "Parent": parents,
        "Replaced": [found.changes(i) for i in rows],
        "Probability": [float(found.probability[i]) for i in rows],
        "Prototype": [str(found.labels[i]) for i in rows],
        "Scale of lengths": [float(found.scale[i]) for i in rows],
        "Id": [str(made.result.outputs["ids"][i]) for i in rows],
    })  # fmt: skip


def table(made: Made) -> None:
    """The likeliest; a chosen row shows its crystal below."""
    symbols = sorted(_elements(made))
    wanted = st.multiselect(
        "With the elements", symbols, key=f"candidates.with.{made.digest[:12]}", placeholder="any",
        help="Only candidates that hold all of these",
    )  # fmt: skip
    rows = _holding(made, wanted)
    if not rows:
        st.info("No candidate holds all of these elements.", icon=":material/filter_alt_off:")
        return
    shown = rows[:_ROWS]
    key = f"{_TABLE}.{made.digest[:12]}"
    data = cache.shared("candidates.frame", f"{made.digest}{wanted}", lambda: frame(made, shown))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        data, hide_index=True, key=key, height=min(420, 38 + 35 * len(shown)),
        on_select=lambda: _picked(key, made, shown), selection_mode="single-row",
        column_config={
            "Formula": text(pinned=True), "Probability": number(format="%.3g"),
            "Scale of lengths": number(format="%.3f", help="By radii: the cell of the parent "
                                       "times this"),
            "Prototype": text(help="AFLOW label with elements; empty where none was found"),
        },
        alt=f"The likeliest {len(shown):,} candidates with parent, substitution and probability",
    )  # fmt: skip
    of = ("1 candidate" if len(rows) == 1 else f"{len(rows):,} candidates") + (
        " with these elements" if wanted else ""
    )
    st.caption(
        (f"The likeliest {len(shown):,} of {of}; files hold all. " if len(rows) > _ROWS
         else f"{of}. ") + "Choose a row to see the crystal beside its parent."
    )  # fmt: skip
    figure.owed(key=_TABLE, name="candidates", data=data, code=script(made),
                cite=cite(made))  # fmt: skip


def _holding(made: Made, symbols: Sequence[str]) -> list[int]:
    import numpy as np

    from core.elements import ATOMIC_NUMBERS

    keep = np.ones(len(made.found), dtype=bool)
    for symbol in symbols:
        keep &= (made.found.elements == ATOMIC_NUMBERS[symbol]).any(axis=1)
    return [int(i) for i in np.flatnonzero(keep)]


def _picked(key: str, made: Made, rows: Sequence[int]) -> None:
    picked = (state.get(key) or {}).get("selection", {}).get("rows", [])
    if picked and picked[0] < len(rows):
        state.set_url("candidate", str(made.result.outputs["ids"][rows[picked[0]]]))


def beside_parent(made: Made) -> None:
    """The candidate that the address names, the likeliest otherwise, beside its parent in 3D."""
    import numpy as np

    at = np.flatnonzero(made.result.outputs["ids"] == state.url("candidate"))
    row = int(at[0]) if len(at) else 0
    child = made.found.crystal(row)
    parent = made.library.get(str(child.properties["parent_id"]))
    st.subheader("The candidate and its parent")
    grown = child.volume / child.n_sites / (parent.volume / parent.n_sites)
    st.text(
        f"{child.formula} from {parent.formula}: {made.found.changes(row)}; probability "
        f"{made.found.probability[row]:.3g}; volume of a site {grown:.3f} times the parent's"
    )
    options = view_controls("candidates.view")
    for slot, crystal, words in zip(st.columns(2), (child, parent), ("Candidate", "Parent"),
                                    strict=True):  # fmt: skip
        with slot:
            st.text(f"{words}: {crystal.formula}  ({crystal.id})")
            crystal_view(crystal, key=f"candidates.3d.{words}", options=options,
                         build=computed.scene, height=340)  # fmt: skip
    st.caption(
        "Atoms sit where the parent's do, in a cell of its shape and a size from radii: nothing "
        "is relaxed."
    )


def figures(made: Made) -> None:
    """How likely the candidates are, and which elements they hold."""
    import pandas as pd

    from components.figures import candidates as drawn

    dark, n = figure.dark(), len(made.found)
    edges, heights = drawn.probability_bins(made.found.probability)
    figure.show(
        drawn.probabilities(made.found.probability, dark=dark), key="candidates.probability",
        name="candidates-probability", code=script(made), cite=cite(made),
        data=pd.DataFrame({"from": 10 ** edges[:-1], "to": 10 ** edges[1:],
                           "candidates": heights}),
        alt=f"Histogram of the probabilities of {n:,} candidates on a logarithmic axis",
    )  # fmt: skip
    found = _elements(made)
    st.markdown("**Elements of the candidates**")
    figure.show(
        drawn.elements(found, dark=dark), key="candidates.elements", name="candidates-elements",
        data=pd.DataFrame({"element": list(found), "candidates": list(found.values())}),
        code=script(made) + "print((found.shares() > 0).sum(axis=0))  # by atomic number\n",
        cite=cite(made), alt=f"Periodic table with the number of candidates holding each element; "
        f"{len(found)} elements occur",
    )  # fmt: skip


def _elements(made: Made) -> dict[str, int]:
    """Candidates with each element that occurs."""

    def count() -> dict[str, int]:
        import numpy as np

        from core.elements import SYMBOLS

        numbers = made.found.elements
        totals: Any = np.bincount(numbers[numbers > 0], minlength=len(SYMBOLS))
        return {s: int(t) for s, t in zip(SYMBOLS, totals, strict=True) if t}

    return cache.shared("candidates.elements", made.digest, count)


def nothing(made: Made) -> None:
    """Said where no candidate is left."""
    st.info(errors.plain(why_none(made)), icon=":material/filter_alt_off:")
