"""Measure how well the data checks find what a made city was given on purpose: recall by kind of fault, and precision.

    python packaging/checks_accuracy.py [--pipes 10000] [--faults 210] [--seed 3]

The same city is made with and without the faults. *Recall*: faults of which the rule for their kind names an element.
*Precision*: of the errors and warnings that the faulty city has and the faultless one has not, how many name an element of a
fault, or one beside it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem
    from pipemap.sample.faults import Fault

RULE_OF = {"wrong-flow": "reverse-slope", "impossible-depth": "depth-out-of-range", "isolated-pipe": "island"}
"""The rule that finds a kind of fault, where it is not called the same."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What was measured.

    Attributes
    ----------
    put, found
        Faults of each kind that were put in, and that were found by their rule.
    new, right
        Errors and warnings that only the faulty city has, and those of them that a fault explains.
    wrong
        The others, by rule.
    told
        All new findings, remarks too, of the rule of each kind of fault, and of them those that a fault explains.
    """

    put: Counter[str]
    found: Counter[str]
    new: int
    right: int
    wrong: Counter[str]
    told: dict[str, tuple[int, int]]

    @property
    def recall(self) -> float:
        """Share of faults that are found."""
        return self.found.total() / max(1, self.put.total())

    @property
    def precision(self) -> float:
        """Share of new findings that a fault explains."""
        return self.right / max(1, self.new)


def measure(pipes: int, faults: int, seed: int, folder: Path) -> Accuracy:
    """Make both cities in a folder and check them."""
    from pipemap.analysis.checks import check_network
    from pipemap.jobs import make_sample, open_survey

    found: dict[str, tuple[Problem, ...]] = {}
    made = make_sample(folder / "faulty.gpkg", pipes=pipes, seed=seed, faults=faults)
    make_sample(folder / "faultless.gpkg", pipes=pipes, seed=seed)
    for name in ("faulty", "faultless"):
        with open_survey(folder / f"{name}.gpkg", read_only=True) as survey:
            found[name] = check_network(survey.network, most=10**9).problems
            if name == "faulty":
                near = _near(survey.network, made.faults)
    by_rule: dict[str, set[str]] = {}
    for problem in found["faulty"]:
        by_rule.setdefault(problem.rule, set()).add(problem.element)
    caught = [one for one in made.faults if by_rule.get(RULE_OF.get(one.kind, one.kind), set()) & set(one.elements)]
    before = {(one.rule, one.element) for one in found["faultless"]}
    every = [one for one in found["faulty"] if (one.rule, one.element) not in before]
    new = [one for one in every if one.severity != "info"]
    wrong = [one.rule for one in new if one.element not in near]
    kinds = (Counter(one.kind for one in made.faults), Counter(one.kind for one in caught))
    told = {kind: _told([one.element in near for one in every if one.rule == RULE_OF.get(kind, kind)]) for kind in kinds[0]}
    return Accuracy(*kinds, len(new), len(new) - len(wrong), Counter(wrong), told)


def _told(explained: list[bool]) -> tuple[int, int]:
    return len(explained), sum(explained)


def _near(network: Network, faults: tuple[Fault, ...]) -> set[str]:
    """Ids of the elements of all faults, of the pipes that meet there, and of their other ends."""
    named = {name for fault in faults for name in fault.elements}
    nodes = {row for row, name in enumerate(network.node_ids) if name in named}
    for row, name in enumerate(network.pipe_ids):
        if name in named:
            nodes |= set(network.pipe_ends[row].tolist())
    pipes = {int(edge) for row in nodes for edge in network.edge[network.indptr[row] : network.indptr[row + 1]]}
    nodes |= {int(node) for pipe in pipes for node in network.pipe_ends[pipe]}
    pipes |= {int(edge) for row in nodes for edge in network.edge[network.indptr[row] : network.indptr[row + 1]]}
    return named | {network.node_ids[row] for row in nodes} | {network.pipe_ids[row] for row in pipes}


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("pipes", 10_000), ("faults", 210), ("seed", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = measure(args.pipes, args.faults, args.seed, Path(folder))
    for kind, count in told.put.items():
        new, right = told.told[kind]
        rule = RULE_OF.get(kind, kind)
        print(f"{kind:24} found {told.found[kind]:3} of {count:3}; {rule}: {right:3} of {new:3} explained")
    print(f"recall {told.found.total()} of {told.put.total()} = {told.recall:.3f}")
    print(f"precision {told.right} of {told.new} = {told.precision:.3f}; not explained: {dict(told.wrong)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
