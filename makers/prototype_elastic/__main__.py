"""`python -m makers.prototype_elastic --out FOLDER`: make the set, or go on making it."""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

from makers.prototype_elastic import progress, worklist

_log = logging.getLogger("prototype_elastic")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m makers.prototype_elastic", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of tasks and progress")
    parser.add_argument("--stage", choices=("list", "evaluate", "write", "all"), default="all")
    parser.add_argument("--known", type=Path, help="file of known binaries, put first (mp-binary)")
    parser.add_argument("--share", default="0/1", help="i/n: this process takes every n-th task")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop evaluating then")
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--assets", type=Path, default=Path("assets/prototype-elastic"))
    return parser.parse_args()


def _list(out: Path, known: Path | None, seed: int) -> None:
    path = out / "tasks.jsonl"
    if path.exists():
        return
    found = worklist.tasks(known, seed)
    worklist.save(found, path)
    _log.info("%d tasks, %d of them known", len(found), sum(task.known for task in found))


def _evaluate(out: Path, share: str, seconds: float) -> None:
    from core.verification.chgnet import CHGNet, versions
    from makers.prototype_elastic.evaluate import evaluate

    index, of = map(int, share.split("/"))
    done = {record["id"] for record in progress.records(out)}
    mine = worklist.load(out / "tasks.jsonl")[index::of]
    potential = CHGNet()
    (out / "versions.json").write_text(json.dumps(versions(), indent=1) + "\n")
    began = time.monotonic()
    for number, task in enumerate(mine):
        if task.id in done:
            continue
        if time.monotonic() - began > seconds:
            break
        try:
            record = evaluate(potential, task.start)
        except Exception as error:  # noqa: BLE001  # counted, with its name
            record = {"error": f"{type(error).__name__}: {error}"[:200]}
        progress.append(out / f"progress-{index}.jsonl", {"id": task.id, **record})
        if number % 100 == 0:
            _log.info("%d of %d after %.0f s", number, len(mine), time.monotonic() - began)


def main() -> None:
    """Run the stages asked for."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wanted = _arguments()
    wanted.out.mkdir(parents=True, exist_ok=True)
    if wanted.stage in ("list", "all"):
        _list(wanted.out, wanted.known, wanted.seed)
    if wanted.stage in ("evaluate", "all"):
        _evaluate(wanted.out, wanted.share, wanted.seconds)
    if wanted.stage in ("write", "all"):
        from makers.prototype_elastic.write import write

        write(wanted.out, wanted.assets, wanted.known)


if __name__ == "__main__":
    main()
