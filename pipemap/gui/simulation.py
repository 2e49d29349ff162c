"""Computing the network from the window: the run beside it, and what the map colours of the answer at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipemap.gui.gathered import remember_run
from pipemap.gui.shares import Share
from pipemap.gui.shutoff_answers import Question, Shutoff
from pipemap.gui.shutoff_tools import planner
from pipemap.jobs.simulating import WaterAnswer
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.jobs.simulating_drainage import DrainageAnswer
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.model.simulation import Simulation
    from pipemap.progress import Progress

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

ROUND = N_("Turns round")
_NONE: Rows = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something the map can be coloured by.

    Attributes
    ----------
    layer, column
        Where a run keeps it.
    limits, colours
        Where classes begin, and one colour more than there are limits, from least to most.
    """

    title: str
    unit: str
    layer: Layer
    column: str
    limits: tuple[float, ...]
    colours: tuple[str, ...]

    @property
    def label(self) -> str:
        """Title in the language on screen."""
        return _(self.title)


_RISING = ("#9FB1BD", "#5FB3B3", "#2E86AB", "#EDAE49", "#E0713A", "#D1495B")
QUANTITIES: dict[str, Quantity] = {
    "pressure": Quantity(N_("Pressure"), "m", "node", "pressure", (0.0, 14.0, 28.0, 45.0, 70.0),
                         ("#8E2A6B", "#D1495B", "#EDAE49", "#3C9D6E", "#2E86AB", "#5B4B9A")),
    "drop": Quantity(N_("Pressure lost through the plan"), "m", "node", "pressure", (0.5, 2.0, 5.0, 10.0, 20.0), _RISING),
    "flow": Quantity(N_("Flow"), "L/s", "pipe", "flow", (0.05, 1.0, 5.0, 20.0, 100.0), _RISING),
    "velocity": Quantity(N_("Velocity"), "m/s", "pipe", "velocity", (0.05, 0.3, 0.6, 1.5, 3.0), _RISING),
    "flooding": Quantity(N_("Flooding"), "L/s", "node", "flooding", (0.01, 1.0, 10.0, 100.0),
                         ("#9FB1BD", "#E3C565", "#EDAE49", "#E0713A", "#8E2A6B")),
    "filling": Quantity(N_("Filling"), "%", "pipe", "filling", (5.0, 50.0, 80.0, 99.0),
                        ("#9FB1BD", "#5FB3B3", "#2E86AB", "#EDAE49", "#D1495B")),
}  # fmt: skip
"""What the map can be coloured by. Limits are our own; pressures are classed by multiples of the service pressure."""
_OF_WATER, _OF_DRAINAGE = ("pressure", "flow", "velocity"), ("flooding", "filling", "flow", "velocity")
REVERSED, DROP = "reversed", "drop"
COMPARING = (DROP, REVERSED)
"""What compares the network with the plan to that without."""


