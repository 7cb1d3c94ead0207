"""The Streamlit side: runs where there is no browser; the bundle; the fallback figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.viewer import ViewOptions, install
from components.viewer.plotly_scene import figure_3d, figure_flat
from components.viewer.scene import build_scene
from core.errors import MissingDependencyError
from core.types import Crystal


def page() -> None:
    import numpy as np
    import streamlit as st

    from components.viewer import crystal_view, view_controls
    from core.types import Crystal

    crystal = Crystal("Po", 3.35 * np.eye(3), [[0, 0, 0]], [84])
    options = view_controls("v")
    click = crystal_view(crystal, key="c", options=options)
    st.text(f"{click} {options.repeats} {options.bonds} {options.cell}")


def test_runs_without_a_browser() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.text[0].value == "None (1, 1, 1) True as given"
    app.number_input(key="v.repeat.a").set_value(2)
    app.toggle(key="v.bonds").set_value(False).run()
    assert app.text[0].value == "None (2, 1, 1) False as given"
    assert all(widget.help for widget in (*app.toggle, *app.number_input, *app.selectbox))


def test_bundle_is_complete_and_stays(tmp_path: Path) -> None:
    folder = install.install(tmp_path / "bundle")
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert {"index.html", "view.js", "view.css", "react.js", "viewer.js"} <= set(times)
    html = (folder / "index.html").read_text("utf-8")
    assert '<meta charset="utf-8" />' in html
    assert "http" not in html
    install.install(folder)
    assert times == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_missing_package_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="dash"):
        install.install(tmp_path)


def test_figures_hold_each_atom(perovskite: Crystal) -> None:
    scene = build_scene(perovskite, ViewOptions())
    flat = figure_flat(scene, ViewOptions(), height=400)
    assert len(flat.data[-1].customdata) == 15
    assert all(trace.type == "scatter" for trace in flat.data)  # SVG, not WebGL
    solid = figure_3d(scene, ViewOptions(), height=400)
    atoms = [t for t in solid.data if t.type == "scatter3d" and t.mode == "markers"]
    assert sorted(np.concatenate([t.customdata for t in atoms])) == sorted(flat.data[-1].customdata)
    bare = ViewOptions(bonds=False, polyhedra=False, outline=False)
    assert len(figure_3d(scene, bare, height=400).data) == len(atoms)
