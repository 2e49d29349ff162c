"""An answer to show in the picture: groups of elements with a meaning each, where it began, where and why it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.scene.colours import RESULT_COLOURS, ROLE_LABELS, TRACED
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

Layer = Literal["node", "pipe"]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Elements that mean the same.

    Attributes
    ----------
    role
        ``traced``, ``contained``, ``lost``, ``supplied``, ``reopen`` … or any other word, with a colour of its own.
    nodes, pipes
        Rows.
    colour
        ``#rrggbb``; empty: the role's.
    """

    role: str
    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]
    colour: str = ""

    def shade(self, *, dark: bool) -> str:
        """Return the colour to draw in."""
        return self.colour or RESULT_COLOURS.get(self.role, TRACED[dark])

    @property
    def label(self) -> str:
        """What the role is called on screen."""
        return _(ROLE_LABELS[self.role]) if self.role in ROLE_LABELS else self.role


@dataclass(frozen=True, slots=True)
class Mark:
    """A pin on an element.

    ``shape``: ``start``, ``stop``, ``close`` (numbered by ``text``), ``already_closed``, ``not_needed``, ``reopen``, ``source``.
    """

    layer: Layer
    row: int
    shape: str
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What :meth:`Scene.show_result` shows; everything outside the groups is ghosted.

    ``arrows``: flow arrows run along the pipes of the groups whose direction is known.
    """

    groups: tuple[Group, ...]
    marks: tuple[Mark, ...] = ()
    arrows: bool = True

    def renumbered(self, nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> Result:
        """Return the result for another network, given the new row of each old one, or −1: such rows are left out."""
        number = {"node": nodes, "pipe": pipes}

        def kept(layer: Layer, rows: NDArray[np.int64]) -> NDArray[np.int64]:
            moved = number[layer][rows]
            return moved[moved >= 0]

        groups = tuple(replace(one, nodes=kept("node", one.nodes), pipes=kept("pipe", one.pipes)) for one in self.groups)
        marks = [replace(mark, row=int(number[mark.layer][mark.row])) for mark in self.marks]
        return replace(self, groups=groups, marks=tuple(mark for mark in marks if mark.row >= 0))

    @classmethod
    def of_rows(
        cls,
        nodes: Sequence[int] | NDArray[np.int64],
        pipes: Sequence[int] | NDArray[np.int64],
        *,
        starts: Sequence[tuple[Layer, int]] = (),
        stops: Sequence[tuple[Layer, int]] = (),
        role: str = "traced",
        colours: Mapping[str, str] | None = None,
        arrows: bool = True,
    ) -> Result:
        """Return a result of one group, as traces are: its rows, where it started, where it was stopped."""
        group = Group(role, np.asarray(nodes, np.int64), np.asarray(pipes, np.int64), (colours or {}).get(role, ""))
        marks = [Mark(layer, row, "start") for layer, row in starts] + [Mark(layer, row, "stop") for layer, row in stops]
        return cls((group,), tuple(marks), arrows=arrows)
