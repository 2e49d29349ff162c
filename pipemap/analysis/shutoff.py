"""Shut-off plans: which valves to close around a break, who loses supply, and what could be fed from elsewhere.

The rules are those of the manual's page on shut-off. Where data is missing the plan is on the safe side and says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.analysis.affected import Affected, affected
from pipemap.analysis.cells import Cells, cells_of
from pipemap.analysis.segments import can_be_shut, pipe_volumes
from pipemap.analysis.twins import twins_of
from pipemap.analysis.zone import Request, Zone, zone_of
from pipemap.errors import PipemapError, UnknownElementError
from pipemap.model.lookup import Element
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

CLOSES_EVERYTHING = frozenset({"gas", "heating"})
"""Carried in these, what stands beyond a border valve is dangerous by itself: every border valve is closed."""

REASONS = {
    "close": N_("The network beyond it is fed."),
    "close-possible": N_("The network beyond it may be fed from outside the survey."),
    "close-all": N_("What stands beyond it is gas or hot water: every valve around the zone is closed."),
    "close-station": N_("A gas regulator: it is shut at its own inlet and outlet valves, which the survey does not hold."),
    "close-unknown": N_("No source is known for this part of the network: every valve around the zone is closed."),
    "close-unsure": N_("Nothing seems to feed the network beyond it, but its own state is not recorded."),
    "already-closed": N_("Recorded as closed: verify on site."),
    "not-needed": N_("Nothing feeds the network beyond it."),
    "unplaced": N_("Stands on three or more pipes, and on which of them is not recorded: it is not counted on."),
    "inoperable": N_("Cannot be operated: the zone goes on beyond it."),
    "source": N_("Feeds the zone from inside: valves alone do not isolate it."),
}
"""What a plan says of an element, by the name of the reason."""


def reason_text(reason: str) -> str:
    """Return what a plan says of an element, in the language on screen."""
    return _(REASONS[reason])


@dataclass(frozen=True, eq=False)
class Part:
    """Some nodes and pipes of a plan, and who is supplied there."""

    network: Network
    node_rows: Numbers
    pipe_rows: Numbers

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the nodes."""
        return tuple(self.network.node_ids.take(self.node_rows))

    @property
    def pipes(self) -> tuple[str, ...]:
        """Ids of the pipes."""
        return tuple(self.network.pipe_ids.take(self.pipe_rows))

    @cached_property
    def length(self) -> float:
        """Metres of pipe; unknown lengths count 0."""
        return float(self.network.weight[self.pipe_rows].sum())

    @cached_property
    def volume(self) -> float:
        """Cubic metres that its pipes hold; unknown sizes count 0."""
        return float(pipe_volumes(self.network)[self.pipe_rows].sum())

    @cached_property
    def customers(self) -> Affected:
        """Who is supplied there."""
        return affected(self.network, self.node_rows, self.pipe_rows)

    def __len__(self) -> int:
        return len(self.node_rows) + len(self.pipe_rows)


