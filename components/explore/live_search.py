"""Live search: OPTIMADE providers and the Materials Project, asked from the library page.

A key typed here leaves the browser once, with the form. It goes as a `Secret` to the thread that
sends it and its field is given up at once: it is in no address, session file, job or log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import counts, report, state, uploads
from components.errors import plain, show_error
from components.explore import live_fields as fields
from core.elements import SYMBOLS
from core.errors import GridscopeError, InvalidSpecError
from core.library.live import (
    MATERIALS_PROJECT,
    OPTIMADE,
    materials_project_in_background,
    optimade_in_background,
)
from core.library.reading import Ticket
from core.sources import filters
from core.sources.gather import Answer, SearchReport
from core.sources.materials_project import VARIABLE, MPQuery, key_from_environment
from core.sources.optimade import OptimadeQuery, describe
from core.sources.providers import PROVIDERS, Provider, offered
from core.sources.secret import Secret

_ROUND = "live.round"
_SECONDS = 30.0


def live_panel() -> None:
    """Outcome of the last search, and the form of the next."""
    _outcome()
    held = fields.recall()
    place = st.segmented_control(
        "Where to search", list(fields.PLACES), format_func=fields.PLACES.__getitem__,
        required=True, key=fields.key("place"),
        help="Many databases ask for no key; the Materials Project's own interface gives more "
        "properties and wants one",
    )  # fmt: skip
    current = state.library()
    add = current is not None and len(current) > 0 and uploads.joining(
        "live", current, "what is found"
    )  # fmt: skip
    if place == MATERIALS_PROJECT:
        _materials_project(add, held)
    else:
        _optimade(add, held)


def _optimade(add: bool, held: dict[str, Any]) -> None:
    known = _offered()
    state.put(fields.key("providers"), [name for name in held["providers"] if name in known])
    left, right = st.columns([3, 1])
    names = left.multiselect(
        "Providers", list(known), format_func=lambda name: known[name].title,
        key=fields.key("providers"), help="Asked at the same time; one that does not answer is "
        "left out and named", placeholder="Choose one or several",
    )  # fmt: skip
    most = right.number_input(
        "Structures at most", *fields.BOUNDS["most"], step=100, key=fields.key("most"),
        help="In all; each provider may give an equal share",
    )  # fmt: skip
    how = st.segmented_control(
        "Conditions", list(fields.WAYS), format_func=fields.WAYS.__getitem__, required=True,
        key=fields.key("how"),
        help="Choose elements and numbers, or write the filter in the language of OPTIMADE",
    )  # fmt: skip
    try:
        text = _typed() if how == "filter" else _composed()
    except InvalidSpecError as error:
        show_error(error)
        return
    share = f"{most // max(1, len(names)):,} from each" if len(names) > 1 else "from one provider"
    st.caption(
        f"At most {most:,} structures, {share}. A provider that is silent for {_SECONDS:g} s is "
        "left out and named."
    )
    if _button("live.search", disabled=not names):
        query = OptimadeQuery(
            providers=tuple(known[name].url for name in names), filter=text, max_results=int(most),
            seconds=_SECONDS,
        )  # fmt: skip
        fields.share(held)
        uploads.begin(
            Ticket(optimade_in_background(query), describe(query), add=add, source=OPTIMADE,
                   verb="Searching")
        )  # fmt: skip


def _typed() -> str:
    text = st.text_area(
        "Filter of OPTIMADE", key=fields.key("filter"), height=80,
        max_chars=fields.LONGEST, placeholder='elements HAS ALL "Si","O" AND nelements=2',
        help="The grammar is at https://www.optimade.org; own properties of a provider start with "
        "an underscore and its prefix",
    )  # fmt: skip
    return filters.check(text)


def _composed() -> str:
    """The filter that the fields say; shown as it will be sent."""
    first, second = st.columns(2)
    all_of = _elements(first, "all_of", "Contains all of these", "Each of them must be there")
    none_of = _elements(second, "none_of", "Contains none of these", "None of them may be there")
    formula, least, greatest, sites = st.columns(4)
    text = formula.text_input(
        "Formula", key=fields.key("formula"), max_chars=100, placeholder="SiO2",
        help="Whole numbers, in any order; multiples mean the same",
    )  # fmt: skip
    low = _number(least, "low", "Elements, at least", "Number of different elements")
    high = _number(greatest, "high", "Elements, at most", "Number of different elements")
    most = _number(sites, "sites", "Sites, at most", "Sites of the cell as the provider has it")
    written = filters.compose(
        all_of=all_of, none_of=none_of, formula=text, most_sites=most,
        n_elements=None if low is None and high is None else (low or 1, high or len(SYMBOLS) - 1),
    )  # fmt: skip
    if written:
        st.code(written, language=None, wrap_lines=True)
    else:
        st.caption("Without a condition, providers give the first structures they hold.")
    return written


def _materials_project(add: bool, held: dict[str, Any]) -> None:
    known = key_from_environment()
    # A form sends its values together, so the key is not kept while other fields are filled in.
    with st.form("live.mp", border=False):
        first, second, third = st.columns(3)
        systems = first.text_input(
            "Chemical systems", key=fields.key("chemsys"), max_chars=300, placeholder="Si-O, Li-*",
            help="Exactly these elements; * stands for any one",
        )  # fmt: skip
        formulas = second.text_input(
            "Formulas", key=fields.key("formulas"), max_chars=300, placeholder="SiO2, ABO3",
            help="With symbols, or letters A, B, C for any",
        )  # fmt: skip
        ids = third.text_input(
            "Ids", key=fields.key("ids"), max_chars=fields.LONGEST, placeholder="mp-149, mp-13",
            help="Materials by id, separated by commas or blanks",
        )  # fmt: skip
        first, second, third = st.columns(3)
        elements = _elements(first, "mp.all_of", "Contains all of these", "With or without others")
        hull = second.number_input(
            "Above the hull, at most [eV/atom]", *fields.BOUNDS["hull"], value=None, step=0.05,
            key=fields.key("hull"), help="Energy above the convex hull; empty for any",
        )  # fmt: skip
        most = third.number_input(
            "Materials at most", *fields.BOUNDS["mp.most"], step=100, key=fields.key("mp.most"),
            help="The first that match, in the order of the Materials Project",
        )  # fmt: skip
        key = Secret(st.text_input(
            "API key", type="password", key=f"live.key.{state.get(_ROUND, 0)}", max_chars=200,
            autocomplete="off", placeholder=f"That of {VARIABLE} is used" if known else "",
            help="From materialsproject.org/api. It is sent there and nowhere else, and forgotten "
            f"with the search; set {VARIABLE} where Gridscope runs to give it once",
        ))  # fmt: skip
        asked = st.form_submit_button(
            "Search", icon=":material/travel_explore:", disabled=uploads.is_reading(),
            key="live.mp.search", help="Runs in the background; other pages stay usable",
        )  # fmt: skip
    if not asked:
        return
    try:
        query = MPQuery(
            chemsys=_words(systems), formula=_words(formulas), ids=_words(ids),
            elements=tuple(elements), most_above_hull=-1.0 if hull is None else hull,
            max_results=int(most), seconds=_SECONDS,
        )  # fmt: skip
        reading = materials_project_in_background(query, key)
    except InvalidSpecError as error:
        show_error(error)
        return
    fields.share(held)
    state.put(_ROUND, state.get(_ROUND, 0) + 1)  # a new field: the old one's value is dropped
    uploads.begin(
        Ticket(reading, f"Materials Project ({query.words()})", add=add, source=MATERIALS_PROJECT,
               verb="Searching")
    )  # fmt: skip


def _outcome() -> None:
    """What came of each source of the session's last search."""
    found = state.get(uploads.FOUND)
    if found is None or uploads.is_reading():
        return
    name, result = found
    assert isinstance(result, SearchReport)
    n, answers = len(result.crystals), result.answers
    faulty = [a for a in answers if a.fault]
    words = f"{name}: {counts.crystals(n)}"
    if faulty:
        words += f"; {len(faulty):,} of {len(answers):,} sources gave nothing or not all"
    elif not n:
        words += "; nothing matches"
    st.subheader("Last search")
    (st.warning if faulty else st.info)(plain(words), icon=":material/travel_explore:")
    rows = [
        {"Source": a.name, "Received": a.n_received, "Matching": _matching(a),
         "Time [s]": round(a.seconds, 1), "Outcome": a.fault or _whole(a), "Asked": a.url,
         "Filter": a.query}
        for a in answers
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, alt="Each source asked, with numbers and outcome")
    for failure in result.failures:
        if failure.stage == "query":
            st.text(f"{failure.id}: {failure.message}")  # no Markdown: not even links
            st.caption(plain(failure.hint))
    broken = [f for f in result.failures if f.stage != "query"]
    if broken:
        with st.expander(f"Not read: {len(broken):,}"):
            report.failures_table(broken)
    st.subheader("Search again")


def _matching(answer: Answer) -> str:
    return "not told" if answer.n_matching is None else f"{answer.n_matching:,}"


def _whole(answer: Answer) -> str:
    more = answer.n_matching is not None and answer.n_received < answer.n_matching
    return "as many as asked for" if more else "complete"


def _offered() -> Mapping[str, Provider]:
    try:
        return offered()
    except GridscopeError as error:  # of the environment: the visitor can't mend it
        st.warning(plain(str(error)))
        return PROVIDERS


def _elements(where: Any, name: str, label: str, text: str) -> tuple[str, ...]:
    return tuple(
        where.multiselect(
            label, SYMBOLS[1:], key=fields.key(name), help=text, placeholder="Elements"
        )
    )


def _number(where: Any, name: str, label: str, text: str) -> int | None:
    value: int | None = where.number_input(
        label, *fields.BOUNDS[name], value=None, step=1, key=fields.key(name), help=text,
    )  # fmt: skip
    return value


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _button(key: str, *, disabled: bool) -> bool:
    return st.button(
        "Search", key=key, icon=":material/travel_explore:",
        disabled=disabled or uploads.is_reading(),
        help="Runs in the background; other pages stay usable, and you may cancel it",
    )  # fmt: skip
