"""What a shut-off is asked with in the window, and its answers: a plan with valves, or of drains one with plugs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from pipemap.analysis.alternatives import cost, fewest_valves
from pipemap.analysis.plugs import PlugPlan, is_drain, plan_plugs
from pipemap.analysis.reopening import Reopening, reopenings
from pipemap.analysis.shutoff import ShutoffPlan, plan_shutoff
from pipemap.analysis.squeezing import SqueezeLimits, SqueezePlan, plan_squeeze
from pipemap.analysis.steps import Step, step, steps_of
from pipemap.errors import PipemapError
from pipemap.gui.trace_question import Place
from pipemap.model.plans import Asked
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

Failure = Literal["stuck", "missing", "passing"]
"""Why a valve cannot be closed: it does not turn, nobody finds it, or it does not hold."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a plan is asked with; it can be asked again of a changed network.

    Attributes
    ----------
    failures
        Keys of valves that cannot be closed, and why.
    opened
        Keys of closed valves that are opened.
    fewest
        The plan that closes the fewest valves instead of the one that cuts off the least.
    trust_check_valves, close_control_valves
        As :func:`~pipemap.analysis.shutoff.plan_shutoff` takes them; the window asks so only for plans that were kept so.
    """

    broken: tuple[Place, ...]
    failures: tuple[tuple[str, Failure], ...] = ()
    opened: tuple[str, ...] = ()
    fewest: bool = False
    trust_check_valves: bool = False
    close_control_valves: bool = False

    @classmethod
    def of(cls, asked: Asked) -> Question:
        """The question of a plan that is kept in the survey."""
        names = [key.partition(":#")[::2] for key in asked.broken]
        return cls(
            tuple(Place("node" if layer == "node" else "pipe", int(fid)) for layer, fid in names if fid.isdigit()),
            tuple((key, cast("Failure", why)) for key, why in asked.failures),
            asked.opened,
            fewest=asked.fewest,
            trust_check_valves=asked.trust_check_valves,
            close_control_valves=asked.close_control_valves,
        )

    @property
    def asked(self) -> Asked:
        """The question as a survey keeps it."""
        return Asked(
            tuple(place.name for place in self.broken),
            self.failures,
            self.opened,
            trust_check_valves=self.trust_check_valves,
            close_control_valves=self.close_control_valves,
            fewest=self.fewest,
        )

    def __call__(self, network: Network) -> Shutoff | Plugging:
        """Ask it, of what is still there: drains are plugged, all else is shut off by valves."""
        found = [element for place in self.broken if (element := place.find(network)) is not None]
        if not found:
            raise PipemapError(_("What is broken is no longer in the survey."), _("Make a new plan."))
        if all(is_drain(network, element) for element in found):
            there = [place for place in self.broken if place.find(network) is not None]
            names = {layer: [place.name for place in there if place.layer == layer] for layer in ("pipe", "node")}
            return Plugging(self, plan_plugs(network, pipes=names["pipe"], nodes=names["node"]))
        return self.shutoff(network)

    def shutoff(self, network: Network) -> Shutoff:
        """Ask for a plan with valves."""
        there = [place for place in self.broken if place.find(network) is not None]
        plan = plan_shutoff(
            network,
            pipes=[place.name for place in there if place.layer == "pipe"],
            nodes=[place.name for place in there if place.layer == "node"],
            inoperable=[key for key, _why in self.failures if _valve(network, key) is not None],
            opened=[key for key in self.opened if _is_closed(network, key)],
            trust_check_valves=self.trust_check_valves,
            close_control_valves=self.close_control_valves,
        )
        if self.fewest:
            plan = fewest_valves(plan) or plan
        return Shutoff.of(self, plan)

    def failure(self, key: str) -> Failure | None:
        """Why a valve cannot be closed; None where it can."""
        return dict(self.failures).get(key)


def _valve(network: Network, key: str) -> int | None:
    from pipemap.analysis.valves import valves_of

    try:
        return valves_of(network, stations=True).number(key)
    except PipemapError:
        return None


def _is_closed(network: Network, key: str) -> bool:
    from pipemap.analysis.valves import valves_of

    number = _valve(network, key)
    return number is not None and bool(valves_of(network, stations=True).closed[number])


@dataclass(frozen=True, eq=False)
class Shutoff:
    """A plan with what the window shows of it.

    Attributes
    ----------
    steps
        The valves of the plan, those to close in the order of closing.
    reopen
        Closed valves that would feed again some of those cut off, and as steps for the map and lists.
    failed
        The valves that the person reported as not closable.
    is_kept
        The person has clicked; else it follows the pointer.
    """

    question: Question
    plan: ShutoffPlan
    steps: tuple[Step, ...]
    reopen: tuple[tuple[Step, Reopening], ...]
    failed: tuple[Step, ...]
    opened: tuple[Step, ...]
    is_kept: bool = False

    @classmethod
    def of(cls, question: Question, plan: ShutoffPlan) -> Shutoff:
        """Gather all that is read from the survey, so that a panel needs not wait for it."""
        network = plan.network
        number = plan.cells.valves.number  # of those that this plan counts: with control valves they are others
        failed = [number(key) for key, _why in question.failures if _valve(network, key) is not None]
        opened = [number(key) for key in question.opened if _is_closed(network, key) and _valve(network, key) is not None]
        found = cls(
            question,
            plan,
            steps_of(plan),
            tuple((step(plan, one.valve, "reopen"), one) for one in reopenings(plan)),
            tuple(step(plan, valve, "close") for valve in failed),
            tuple(step(plan, valve, "reopen") for valve in opened),
        )
        for part in (plan.contained, plan.lost):
            part.customers  # noqa: B018 -- the part remembers them
        return found

    @cached_property
    def node_rows(self) -> NDArray[np.int64]:
        """Nodes without supply, and those that are the plan's valves."""
        valves = [one.element.row for one in self.steps if one.element.layer == "node"]
        rows: NDArray[np.int64] = np.unique(
            np.concatenate([self.plan.contained.node_rows, self.plan.lost.node_rows, np.array(valves, dtype=np.int64)])
        )
        return rows

    @cached_property
    def pipe_rows(self) -> NDArray[np.int64]:
        """Pipes without supply."""
        rows: NDArray[np.int64] = np.union1d(self.plan.contained.pipe_rows, self.plan.lost.pipe_rows)
        return rows

    @property
    def close(self) -> tuple[Step, ...]:
        """The valves to close, in order."""
        return self.of_task("close")

    def of_task(self, task: str) -> tuple[Step, ...]:
        """The steps of one kind."""
        return tuple(one for one in self.steps if one.task == task)

    @property
    def summary(self) -> str:
        """The plan in a line; nothing is said of customers where nothing is known of them."""
        plan, count = self.plan, len(self.close)
        if not plan.supply_known:
            return _("Valves to close: {n}; who loses supply is unknown").format(n=count)
        if not len(plan.network.customers):
            return _("Valves to close: {n}").format(n=count)
        people = plan.contained.customers.count + plan.lost.customers.count
        return _("Valves to close: {n}, customers without supply: {c}").format(n=count, c=f"{people:,}")

    def squeezed(self, limits: SqueezeLimits) -> SqueezePlan | None:
        """The plan with pipes squeezed where no valve is near; None where that helps nothing."""
        return plan_squeeze(self.plan, limits)

    def alternative(self) -> ShutoffPlan | None:
        """The plan with the fewest valves where this one is with the least loss, and the other way; None where they agree."""
        other = replace(self.question, fewest=not self.question.fewest).shutoff(self.plan.network).plan
        same = set(other.close) == set(self.plan.close) and cost(other) == cost(self.plan)
        return None if same else other