@dataclass(frozen=True, eq=False)
class ShutoffPlan:
    """Which valves to close, and what comes of it.

    Valves are numbers of ``cells.valves``; the properties of the same names without ``_valves`` are their printed ids.

    Attributes
    ----------
    supplied
        bool: cells that a known source still feeds.
    close_valves
        To be closed, in the order of their ids.
    already_closed_valves
        Bound the zone as they stand; to be verified.
    not_needed_valves
        Bound the zone where nothing comes from beyond.
    contained
        What is without water, valves around it not among it.
    lost
        What was supplied before, and is cut off beyond the zone; empty where ``supply_known`` is false.
    closes_everything, is_heating
        What is broken carries gas or heat, so that every valve around it is closed; it carries heat.
    supply_known
        Every part of the network that is broken has a known source; else nobody can say who loses supply.
    source_rows, possible_source_rows
        Nodes inside the zone that feed it, and where the network goes on beyond the survey.
    doubtful_rows
        Nodes among the lost that a possible source, beyond the survey, may still feed.
    unplaced_rows
        Nodes of the zone that are valves of which nobody knows on which pipe they stand.
    unknown_valves
        Valves of the plan whose state is not recorded.
    why
        Id → name of the reason (of ``REASONS``) for which it is in the plan.
    """

    cells: Cells
    request: Request
    zone: Zone
    supplied: Mask
    close_valves: Numbers
    already_closed_valves: Numbers
    not_needed_valves: Numbers
    contained: Part
    lost: Part
    supply_known: bool
    closes_everything: bool
    is_heating: bool
    source_rows: Numbers
    possible_source_rows: Numbers
    doubtful_rows: Numbers
    unplaced_rows: Numbers
    unknown_valves: Numbers
    why: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def network(self) -> Network:
        """The network that is planned for."""
        return self.cells.network

    @property
    def close(self) -> tuple[str, ...]:
        """Ids of the valves to close."""
        return self.cells.valves.ids(self.close_valves)

    @property
    def already_closed(self) -> tuple[str, ...]:
        """Ids of the valves that bound the zone as they stand."""
        return self.cells.valves.ids(self.already_closed_valves)

    @property
    def not_needed(self) -> tuple[str, ...]:
        """Ids of the valves beyond which nothing comes from."""
        return self.cells.valves.ids(self.not_needed_valves)

    @property
    def sources_in_zone(self) -> tuple[str, ...]:
        """Ids of the sources that feed the zone from inside."""
        return tuple(self.network.node_ids.take(self.source_rows))

    @property
    def twins(self) -> tuple[str, ...]:
        """Ids of the heating pipes that are shut together with those that are broken, and that nobody named."""
        return tuple(self.network.element_id(element) for element in self.request.twins)

    @property
    def volume(self) -> float:
        """Cubic metres that the pipes of the zone hold; unknown sizes count 0."""
        return self.contained.volume

    @property
    def is_unbounded(self) -> bool:
        """Whether no valve bounds the zone at all."""
        return not len(self.zone.border)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person must read before relying on the plan, in the language on screen."""
        said = {
            _("No source is known for this part of the network: who loses supply is unknown."): not self.supply_known,
            _("No valve bounds the zone: it is all that hangs together here, and valves cannot shut it off."): self.is_unbounded,
            _("A source lies inside the zone: stop it too, valves alone do not isolate it."): len(self.source_rows),
            _("The network may be fed from beyond the survey inside the zone."): len(self.possible_source_rows),
            _("Some of those counted as cut off may still be fed from beyond the survey."): len(self.doubtful_rows),
            _("The state of some valves is not recorded; they count as open."): len(self.unknown_valves),
            _("Valves stand in the zone of which nobody recorded on which pipe; they are not counted on."): len(
                self.unplaced_rows
            ),
            _("Supply and return of a heating network are shut together: name the broken pipe's twin too."): (
                self.is_heating and not self.request.paired
            ),
            _("Supply and return of a heating network are shut together: the twin {ids} is shut too.").format(
                ids=", ".join(self.twins)
            ): len(self.request.twins),
        }
        return tuple(text for text, holds in said.items() if holds)

    @property
    def reasons(self) -> dict[str, str]:
        """Id → why it is in the plan, in the language on screen."""
        return {id_: reason_text(reason) for id_, reason in self.why.items()}


def plan_shutoff(
    network: Network,
    *,
    pipes: Collection[str] = (),
    nodes: Collection[str] = (),
    inoperable: Collection[str] = (),
    opened: Collection[str] = (),
    trust_check_valves: bool = False,
    close_control_valves: bool = False,
) -> ShutoffPlan:
    """Plan how to take broken pipes and nodes out of supply.

    Parameters
    ----------
    network
        Not modified.
    pipes, nodes
        Ids of what is broken. A break at a valve empties both of its sides; the twin of a heating pipe is shut too.
    inoperable
        Ids of valves that do not turn, beside those recorded so.
    opened
        Ids of closed valves, or closed pipes, that are opened meanwhile.
    trust_check_valves
        Check valves hold; else nobody works behind one.
    close_control_valves
        Pressure and flow control valves may be shut like isolation valves.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id is not in the network, or several elements have it.
    PipemapError
        Nothing broken was named; it is not in use; it flows by gravity or is a cable; a valve named is none.

    Examples
    --------
    >>> from pipemap.catalog.kinds import NodeKind
    >>> from pipemap.model.network import Network
    >>> kinds = {"S": NodeKind.RESERVOIR, "V": NodeKind.ISOLATION_VALVE}
    >>> network = Network.from_pipes(("P1", "S", "V", 30.0), ("P2", "V", "B", 20.0), kinds=kinds)
    >>> plan_shutoff(network, pipes=["P2"]).close
    ('V',)
    """
    cells = cells_of(network, control_valves=close_control_valves)
    broken = list(dict.fromkeys(_elements(network, pipes, "pipe") + _elements(network, nodes, "node")))
    _check(network, broken)
    pairs = twins_of(network, broken)
    twins = tuple(dict.fromkeys(twin for found in pairs.values() for twin in found if twin not in broken))
    unplaced = {network.node_ids[int(row)] for row in cells.valves.unplaced} if inoperable else set()
    valves, opened_pipes = _opened(cells, opened)
    return solve(
        cells,
        Request(
            (*broken, *twins),
            frozenset(cells.valves.number(text) for text in inoperable if text not in unplaced),
            valves,
            opened_pipes,
            trust_check_valves=trust_check_valves,
            twins=twins,
            paired=bool(pairs) and all(pairs.values()),
        ),
    )


def _elements(network: Network, ids: Collection[str], layer: str) -> list[Element]:
    return [element_of(network, text, layer) for text in ids]


def element_of(network: Network, text: str, layer: str) -> Element:
    """Return the one element of a layer that is named; an error speaks of the id as it was given."""
    try:
        return network.element(text if text.startswith(f"{layer}:") else f"{layer}:{text}")
    except UnknownElementError as error:
        raise UnknownElementError(text, error.similar) from None


def _check(network: Network, broken: Sequence[Element]) -> None:
    if not broken:
        raise PipemapError(_("A shut-off plan needs a broken pipe or node."))
    for element in broken:
        used = network.in_use_pipes if element.layer == "pipe" else network.in_use_nodes
        if not used[element.row]:
            raise PipemapError(
                _("“{id}” is not in use, or awaits acceptance: nothing flows there.").format(id=network.element_id(element)),
                _("If that is wrong, correct its life cycle first."),
            )
        pipes = [element.row] if element.layer == "pipe" else network.edge[slice(*network.indptr[[element.row, element.row + 1]])]
        if len(pipes) and network.gravity_pipes[pipes].all():
            raise PipemapError(
                _("“{id}” flows by gravity: it is stopped by plugs, not by valves.").format(id=network.element_id(element)),
                _("Plan it by itself, without what is under pressure."),
            )
        if len(pipes) and not can_be_shut(network)[pipes].any():
            raise _no_matter_of_valves(network, element, int(pipes[0]))


def _no_matter_of_valves(network: Network, element: Element, pipe: int) -> PipemapError:
    """What to do about a line that no valve shuts off: a word is better than a plan that is wrong."""
    words = {"id": network.element_id(element), "who": _who(network, pipe)}
    known = catalog.category(network.pipe_category[pipe])
    if known is not None and known.carries == "power":
        return PipemapError(
            _("“{id}” is a power line: its operator ({who}) switches it off, valves do not.").format(**words),
            _("Take it as live until the operator says that it is dead and earthed."),
        )
    if known is not None and known.carries == "telecom":
        return PipemapError(
            _("“{id}” is a telecom line: there is nothing to shut off.").format(**words),
            _("Tell its operator ({who}), who knows what hangs on it.").format(**words),
        )
    return PipemapError(
        _("“{id}” carries nothing that valves shut off.").format(**words),
        _("Plans are made for water, gas, heating and industrial pipes."),
    )


def _who(network: Network, pipe: int) -> str:
    """Operator of a line, else its owner, as recorded."""
    row = np.array([pipe], dtype=np.int64)
    names = (network.column("pipe", name, row)[0].as_py() for name in ("operator", "owner"))
    return next((name for name in names if name), _("not recorded"))


def _opened(cells: Cells, ids: Collection[str]) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the valves, and rows of the pipes, that are opened."""
    network = cells.network
    valves: set[int] = set()
    pipes: set[int] = set()
    for text in ids:
        element = None if "@" in text else network.element(text)
        if element is not None and element.layer == "pipe" and cells.valves.places("pipe")[element.row] < 0:
            closed = bool(network.pipe_state.is_in("closed")[element.row])
            pipes.add(element.row)
        else:
            number = cells.valves.number(text)
            closed = bool(cells.valves.closed[number])
            valves.add(number)
        if not closed:
            raise PipemapError(_("“{id}” is not recorded as closed, so it cannot be opened.").format(id=text))
    return frozenset(valves), frozenset(pipes)