@dataclass(frozen=True, eq=False)
class Computed:
    """An answer of an engine, and what the window shows of it.

    Attributes
    ----------
    quantity
        Key of ``QUANTITIES``, or ``REVERSED``.
    moment
        Which of the times of the run.
    question
        The shut-off that it was computed with, to go back to.
    without
        Show the network as it stands instead of with the plan.
    """

    answer: WaterAnswer | DrainageAnswer
    quantity: str
    moment: int = 0
    question: Question | None = None
    without: bool = False

    @property
    def run(self) -> Simulation:
        """The run that is shown; what compares both is told of the elements that were computed with the plan."""
        if self.without and isinstance(self.answer, WaterAnswer) and self.quantity not in COMPARING:
            return self.answer.before.run
        return self.answer.shown.run

    @property
    def network(self) -> Network:
        """The network that was computed."""
        return self.run.network

    @property
    def choices(self) -> tuple[str, ...]:
        """What it can be coloured by."""
        if not isinstance(self.answer, WaterAnswer):
            return _OF_DRAINAGE
        return (*_OF_WATER, *COMPARING) if self.answer.plan is not None else _OF_WATER

    @property
    def title(self) -> str:
        """What is shown, for the legend."""
        return _(ROUND) if self.quantity == REVERSED else QUANTITIES[self.quantity].label

    @property
    def unit(self) -> str:
        """Its unit."""
        return "" if self.quantity == REVERSED else QUANTITIES[self.quantity].unit

    @cached_property
    def parts(self) -> tuple[Share, ...]:
        """The elements of each class at the moment, least first; classes that nothing is in are left out."""
        if self.quantity == REVERSED:
            return self._turned()
        asked = QUANTITIES[self.quantity]
        limits = self._limits(asked)
        values = self._values(asked)
        rank = np.searchsorted(np.array(limits), values, side="right")
        known = np.isfinite(values)
        nodes, pipes = self.run.node_rows, self.run.pipe_rows
        shares = []
        for place, (name, colour) in enumerate(zip(_names(limits), asked.colours, strict=True)):
            rows = np.flatnonzero(known & (rank == place))
            if asked.layer == "pipe":
                shares.append(Share(name, colour, _NONE, pipes[np.isin(pipes, rows)]))
            else:
                shares.append(Share(name, colour, nodes[np.isin(nodes, rows)], pipes[self._pipe_rank(rank) == place]))
        return tuple(one for one in shares if len(one.nodes) or len(one.pipes))

    def _limits(self, asked: Quantity) -> tuple[float, ...]:
        if asked.column == "pressure" and self.quantity != DROP and isinstance(self.answer, WaterAnswer):
            wanted = self.answer.shown.service_pressure
            return (0.0, *(wanted * times for times in (1, 2, 3, 5)))
        return asked.limits

    def _values(self, asked: Quantity) -> Values:
        moment = min(self.moment, len(self.run.times) - 1)
        if asked.column == "pressure":
            found = self.run.spread("node", "pressure", moment)
            return self._before(moment) - found if self.quantity == DROP else found
        found = np.abs(self.run.spread(asked.layer, asked.column, moment))
        return found * 100 if asked.unit == "%" else found

    def _before(self, moment: int) -> Values:
        """Pressures without the plan, at the moment of its run that is nearest."""
        assert isinstance(self.answer, WaterAnswer)  # noqa: S101 -- only a plan has a before
        before = self.answer.before.run
        return before.spread("node", "pressure", int(np.abs(before.times - self.run.times[moment]).argmin()))

    def _pipe_rank(self, rank: NDArray[np.int64]) -> NDArray[np.int64]:
        """Class of each computed pipe by its worse end: the lower of pressures, the higher of floods."""
        ends = self.network.pipe_ends[self.run.pipe_rows]
        worse = np.minimum if self.quantity == "pressure" else np.maximum
        found: NDArray[np.int64] = worse(rank[ends[:, 0]], rank[ends[:, 1]])
        return found

    def _turned(self) -> tuple[Share, ...]:
        if not isinstance(self.answer, WaterAnswer):
            return ()
        rows = self.answer.reversed.rows
        rest = self.run.pipe_rows[~np.isin(self.run.pipe_rows, rows)]
        both = (Share(_(ROUND), "#D1495B", _NONE, rows), Share(_("Flows as before"), "#9FB1BD", _NONE, rest))
        return tuple(one for one in both if len(one.pipes))

    @property
    def node_rows(self) -> Rows:
        """Everything that was computed."""
        return self.run.node_rows

    @property
    def pipe_rows(self) -> Rows:
        """Everything that was computed."""
        return self.run.pipe_rows


def _names(limits: tuple[float, ...]) -> list[str]:
    return [f"< {limits[0]:g}", *(f"{low:g} – {high:g}" for low, high in pairwise(limits)), f"≥ {limits[-1]:g}"]


# -- commands -------------------------------------------------------------------------------------------------------


def check_pressures(context: Context) -> None:
    """Compute the water network with the plan that is shown."""
    compute_plan(context.session)


def simulate_water(context: Context) -> None:
    """Compute the water network as it stands."""
    _compute_water(context.session, None, None)


def simulate_drainage(context: Context) -> None:
    """Compute the drains."""
    from pipemap.jobs.simulating_drainage import simulate_drainage as work

    session = context.session
    survey = session.survey
    if survey is None:
        return
    session.run(
        lambda progress: work(survey, progress=progress),
        _("Computing the drains"),
        lambda answer: _show(session, Computed(answer, "flooding" if len(answer.flooding) else "filling")),
    )


def compute_plan(session: Session) -> None:
    """Compute the water network with the plan that is shown; nothing without one."""
    shown = session.result
    if isinstance(shown, Shutoff):
        _compute_water(session, shown.plan, shown.question)


def _compute_water(session: Session, plan: ShutoffPlan | None, question: Question | None) -> None:
    from pipemap.jobs.simulating import simulate_water as work

    survey, network = session.survey, session.network
    if survey is None:
        return

    def compute(progress: Progress) -> WaterAnswer:
        found = work(survey, plan=plan, progress=progress)
        found.people  # noqa: B018 -- remembered here, where it holds up nobody
        return found

    def done(answer: WaterAnswer) -> None:
        if session.network is network:
            _show(session, Computed(answer, "pressure", question=question))

    session.run(compute, _("Computing pressures"), done)


def _show(session: Session, found: Computed) -> None:
    from pipemap.jobs.computed import sentences

    if found.network is not session.network:
        return
    if isinstance(found.answer, WaterAnswer):
        remember_run(found.answer.before.run)
    session.set_result(found)
    session.show_panel("result")
    session.say(sentences(found.answer)[1])


def back_to_plan(session: Session, question: Question) -> None:
    """Show the plan again that was computed."""
    planner(session).ask_again(question)
