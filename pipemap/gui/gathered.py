"""What gathers along the flow of a trace that is shown: a field summed upstream, flow time, the catchment as an outline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from pipemap.analysis.accumulating import accumulate
from pipemap.analysis.catchment import REACH, Catchment, catchment
from pipemap.analysis.flow_time import Pace, flow_time
from pipemap.analysis.trace import Trace, TraceType
from pipemap.gui.shares import Share
from pipemap.gui.trace_question import Question, trace_of
from pipemap.gui.trace_tools import tracer
from pipemap.jobs.flow_times import computed_velocities
from pipemap.model.fields import Field, fields
from pipemap.scene.colours import MISSING, class_limits, rgb
from pipemap.scene.shut_off_colours import RAMP
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.model.simulation import Simulation
    from pipemap.progress import Progress

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

FLOW_TIME, OUTLINE = "flow_time", "catchment"
"""What gathers and is no field."""
ALONG = frozenset({TraceType.UPSTREAM, TraceType.DOWNSTREAM})
"""Traces along which something gathers."""
_MINUTE = 60.0
_SIMPLER = 0.5
_MOST_CORNERS = 1500
_NONE: Rows = np.empty(0, dtype=np.int64)
FIGURES = (N_("Sum"), N_("Least"), N_("Most"), N_("Count"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What to gather: a field (``node:`` before one of nodes), ``FLOW_TIME`` or ``OUTLINE``, and with what.

    Attributes
    ----------
    velocity, flow_lps
        Of a flow time: metres or litres a second in mains, where nothing was computed.
    reach
        Of an outline: metres around drains and inlets.
    """

    what: str
    velocity: float | None = None
    flow_lps: float | None = None
    reach: float = REACH


@dataclass(frozen=True, eq=False)
class AlongTrace:
    """What was asked along a trace.

    Attributes
    ----------
    question
        What the trace was asked with, to go back to it.
    """

    trace: Trace
    question: Question | None
    wish: Wish

    @property
    def network(self) -> Network:
        """Of the trace."""
        return self.trace.network

    @property
    def node_rows(self) -> Rows:
        """Nodes of the trace."""
        return self.trace.node_rows

    @property
    def pipe_rows(self) -> Rows:
        """Pipes of the trace."""
        return self.trace.pipe_rows


@dataclass(frozen=True, eq=False)
class Gathered(AlongTrace):
    """Figures at every element of a trace.

    Attributes
    ----------
    title, unit
        What the map is coloured by.
    columns, nodes, pipes
        Titles of the figures, and the figures: float64 (N', k) and (P', k) in the order of the trace.
    words
        What it rests on, in sentences.
    shown
        Which figure the map shows.
    """

    title: str
    unit: str
    columns: tuple[str, ...]
    nodes: Values
    pipes: Values
    words: tuple[str, ...]
    shown: int = 0

    @property
    def column(self) -> str:
        """Title of the figure that is shown, with its unit where it has the field's."""
        has_unit = bool(self.unit) and self.wish.what != FLOW_TIME and self.columns[self.shown] != _(FIGURES[-1])
        return f"{self.columns[self.shown]} ({self.unit})" if has_unit else self.columns[self.shown]

    @cached_property
    def parts(self) -> tuple[Share, ...]:
        """Elements by class of the figure that is shown, least first; those that know none are grey."""
        values = self.nodes[:, self.shown], self.pipes[:, self.shown]
        limits = class_limits(np.concatenate([one[np.isfinite(one)] for one in values]))
        single = len(limits) > 1 and limits[-1] == limits[-2]
        names = [f"{low:,.6g}" if single else f"{low:,.6g} – {high:,.6g}" for low, high in pairwise(limits)]
        ranks = [np.where(np.isfinite(one), _rank(limits, one), -1) for one in values]
        shades = _shades(len(names))
        parts = [
            Share(name, shade, self.node_rows[ranks[0] == place], self.pipe_rows[ranks[1] == place])
            for place, (name, shade) in enumerate(zip(names, shades, strict=True))
        ]
        unknown = Share(_("Not known"), MISSING[False], self.node_rows[ranks[0] < 0], self.pipe_rows[ranks[1] < 0])
        return tuple(one for one in (*parts, unknown) if len(one.nodes) or len(one.pipes))


