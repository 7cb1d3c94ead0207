"""Gridscope's entry: page configuration and the registry of pages. Nothing else."""

from __future__ import annotations

import streamlit as st

from components import chrome


def main() -> None:
    """Configure the app and run the page of the address."""
    st.set_page_config(
        page_title="Gridscope", page_icon="assets/favicon.svg", layout="wide",
        menu_items={"About": "Gridscope: explained similarity of crystal structures."},
    )  # fmt: skip
    page = st.navigation(
        {
            "Explore": [
                st.Page("pages/explore/home.py", title="Home", icon=":material/home:",
                        default=True),
                st.Page("pages/explore/library.py", title="Library", icon=":material/folder_open:"),
                st.Page("pages/explore/crystal.py", title="Crystal", icon=":material/diamond:"),
                st.Page("pages/explore/grid.py", title="GRID", icon=":material/grid_on:"),
                st.Page("pages/explore/similarity.py", title="Similarity",
                        icon=":material/hub:"),
            ],
            "Model": [
                st.Page("pages/model/train.py", title="Train",
                        icon=":material/model_training:"),
                st.Page("pages/model/evaluate.py", title="Evaluate",
                        icon=":material/query_stats:"),
                st.Page("pages/model/explain.py", title="Explain",
                        icon=":material/lightbulb:"),
                st.Page("pages/model/uncertainty.py", title="Uncertainty",
                        icon=":material/straighten:"),
                st.Page("pages/model/predict.py", title="Predict",
                        icon=":material/batch_prediction:"),
            ],
            "Screen": [
                st.Page("pages/screen/candidates.py", title="Candidates",
                        icon=":material/add_circle:"),
                st.Page("pages/screen/screen.py", title="Screen", icon=":material/filter_alt:"),
            ],
            "Labs": [
                st.Page("pages/labs/grid_report.py", title="GRID report",
                        icon=":material/science:"),
                st.Page("pages/labs/zeolites.py", title="Zeolites", icon=":material/grain:"),
                st.Page("pages/labs/stability.py", title="Stability",
                        icon=":material/balance:"),
            ],
            "About": [
                st.Page("pages/about/methods.py", title="Methods", icon=":material/menu_book:"),
                st.Page("pages/about/jobs.py", title="Jobs", icon=":material/list_alt:"),
            ],
        },
        expanded=True,
    )  # fmt: skip
    chrome.frame(page)


# Streamlit runs this file as the main script; spawned workers import it and must do nothing.
if __name__ == "__main__":
    main()
elif __name__ != "__mp_main__":
    from components.serving import lifespan, middleware

    # What `streamlit run` finds and serves.
    app = st.App("app.py", lifespan=lifespan, middleware=middleware())