@dataclass(frozen=True, eq=False)
class Plugging:
    """How drains are laid dry, as the window shows it; ``is_kept`` as for :class:`Shutoff`."""

    question: Question
    plan: PlugPlan
    is_kept: bool = False

    @cached_property
    def node_rows(self) -> NDArray[np.int64]:
        """Manholes of the run."""
        return self.plan.contained.node_rows

    @cached_property
    def pipe_rows(self) -> NDArray[np.int64]:
        """Pipes of the run, and those that are plugged."""
        plugged = np.array([one.pipe for one in self.plan.plugs], dtype=np.int64)
        rows: NDArray[np.int64] = np.union1d(self.plan.contained.pipe_rows, plugged)
        return rows

    @cached_property
    def wet(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the nodes and pipes in which water dams up behind the plugs until it leaves."""
        dammed = [one.dammed for one in self.plan.plugs if one.dammed is not None]
        none = [np.empty(0, dtype=np.int64)]
        nodes = np.unique(np.concatenate(none + [one.wet_nodes for one in dammed]))
        pipes = np.unique(np.concatenate(none + [one.pipe_rows for one in dammed]))
        return nodes, pipes[np.isin(self.plan.network.pipe_ends[pipes], nodes).any(axis=1)]

    @property
    def summary(self) -> str:
        """The plan in a line."""
        return _("Plugs to place: {n}").format(n=len(self.plan.plugs))