# -- solving -----------------------------------------------------------------------------------------------------------


def solve(cells: Cells, request: Request) -> ShutoffPlan:
    """Answer a request whose ids are known already."""
    zone = zone_of(cells, request)
    supply = _Supply.of(cells, zone)
    border = zone.border
    closed = border[zone.holds_closed[border]]
    rest = border[~zone.holds_closed[border]]
    fed = zone.fed_from_beyond(rest, supply.feeding)
    carried = _carried(cells.network, request)
    everything = bool(carried & CLOSES_EVERYTHING)
    wanted = fed | cells.valves.unknown[rest] | everything | (not supply.known)
    lost = _part(cells, supply.lost(zone))
    inside = np.flatnonzero(zone.inside[cells.node] & (cells.node >= 0))
    network = cells.network
    plan = ShutoffPlan(
        cells,
        request,
        zone,
        supply.after,
        _by_id(cells, rest[wanted]),
        _by_id(cells, closed),
        _by_id(cells, rest[~wanted]),
        contained=_part(cells, zone.inside, broken=request.broken),
        lost=lost,
        supply_known=supply.known,
        closes_everything=everything,
        is_heating="heating" in carried,
        source_rows=np.intersect1d(inside, network.sources),
        possible_source_rows=np.intersect1d(inside, network.possible_sources),
        doubtful_rows=lost.node_rows[supply.feeding[cells.node[lost.node_rows]]],
        unplaced_rows=np.intersect1d(inside, cells.valves.unplaced),
        unknown_valves=border[cells.valves.unknown[border]],
    )
    return replace(plan, why=_reasons(plan, rest[fed], rest[zone.fed_from_beyond(rest, supply.after)]))


