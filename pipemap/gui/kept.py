"""Results that are kept: a list of answers with a name and a colour each, to compare, to combine and to export.

They are kept by keys, so that a change of the survey leaves them standing; another survey begins with an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, Signal

from pipemap.gui.shares import Line, Share, Shares
from pipemap.model.columns import rows_if_there
from pipemap.model.wording import metres
from pipemap.scene.shut_off_colours import MIXED
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.network import Network

    Rows = NDArray[np.int64]

Joining = Literal["and", "or", "minus"]

SEVERAL = "#F2C14E"
"""What lies in more than one of the results that are shown together."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """One result: a name, a colour, and the keys of its nodes and pipes, ascending."""

    name: str
    colour: str
    nodes: Rows
    pipes: Rows

    def rows(self, network: Network) -> tuple[Rows, Rows]:
        """Rows of its nodes and pipes in a network; what is gone is left out."""
        found = (rows_if_there(network.node_fid, self.nodes), rows_if_there(network.pipe_fid, self.pipes))
        return found[0][found[0] >= 0], found[1][found[1] >= 0]

    def words(self, network: Network) -> tuple[str, str]:
        """Pipes and metres."""
        pipes = self.rows(network)[1]
        return f"{len(pipes):,}", metres(float(network.weight[pipes].sum()))


_JOINS: dict[Joining, Callable[[Rows, Rows], Rows]] = {"and": np.intersect1d, "or": np.union1d, "minus": np.setdiff1d}


class Shelf(QObject):
    """The results that a session keeps."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._made = 0
        self.kept: tuple[Kept, ...] = ()
        session.survey_changed.connect(self._forget)

    def keep(self, name: str, nodes: Rows, pipes: Rows) -> None:
        """Put the rows of a result on the list."""
        network = self._session.network
        if network is not None:
            self._add(name, np.unique(network.node_fid[nodes]), np.unique(network.pipe_fid[pipes]))

    def combine(self, how: Joining, chosen: Sequence[Kept]) -> None:
        """Put on the list what is in all of the chosen ones, in any, or in the first and in none of the others."""
        if len(chosen) < 2:  # noqa: PLR2004 -- one alone is not combined
            return
        nodes, pipes = chosen[0].nodes, chosen[0].pipes
        for one in chosen[1:]:
            nodes, pipes = _JOINS[how](nodes, one.nodes), _JOINS[how](pipes, one.pipes)
        sign = {"and": " ∩ ", "or": " ∪ ", "minus": " − "}[how]
        self._add(sign.join(one.name for one in chosen), nodes, pipes)

    def rename(self, one: Kept, name: str) -> None:
        """Call it something else; a blank name is none."""
        if name.strip() and name.strip() != one.name:
            new = replace(one, name=name.strip())
            self._set(tuple(new if other is one else other for other in self.kept))

    def drop(self, chosen: Sequence[Kept]) -> None:
        """Take them off the list."""
        self._set(tuple(one for one in self.kept if one not in chosen))

    def show(self, chosen: Sequence[Kept]) -> None:
        """Show them on the map together, each in its colour, and what they share in one of its own."""
        network = self._session.network
        if network is not None and chosen:
            picked = tuple(chosen)
            self._session.set_result(compared(network, picked), again=lambda anew: compared(anew, picked))
            self._session.show_panel("result")

    def _add(self, name: str, nodes: Rows, pipes: Rows) -> None:
        colour = MIXED[self._made % len(MIXED)]
        self._made += 1
        self._set((*self.kept, Kept(self._free(name), colour, nodes, pipes)))
        self._session.say(_("“{name}” is kept").format(name=self.kept[-1].name))

    def _free(self, name: str) -> str:
        names, number = {one.name for one in self.kept}, 2
        found = name
        while found in names:
            found, number = f"{name} ({number})", number + 1
        return found

    def _set(self, kept: tuple[Kept, ...]) -> None:
        self.kept = kept
        self.changed.emit()

    def _forget(self) -> None:
        if self._session.survey is None or self._session.present is None:
            self._made = 0
            self._set(())


def compared(network: Network, chosen: Sequence[Kept]) -> Shares:
    """Return results as shares of the network: what is only in each, and what is in several of them."""
    rows = [one.rows(network) for one in chosen]
    times = [np.zeros(count, dtype=np.int32) for count in (network.node_count, network.pipe_count)]
    for pair in rows:
        for layer, mine in enumerate(pair):
            times[layer][mine] += 1
    parts = [
        Share(one.name, one.colour, *(mine[times[layer][mine] == 1] for layer, mine in enumerate(pair)))
        for one, pair in zip(chosen, rows, strict=True)
    ]
    several = [np.flatnonzero(count > 1) for count in times]
    if len(several[0]) or len(several[1]):
        parts.append(Share(_("In several"), SEVERAL, several[0], several[1]))
    lines = [_line(network, one.name, pair) for one, pair in zip(chosen, rows, strict=True)]
    if len(chosen) > 1:
        lines += [
            _line(network, _("Only in {name}").format(name=part.label), (part.nodes, part.pipes)) for part in parts[: len(chosen)]
        ]
        whole = [np.flatnonzero(count == len(chosen)) for count in times]
        lines.append(_line(network, _("In all of them"), (whole[0], whole[1])))
    return Shares(
        network, _("Kept results"), _("Each in its colour; what lies in several of them has a colour of its own."), "",
        tuple(part for part in parts if len(part.nodes) or len(part.pipes)), _("Compared"), _("A click selects and shows."),
        (_("Result"), _("Nodes"), _("Pipes"), _("Length")), tuple(lines), has_legend=True,
    )  # fmt: skip


def _line(network: Network, name: str, rows: tuple[Rows, Rows]) -> Line:
    nodes, pipes = rows
    return Line((name, len(nodes), len(pipes), float(network.weight[pipes].sum())), nodes, pipes)


def shelf(session: Session) -> Shelf:
    """The kept results of a session; there is one list."""
    found: Shelf | None = session.findChild(Shelf)
    return found if found is not None else Shelf(session)


def keep_result(context: Context) -> None:
    """Put the result that is shown on the list of kept ones."""
    from pipemap.gui.trace_pages import title_of

    session = context.session
    if session.result is not None:
        shelf(session).keep(title_of(session.result), session.result.node_rows, session.result.pipe_rows)
        session.show_panel("result")
