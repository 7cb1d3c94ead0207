"""Limits and budgets, read from the environment when asked for, never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import ceil

from core.cgroups import memory_limit, processor_quota
from core.errors import InvalidSpecError


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """What a single file or archive may ask of the parser.

    A 575 KB CIF with 20,000 sites keeps pymatgen busy for over a minute, so atoms are counted
    before parsing, and parsing itself runs under a time limit.
    """

    max_file_bytes: int = 64 * 2**20
    max_atom_rows: int = 2_000
    max_sites: int = 20_000
    max_archive_files: int = 5_000
    max_archive_bytes: int = 512 * 2**20
    max_compression_ratio: float = 200.0
    seconds_per_file: float = 30.0


def memory_budget_bytes() -> int:
    """Bytes one job may hold: GRIDSCOPE_MEMORY_GB, or half of the machine's or container's memory.

    Raises: InvalidSpecError when the variable is not a positive number.
    """
    given = _gigabytes("GRIDSCOPE_MEMORY_GB")
    return _total_memory_bytes() // 2 if given is None else given


def results_budget_bytes() -> int:
    """Bytes that results of jobs may take on disk: GRIDSCOPE_RESULTS_GB, or 5 GB.

    Raises: InvalidSpecError when the variable is not a positive number.
    """
    given = _gigabytes("GRIDSCOPE_RESULTS_GB")
    return 5 * 2**30 if given is None else given


def _gigabytes(variable: str) -> int | None:
    """Bytes that an environment variable names in gigabytes; None when it is not set."""
    text = os.environ.get(variable, "")
    if not text:
        return None
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = -1.0
    if not 0 < gigabytes < float("inf"):
        raise InvalidSpecError(
            f"{variable} is {text!r}.", hint="Give a positive number of gigabytes."
        )
    return int(gigabytes * 2**30)


def _total_memory_bytes() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not a POSIX system
        total = 8 * 2**30
    return min(total, memory_limit() or total)


def default_workers() -> int:
    """Processors this process may use, by its affinity and by the quota of its container."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        count = os.cpu_count() or 1
    return max(1, min(count, ceil(processor_quota() or count)))


def job_workers() -> int:
    """Processes that run jobs of the app: GRIDSCOPE_JOB_WORKERS, or one to two.

    Raises: InvalidSpecError when the variable is not a whole number from 1 to 64.
    """
    text = os.environ.get("GRIDSCOPE_JOB_WORKERS", "")
    if not text:
        return min(2, default_workers())
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise InvalidSpecError(
            f"GRIDSCOPE_JOB_WORKERS is {text!r}.", hint="Give a whole number from 1 to 64."
        )
    return int(text)