def _rank(limits: Values, values: Values) -> Rows:
    found: Rows = np.clip(np.searchsorted(limits, values, side="right") - 1, 0, len(limits) - 2)
    return found


def _shades(count: int) -> list[str]:
    """So many even steps from what hardly matters to what matters most."""
    table = np.array([rgb(colour) for colour in RAMP], dtype=np.float64)
    at = np.linspace(0, len(RAMP) - 1, count) if count > 1 else np.array([len(RAMP) / 2])
    mixed = [[round(float(np.interp(place, range(len(RAMP)), table[:, channel]))) for channel in range(3)] for place in at]
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in mixed]


@dataclass(frozen=True, eq=False)
class Outlined(AlongTrace):
    """The catchment of an upstream trace."""

    found: Catchment

    @property
    def title(self) -> str:
        """For the legend."""
        return _("Catchment")

    @property
    def unit(self) -> str:
        """None."""
        return ""

    @cached_property
    def parts(self) -> tuple[Share, ...]:
        """What the outline is drawn around, and what else lies upstream."""
        rest = np.setdiff1d(self.pipe_rows, self.found.pipes)
        other = np.setdiff1d(self.node_rows, self.found.inlets)
        parts = (
            Share(_("Drains upstream"), "#2E86AB", other, self.found.pipes),
            Share(_("Inlets"), "#EDAE49", self.found.inlets, _NONE),
            Share(_("Not counted"), "#9FB1BD", _NONE, rest),
        )
        return tuple(one for one in parts if len(one.nodes) or len(one.pipes))

    @cached_property
    def lines(self) -> tuple[tuple[tuple[float, float, float], ...], ...]:
        """Its outline for the map: a little simpler than it is, on the level of the ground at its nodes."""
        import shapely

        ground = self.network.node_xyz[self.node_rows, 2]
        level = float(np.median(ground[np.isfinite(ground)])) if np.isfinite(ground).any() else 0.0
        tolerance = _SIMPLER
        area = shapely.simplify(self.found.area, tolerance)
        while shapely.get_num_coordinates(area) > _MOST_CORNERS:
            tolerance *= 2
            area = shapely.simplify(self.found.area, tolerance)
        rings = [
            shapely.get_coordinates(part.exterior).tolist() for part in shapely.get_parts(area).tolist() if not part.is_empty
        ]
        return tuple(tuple((east, north, level) for east, north in ring) for ring in rings)


def outline_of(answer: object) -> tuple[tuple[tuple[float, float, float], ...], ...]:
    """Return the lines that an answer draws on the map besides its elements."""
    return answer.lines if isinstance(answer, Outlined) else ()


# -- asking -----------------------------------------------------------------------------------------------------------


def gather(trace: Trace, question: Question | None, wish: Wish, progress: Progress) -> Gathered | Outlined:
    """Work out what is wished along a trace; raises as the analysis does."""
    if wish.what == OUTLINE:
        return Outlined(trace, question, wish, catchment(trace, wish.reach, progress=progress))
    if wish.what == FLOW_TIME:
        return _flow_time(trace, question, wish)
    found = accumulate(trace, wish.what, progress=progress)
    known = fields(found.layer)[wish.what.removeprefix("node:").removeprefix("pipe:")]
    said = (_("At each element: what lies upstream of it and it itself, each once."),)
    names = tuple(_(name) for name in FIGURES)
    return Gathered(trace, question, wish, known.label, known.unit, names, found.nodes, found.pipes, said)


