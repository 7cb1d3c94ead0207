"""Text of others is shown as it stands."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import plain

ACTIVE = "\\`*_{}[]()#+-.!|~$:"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("<b>&amp;", "&lt;b&gt;&amp;amp;"), ("**x** :red[y]", "\\*\\*x\\*\\* \\:red\\[y\\]"),
     ("as it was", "as it was")],
)  # fmt: skip
def test_markup_is_taken_literally(text, wanted) -> None:
    assert plain(text) == wanted


@given(st.text())
def test_nothing_is_lost_and_nothing_is_active(text) -> None:
    shown = plain(text)
    assert html.unescape(re.sub(r"\\(.)", r"\1", shown)) == text
    bare = re.sub(rf"\\[{re.escape(ACTIVE)}]", "", shown)
    assert not set(bare) & set(ACTIVE + "<>")
