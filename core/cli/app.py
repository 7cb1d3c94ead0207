"""The typer application that the command modules add themselves to."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="core",
    help="Gridscope on the command line: read crystals, describe them by GRID, compare them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Embedded and public data sets.", no_args_is_help=True)
app.add_typer(data_app, name="data")
workspace_app = typer.Typer(help="Crystals that are kept on this machine.", no_args_is_help=True)
app.add_typer(workspace_app, name="workspace")
search_app = typer.Typer(help="Live sources: OPTIMADE, Materials Project.", no_args_is_help=True)
app.add_typer(search_app, name="search")


@app.command()
def warmup() -> None:
    """Compile the kernels once; later runs start at once."""
    from core.cli.console import progress, say
    from core.cli.session import session

    with session("warmup"), progress() as report:
        from core.jobs.warmup import warmup as compile_all

        seconds = compile_all(report)
    say(f"Kernels ready in {seconds:.1f} s.")
