"""What is wrong in a model file, collected without flooding the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipemap.model.problem import Problem, Severity
from pipemap.texts import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

MANY = 20
"""More problems of one rule than this become one problem that names them all in its values."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a problem is worded: alone, and together with others of its kind."""

    severity: Severity
    one: str
    many: str


COMMON_RULES: dict[str, Rule] = {
    "missing-node": Rule(
        "error",
        N_("Link {element} ends at node {node}, which the file does not define; a placeholder stands for it."),
        N_("{count} links end at nodes that the file does not define; placeholders stand for them: {examples}"),
    ),
    "duplicate-id": Rule(
        "error",
        N_("The id {element} was used before, in line {first}; links to it are joined to the first."),
        N_("{count} ids are used again; links to them are joined to the first: {examples}"),
    ),
    "too-few-columns": Rule(
        "error",
        N_("“{text}” in [{section}] has too few columns; the line is kept as text only."),
        N_("{count} lines have too few columns; they are kept as text only. The first: {examples}"),
    ),
    "not-a-number": Rule(
        "warning",
        N_("{column} of {element} is “{text}”, which is no number; it is left unknown."),
        N_("{count} values are no numbers and are left unknown: {examples}"),
    ),
    "out-of-range": Rule(
        "warning",
        N_("{column} of {element} is {text}, which cannot be; it is left unknown."),
        N_("{count} values cannot be as they are and are left unknown: {examples}"),
    ),
    "zero-length": Rule("warning", N_("Pipe {element} has a length of 0."), N_("{count} pipes have a length of 0: {examples}")),
    "self-loop": Rule(
        "warning",
        N_("Link {element} starts and ends at the same node {node}."),
        N_("{count} links start and end at the same node: {examples}"),
    ),
    "missing-coordinates": Rule(
        "warning",
        N_("Node {element} has no coordinates; it is not on the map, but can be traced."),
        N_("{count} nodes have no coordinates; they are not on the map, but can be traced: {examples}"),
    ),
    "no-coordinates": Rule(
        "warning",
        N_("The file holds no coordinates at all: the network can be traced, but there is no map of it."),
        N_("The file holds no coordinates at all: the network can be traced, but there is no map of it."),
    ),
    "same-coordinates": Rule(
        "warning",
        N_("All {nodes} nodes have the same coordinates ({x}, {y}): the network can be traced, but there is no map of it."),
        N_("All {nodes} nodes have the same coordinates ({x}, {y}): the network can be traced, but there is no map of it."),
    ),
    "degrees": Rule(
        "warning",
        N_("The file says that its coordinates are degrees; they are taken as they are, so map distances mean nothing."),
        N_("The file says that its coordinates are degrees; they are taken as they are, so map distances mean nothing."),
    ),
    "unknown-node": Rule(
        "warning",
        N_("[{section}] speaks of node {element}, which the file does not define; the line is kept as text."),
        N_("{count} lines speak of nodes that the file does not define; they are kept as text: {examples}"),
    ),
    "unknown-link": Rule(
        "warning",
        N_("[{section}] speaks of link {element}, which the file does not define; the line is kept as text."),
        N_("{count} lines speak of links that the file does not define; they are kept as text: {examples}"),
    ),
    "text-outside": Rule(
        "info",
        N_("There is text before the first section; it is kept as text."),
        N_("There is text before the first section; it is kept as text."),
    ),
    "text-after-end": Rule(
        "info", N_("What stands after [END] is kept as text."), N_("What stands after [END] is kept as text.")
    ),
}
"""Rules that concern every INP file."""


class Findings:
    """Problems of one file, in the order in which they were found."""

    def __init__(self, file: str, rules: Mapping[str, Rule]) -> None:
        self._file = file
        self._rules = rules
        self._found: dict[str, list[Problem]] = {}

    def add(
        self,
        rule: str,
        line: int | None = None,
        values: Mapping[str, object] | None = None,
        *,
        layer: Literal["node", "pipe", ""] = "",
        element: str = "",
        file: str = "",
    ) -> None:
        """Note one problem; ``element`` also fills ``{element}`` of its text."""
        where = (file or self._file) + (f":{line}" if line else "")
        filled = {"element": element, **(values or {})}
        problem = Problem(rule, self._rules[rule].severity, where, self._rules[rule].one, filled, layer=layer, element=element)
        self._found.setdefault(rule, []).append(problem)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was found, at most :data:`MANY` of a rule; more of them are one problem with all their elements."""
        return tuple(problem for rule, found in self._found.items() for problem in self._few(rule, found))

    def _few(self, rule: str, found: list[Problem]) -> list[Problem]:
        if len(found) <= MANY:
            return found
        names = [problem.element or str(problem.values.get("text", "")) for problem in found]
        layers = {problem.layer for problem in found}
        values = {
            "count": len(found),
            "examples": ", ".join(names[:5]) + " …",
            "elements": tuple(names),
            "places": tuple(problem.where for problem in found),
        }
        layer = layers.pop() if len(layers) == 1 else ""
        return [Problem(rule, self._rules[rule].severity, found[0].where, self._rules[rule].many, values, layer=layer)]