def _flow_time(trace: Trace, question: Question | None, wish: Wish) -> Gathered:
    run = known_run(trace.network)
    computed = computed_velocities(run) if run is not None else None
    found = flow_time(trace, Pace(wish.velocity, wish.flow_lps, computed))
    nodes = np.column_stack([found.nodes / _MINUTE, np.full(len(found.nodes), np.nan)])
    pipes = np.column_stack([found.pipes / _MINUTE, found.velocity])
    columns = (_("Minutes"), _("Velocity (m/s)"))
    return Gathered(trace, question, wish, _("Flow time"), _("min"), columns, nodes, pipes, found.assumptions)


_RUN = "water run"


def remember_run(run: Simulation) -> None:
    """Let flow times take the velocities of a network as it stands."""
    run.network.worked_out[_RUN] = run


def known_run(network: Network) -> Simulation | None:
    """The newest run of a network as it stands; None where none was computed."""
    return cast("Simulation | None", network.worked_out.get(_RUN))


def show_gathered(session: Session, trace: Trace, question: Question | None, wish: Wish) -> None:
    """Work it out beside the window, and show it; a change of the survey asks again."""
    network = session.network
    if network is None or network is not trace.network:
        return

    def show(answer: object) -> None:
        if session.network is network:
            session.set_result(answer, again=_again(question, wish))
            session.show_panel("result")

    session.run(partial(gather, trace, question, wish), _("Gathering along the flow"), show)


def _again(question: Question | None, wish: Wish) -> Callable[[Network], object] | None:
    if question is None:
        return None

    def ask(network: Network) -> object:
        from pipemap.progress import SILENT

        found = question(network)
        return gather(found, question, wish, SILENT) if isinstance(found, Trace) else found

    return ask


def look_at(session: Session, shown: Gathered, figure: int) -> None:
    """Colour by another figure of the same answer."""
    session.set_result(replace(shown, shown=figure), again=session.again)


def back_to_trace(session: Session, shown: Gathered | Outlined) -> None:
    """Show the trace itself again."""
    session.set_result(shown.trace, again=shown.question)


def number_fields() -> list[tuple[str, Field]]:
    """Fields that hold numbers: of pipes, then of nodes, with the name that a trace gathers them by."""
    pipes, nodes = fields("pipe"), fields("node")
    found = [(name, one) for name, one in pipes.items() if one.type in ("int", "real") and name not in _KEYS]
    found += [
        (f"node:{name}" if name in pipes else name, one)
        for name, one in nodes.items()
        if one.type in ("int", "real") and name not in _KEYS
    ]
    return found


_KEYS = frozenset({"from_fid", "to_fid", "batch", "arm_pipe", "fid"})


# -- commands ---------------------------------------------------------------------------------------------------------


def accumulate_here(context: Context) -> None:
    """Let the person choose the field that gathers, beside the trace that is shown."""
    from pipemap.gui.gather_box import GatherBox

    context.session.show_panel("result")
    box = context.window.findChild(GatherBox)
    if box is not None:
        box.field.setFocus()
        box.field.showPopup()


def flow_time_here(context: Context) -> None:
    """Tell how long water is on its way along the trace that is shown."""
    _show_here(context.session, Wish(FLOW_TIME))


def catchment_here(context: Context) -> None:
    """Outline what drains to the start of the trace that is shown."""
    _show_here(context.session, Wish(OUTLINE))


def _show_here(session: Session, wish: Wish) -> None:
    found = trace_of(session.result)
    if found is not None:
        show_gathered(session, found, tracer(session).question, wish)


def follows_flow(session: Session) -> bool:
    """An upstream or downstream trace is shown."""
    found = trace_of(session.result)
    return found is not None and found.type in ALONG


def goes_upstream(session: Session) -> bool:
    """An upstream trace is shown."""
    found = trace_of(session.result)
    return found is not None and found.type is TraceType.UPSTREAM
