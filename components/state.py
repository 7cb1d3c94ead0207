"""What a session holds: the only place that touches `st.session_state` and the address.

The address carries what a link must reopen: the data set, the chosen crystal, options. An embedded
set is named there; a user's own files live on disk under a token that only their link holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import GridscopeError
from core.library import Library
from core.library.library import EMBEDDED
from core.store.home import is_token, new_token, session_folder
from core.store.reports import load_report, save_report

_LIBRARY, _DATA, _NOTE = "gridscope.library", "data", "gridscope.note"
_SAVED = "gridscope.saved"  # (token, name, count) of what was last written to disk
_SESSION = "session"
_CHOSEN = ("crystal", "a", "b")  # crystals of the library
_KEPT = (_DATA, *_CHOSEN, "metric", "reading", "run", _SESSION)  # in the address from page to page


def begin_page() -> None:
    """Bring session and address together; called once a run, before the page.

    Streamlit clears the address when the page changes, so what belongs to the session is written
    there again.
    """
    remembered = {key: st.session_state.get(f"gridscope.url.{key}") for key in _KEPT}
    missing = {k: v for k, v in remembered.items() if v and k not in st.query_params}
    if missing:
        st.query_params.update(missing)  # at once: each change is a step of the Back button
    wanted = st.query_params.get(_DATA)
    if wanted and wanted != st.session_state.get(f"gridscope.url.{_DATA}"):
        _restore(wanted)
    for key in _KEPT:
        st.session_state[f"gridscope.url.{key}"] = st.query_params.get(key)


def _restore(wanted: str) -> None:
    """The library that the address names; a link that leads nowhere is said, not raised."""
    try:
        if wanted.startswith(EMBEDDED):
            st.session_state[_LIBRARY] = Library.embedded(wanted.removeprefix(EMBEDDED))
            return
        report, meta = load_report(session_folder(wanted) / "library")
        found = Library(meta["name"], meta["source"], report, tuple(meta["decisions"]))
        st.session_state[_LIBRARY] = found
        st.session_state[_SAVED] = (wanted, found.name, len(found))
    except GridscopeError as error:
        st.session_state.pop(_LIBRARY, None)
        st.session_state[_NOTE] = str(error)
        del st.query_params[_DATA]


def library() -> Library | None:
    """The session's library; None before anything was loaded."""
    return st.session_state.get(_LIBRARY)


def set_library(new: Library) -> None:
    """Make this the session's library; files of the user's own are saved under a private token.

    Where they can't be saved, on a full disk, they are at hand all the same, and a note says so.
    """
    st.session_state[_LIBRARY] = new
    of_ours = new.source.startswith(EMBEDDED) and not new.decisions
    set_url(_DATA, new.source if of_ours else _save(new))
    for key in _CHOSEN:
        if (chosen := url(key)) and chosen not in new.ids:
            set_url(key, None)


def _save(new: Library) -> str | None:
    """Write the crystals to disk; the token they lie under, or None and a note why they do not."""
    name = token()
    meta = {"name": new.name, "source": new.source, "decisions": list(new.decisions)}
    try:
        save_report(session_folder(name) / "library", new.report, meta)
    except GridscopeError as error:
        leave_note(
            f"{error.message} So these crystals could not be saved: they are at hand until this "
            "page is loaded anew. Make room, or export what you need from the Library page."
        )
        return None
    st.session_state[_SAVED] = (name, new.name, len(new))
    return name


def clear_library() -> None:
    """Forget the session's library."""
    st.session_state.pop(_LIBRARY, None)
    for key in (_DATA, *_CHOSEN):
        set_url(key, None)


def last_workspace() -> tuple[str, int] | None:
    """Name and count of the session's saved crystals when others, or none, are at hand."""
    if _SAVED not in st.session_state:
        st.session_state[_SAVED] = _saved_before()
    saved = st.session_state[_SAVED]
    if saved is None or (saved[0] == url(_DATA) and library() is not None):
        return None
    return saved[1], saved[2]


def _saved_before() -> tuple[str, str, int] | None:
    """What this session saved before its page was loaded anew."""
    name = url(_SESSION)
    if not is_token(name) or not (session_folder(name) / "library").is_dir():
        return None
    try:
        report, meta = load_report(session_folder(name) / "library")
    except GridscopeError:
        return None
    return name, meta["name"], len(report.crystals)


def resume_workspace() -> None:
    """Bring the session's saved crystals back."""
    if saved := st.session_state.get(_SAVED):
        set_url(_DATA, saved[0])
        _restore(saved[0])


def token() -> str:
    """The session's private token, made when first needed.

    It stands in the address (as the data set where that is the user's own), so that a refresh finds
    the session's jobs again.
    """
    data = st.session_state.get(f"gridscope.url.{_DATA}") or ""
    own = bool(data) and not data.startswith(EMBEDDED)
    known = data if own else st.session_state.get("gridscope.token") or url(_SESSION)
    name = str(known) if known and is_token(str(known)) else new_token()
    st.session_state["gridscope.token"] = name  # a link was opened: go on under its token
    set_url(_SESSION, None if own else name)
    return name


def take_note() -> str | None:
    """A message left for the next page to show, once."""
    return st.session_state.pop(_NOTE, None)


def leave_note(text: str) -> None:
    """Leave a message for the next page to show."""
    st.session_state[_NOTE] = text


def url(key: str, default: str = "") -> str:
    """A value of the address."""
    return st.query_params.get(key, default)


def set_url(key: str, value: str | None) -> None:
    """Write a value into the address; None removes it."""
    if value is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value
    if key in _KEPT:
        st.session_state[f"gridscope.url.{key}"] = value


def set_urls(values: Mapping[str, str]) -> None:
    """Write several values into the address in one step of the Back button."""
    changed = {k: v for k, v in values.items() if st.query_params.get(k) != v}
    if changed:
        st.query_params.update(changed)
    for key in changed.keys() & set(_KEPT):
        st.session_state[f"gridscope.url.{key}"] = changed[key]


def address() -> dict[str, str]:
    """Everything in the address, to open this view again."""
    return {key: value for key, value in st.query_params.items() if key != "job"}


def crystal_id(choices: tuple[str, ...]) -> str:
    """The crystal the address names, if it is among the choices; else the first."""
    named = url("crystal")
    return named if named in choices else choices[0]


def get(key: str, default: Any = None) -> Any:
    """A value a component keeps for itself between runs (`component.name`)."""
    return st.session_state.get(key, default)


def put(key: str, value: Any) -> None:
    """Keep a value for a component between runs."""
    st.session_state[key] = value


def drop(key: str) -> None:
    """Forget a component's value."""
    st.session_state.pop(key, None)
