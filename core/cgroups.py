"""What the container or batch job that this process runs in may use: Linux control groups.

A process in a group may take no more than the group and each group above it. Elsewhere, and where
nothing is limited, the answer is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def memory_limit() -> int | None:
    """Bytes. Where nothing is limited, version 1 says a number near 2^63."""
    found = [
        *_whole_numbers(_texts("", "memory.max")),
        *_whole_numbers(_texts("memory", "memory.limit_in_bytes")),
    ]
    return min(found, default=None)


def processor_quota() -> float | None:
    """Processors, of whose time the group may take this many; may be a fraction."""
    found = []
    for text in _texts("", "cpu.max"):
        found += _shares(*[*text.split(), "", ""][:2])
    quotas, periods = (_texts("cpu", f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    for quota, period in zip(quotas, periods, strict=False):
        found += _shares(quota, period)
    return min(found, default=None)


def _texts(controller: str, name: str) -> Iterator[str]:
    """A file of the process's own group and of those above; no controller is version 2."""
    try:
        lines = _OWN.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, own = [*line.split(":", 2), "", ""][:3]
        if controller not in controllers.split(","):
            continue
        mount = _MOUNT / (controller or ("unified" if (_MOUNT / "unified").is_dir() else ""))
        group = PurePosixPath(own.lstrip("/"))
        # In a container the path may be that of the host: the mount itself is then its group.
        for folder in (mount / group, *(mount / parent for parent in group.parents)):
            try:
                yield (folder / name).read_text("utf-8").strip()
            except OSError:
                continue


def _whole_numbers(texts: Iterator[str]) -> list[int]:
    """Those that are above 0; `max` and -1 are no limits."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and int(text) > 0]


def _shares(quota: str, period: str) -> list[float]:
    both = _whole_numbers(iter((quota, period)))
    return [both[0] / both[1]] if len(both) == 2 else []
