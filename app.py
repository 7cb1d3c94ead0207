"""Gridscope's entry: page configuration and, from the next release on, the registry of pages."""

from __future__ import annotations

import streamlit as st


def main() -> None:
    """Show the placeholder page."""
    st.set_page_config(page_title="Gridscope", layout="wide")
    st.title("Gridscope")
    st.write(
        "See how alike crystal structures are, and why. The pages arrive with the next release."
    )


# Spawned workers import this file; only Streamlit runs it as the main script.
if __name__ == "__main__":
    main()
