"""Kill the program while it writes, again and again, and see that nothing that it had confirmed is lost.

    python tests/crash.py --times 300 --seed 1

A child process edits, imports, undoes and redoes, and says each number of the history once the survey has confirmed it. It is
killed (SIGKILL) at a random instant; then the survey must open, SQLite must find it sound, every confirmed Change must be in the
history, the chain must be whole, and each row must be what the history says. The next child goes on where this one was killed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from pipemap.errors import PipemapError
from pipemap.model.delivery import Delivery
from pipemap.store import Survey, create_survey, open_survey
from tests.store.deliveries import delivery

_NUMBER = 4
_BEGUN = 0.8
"""Share of children that have confirmed something before they are killed."""


def write_for_ever(path: Path, confirm: int, seed: int) -> None:
    """Edit, import, undo and redo without end; each Change is told by its number when it stands."""
    draw = random.Random(seed)
    with open_survey(path) as survey:
        while True:
            number = one_change(survey, draw)
            if number is not None:
                os.write(confirm, number.to_bytes(_NUMBER, "big"))


def one_change(survey: Survey, draw: random.Random) -> int | None:
    """Do one thing of a working day; return its number in the history, None where there was nothing to do."""
    act = draw.choice(("edit", "edit", "edit", "insert", "delete", "import", "undo", "redo"))
    network = survey.network
    try:
        if act == "import":
            return survey.store(some_streets(draw)).change_id
        if act == "undo":
            return survey.undo()
        if act == "redo":
            return survey.redo()
        with survey.edit(act) as edit:
            if act == "edit":
                fid = int(draw.choice(network.node_fid.tolist()))
                edit.update("node", fid, ground=round(draw.uniform(0.0, 50.0), 3), note=f"{draw.random()}")
            elif act == "insert":
                node = edit.insert("node", {"id": f"N{draw.randrange(10**9)}", "x": draw.random(), "y": draw.random()})
                edit.insert("pipe", {"from_fid": node, "to_fid": int(draw.choice(network.node_fid.tolist()))})
            else:
                edit.delete("pipe", int(draw.choice(network.pipe_fid.tolist())))
    except (PipemapError, IndexError):  # nothing to undo, nothing left to delete
        return None
    return edit.change_id


def some_streets(draw: random.Random) -> Delivery:
    """Return a delivery of some hundred elements: of a batch that is new, or there already."""
    batch, count = draw.randrange(6), draw.randrange(20, 400)
    nodes = [
        {
            "id": f"B{batch}-{at}",
            "x": 5e5 + 10.0 * at,
            "y": 3.4e6 + 50.0 * batch,
            "ground": draw.uniform(1.0, 9.0),
            "category": "JS",
        }
        for at in range(count)
    ]
    pipes = [{"id": f"P{batch}-{at}", "from_fid": at, "to_fid": at + 1, "category": "JS"} for at in range(count - 1)]
    return delivery(nodes, pipes, batch=f"batch {batch}")


def killed_once(path: Path, seed: int, longest: float) -> list[int]:
    """Let a child write for a moment, kill it, and return what it had confirmed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            write_for_ever(path, writing, seed)
        finally:
            os._exit(70)  # only a bug gets here
    os.close(writing)
    draw = random.Random(seed)
    first = os.read(reading, _NUMBER) if draw.random() < _BEGUN else b""  # else it may be killed while it opens the survey
    time.sleep(draw.uniform(0.0, longest))
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    told = first
    while more := os.read(reading, 65536):
        told += more
    os.close(reading)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the child ended by itself")
    whole = len(told) // _NUMBER * _NUMBER
    return [int.from_bytes(told[at : at + _NUMBER], "big") for at in range(0, whole, _NUMBER)]


def check(path: Path, confirmed: list[int]) -> None:
    """Raise where something that was confirmed is lost, or the survey is not what its history says."""
    with open_survey(path) as survey:
        if damage := survey.damage():
            raise AssertionError(f"damaged: {damage}")
        missing = set(confirmed) - {entry.id for entry in survey.history()}
        if missing:
            raise AssertionError(f"lost: {sorted(missing)}")
        found = survey.verify()
        if not found.intact:
            raise AssertionError(f"the chain is broken at {found.broken}: {found.reason}")
        if rows := survey.disagreements():
            raise AssertionError(f"not what the history says: {rows}")
        if survey.foreign_edits():
            raise AssertionError("our own writing was taken for another program's")
        survey.network.graph.number_of_edges()  # the network can be built


def main(words: list[str] | None = None) -> int:
    """Kill and check as often as asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=0.15, help="seconds that a child writes at most")
    args = parser.parse_args(words)
    killed, confirmed = 0, 0
    with tempfile.TemporaryDirectory(prefix="pipemap-crash-") as folder:
        path = Path(folder) / "crash.gpkg"
        for turn in range(args.times):
            if turn % 25 == 0:  # a history of its own now and then, so that looking at it stays quick
                path = Path(folder) / f"crash-{turn}.gpkg"
                with create_survey(path) as survey:
                    survey.store(delivery())
            seen = killed_once(path, args.seed * 1_000_003 + turn, args.longest)
            check(path, seen)
            killed, confirmed = killed + 1, confirmed + len(seen)
    sys.stdout.write(f"killed {killed} times, {confirmed} confirmed changes, nothing lost\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