@dataclass(frozen=True, eq=False)
class _Supply:
    """Cells that sources feed: ``before`` anything is done, ``after`` the zone is gone, ``feeding`` with possible sources too."""

    known: bool
    before: Mask
    after: Mask
    feeding: Mask

    @classmethod
    def of(cls, cells: Cells, zone: Zone) -> _Supply:
        network, request = cells.network, zone.request
        parts = np.unique([network.component[_a_node(network, one)] for one in request.broken])
        known = bool(np.isin(parts, network.component[network.sources]).all())
        water = cells.water_passes(request.opened, request.opened_pipes)
        after = cells.reach(cells.node[network.sources], water, without=zone.inside)
        possible = network.possible_sources
        possible = possible[np.isin(network.component[possible], parts)]
        feeding = after | cells.reach(cells.node[possible], water, without=zone.inside) if len(possible) else after
        return cls(known, cells.supplied if known else np.zeros_like(after), after, feeding)

    def lost(self, zone: Zone) -> Mask:
        """Cells supplied before and not any more; the valves around the zone are in no part."""
        gone = self.before & ~self.after & ~zone.inside
        own = zone.cells.valve_cells[zone.border]
        gone[own[own >= 0]] = False
        return gone


def _a_node(network: Network, element: Element) -> int:
    return element.row if element.layer == "node" else int(network.pipe_ends[element.row, 0])


def _carried(network: Network, request: Request) -> frozenset[str]:
    """What the broken elements carry, in the catalog's words."""
    codes = set()
    for one in request.broken:
        rows = [one.row] if one.layer == "pipe" else network.edge[network.indptr[one.row] : network.indptr[one.row + 1]].tolist()
        codes |= {network.pipe_category[row] for row in rows}
    known = (catalog.category(code) for code in codes if code)
    return frozenset(category.carries for category in known if category is not None)


def _part(cells: Cells, inside: Mask, *, broken: Sequence[Element] = ()) -> Part:
    """Nodes and pipes of some cells; valves drawn as links are no pipes that run dry, unless they are what is broken."""
    network = cells.network
    pipes = (cells.pipe >= 0) & inside[cells.pipe]
    pipes[cells.valves.link_rows] = False
    pipes[[one.row for one in broken if one.layer == "pipe"]] = True
    return Part(network, np.flatnonzero((cells.node >= 0) & inside[cells.node]), np.flatnonzero(pipes))


def _by_id(cells: Cells, numbers: Numbers) -> Numbers:
    """Valves in the order of their ids, numbers in them by value."""
    ids = cells.valves.ids(numbers)
    return numbers[sorted(range(len(numbers)), key=lambda place: natural(ids[place]))]


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts V9 before V10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"[0-9]{1,18}|[^0-9]+", text))


def _reasons(plan: ShutoffPlan, fed: Numbers, surely: Numbers) -> dict[str, str]:
    """Why each element is in the plan, given the valves with something fed beyond them, perhaps and surely."""
    valves = plan.cells.valves
    why = dict.fromkeys(valves.ids(plan.zone.stuck), "inoperable")
    why |= dict.fromkeys(plan.network.node_ids.take(plan.unplaced_rows), "unplaced")
    why |= dict.fromkeys(plan.sources_in_zone, "source")
    for number in plan.close_valves.tolist():
        reason = "close" if number in surely else "close-possible" if number in fed else "close-unsure"
        if valves.station[number]:
            reason = "close-station"
        elif plan.closes_everything:
            reason = "close-all"
        elif not plan.supply_known:
            reason = "close-unknown"
        why[valves.id(number)] = reason
    why |= dict.fromkeys(plan.already_closed, "already-closed")
    why |= dict.fromkeys(plan.not_needed, "not-needed")
    return why
