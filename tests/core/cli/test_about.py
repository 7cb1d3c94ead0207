"""`methods`."""

from __future__ import annotations

from core.methods import markdown, references


def test_methods_are_printed_or_written(run, tmp_path):
    assert run("methods").stdout == markdown()
    result = run("methods", "-o", "methods.md")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "methods.md").read_text("utf-8") == markdown()


def test_works_to_cite_as_bibtex(run):
    assert run("methods", "--bibtex").stdout == references()


def test_a_folder_that_is_not_there_is_named(run):
    result = run("methods", "-o", "none/methods.md")
    assert result.exit_code != 0
    assert "none" in result.stderr
