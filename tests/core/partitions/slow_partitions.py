"""A work for tests of partitions: slow, and able to end its worker with signal 9, once."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.hashing import mapping_digest
from core.partitions.work import MARK, START, to_parquet, unpack


@dataclass(frozen=True)
class SlowWork:
    """Lists ids after a nap.

    Attributes:
        log: a file that gets a line with the first row of each partition that was begun.
        deadly: first row of the partition that ends its worker.
        times: how often.
        seconds: the nap.
    """

    log: str
    deadly: int = -1
    times: int = 1
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        return mapping_digest({**self.to_dict(), "log": self.log})

    def to_dict(self) -> dict[str, Any]:
        return {"work": "slow", "version": 1}

    def build(self):
        return self._run

    def _run(self, payload: bytes) -> bytes:
        table, about = unpack(payload)
        start = int(about[START])
        with open(self.log, "a") as log:
            log.write(f"{start}\n")
        begun = Path(self.log).read_text().split().count(str(start))
        time.sleep(self.seconds)
        if start == self.deadly and begun <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        rows = pa.array(range(start, start + table.num_rows), pa.int64())
        return to_parquet(pa.table({"row": rows, "id": table.column("id")}), about[MARK])


def crystals(n: int):
    """Caesium chlorides of n sizes."""
    import numpy as np

    from core.types import Crystal

    frac = [[0, 0, 0], [0.5, 0.5, 0.5]]
    return [Crystal(f"c{i}", (4 + 0.01 * i) * np.eye(3), frac, [55, 17]) for i in range(n)]


if __name__ == "__main__":  # a run of its own, to be killed
    from core.partitions.run import run_partitions
    from core.partitions.sources import Crystals

    folder, log, n, seconds = sys.argv[1:]
    slow = SlowWork(log, seconds=float(seconds))
    run_partitions(Crystals(crystals(int(n))), slow, Path(folder), size=10)
