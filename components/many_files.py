"""Many files at once: packed into one zip by the browser before Streamlit's uploader sees them.

See docs/decisions/0028.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.components import v2

from components import cache

_SCRIPT = Path(__file__).with_suffix(".js")
_STYLE = """
[data-packing] { opacity: 0.6; cursor: progress; }
[data-packing]::after { content: "Packing the files"; align-self: center; }
"""


def pack_many_files() -> None:
    """Let the page's uploaders of several files take hundreds at once; draws nothing."""
    cache.singleton("many_files", _component)(key="many_files")


def _component() -> Any:
    return v2.component(
        "gridscope.many_files", js=_SCRIPT.read_text("utf-8"), css=_STYLE, isolate_styles=False
    )
