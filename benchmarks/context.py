"""What every row needs: how often to repeat, whether to be brief, the peers."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.peer_worker import PeerWorker


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the benchmarks.

    Attributes:
        worker: the peers' process.
        quick: fewer crystals, for a look; the gates are meant for the full run.
        repeats: turns of each comparison.
    """

    worker: PeerWorker
    quick: bool
    repeats: int
