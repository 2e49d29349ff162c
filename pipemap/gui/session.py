"""What the window shows: one survey, one selection, one result, one tool. Every panel reads it, changes it, and listens to it.

The session knows no widget. A panel calls a method here; the session changes, then tells everyone by a signal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from pipemap.errors import PipemapError
from pipemap.gui.data_checks import DataChecks
from pipemap.gui.tasks import Task, Tasks, asked
from pipemap.gui.tools import tool
from pipemap.model.columns import rows_if_there
from pipemap.model.fields import Layer
from pipemap.model.lookup import Element
from pipemap.progress import Progress
from pipemap.settings import Settings
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey

Rows = NDArray[np.int64]
View = Literal["2d", "3d"]
log = logging.getLogger(__name__)
WORTH_HOLDING = 100_000
"""Elements from which looking at the file takes longer than a person waits."""


def _rows(rows: Iterable[int] | Rows) -> Rows:
    array = np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64)
    array.flags.writeable = False
    return array


def each_once(rows: Rows) -> Rows:
    """Return rows in ascending order, each once; at once where they are so already."""
    if len(rows) > 1 and not (rows[1:] > rows[:-1]).all():
        rows = np.sort(rows)
        rows = rows[np.append(True, rows[1:] > rows[:-1])]
    return _rows(rows)


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows of nodes and pipes of ``session.network``, each once, in no order that means anything."""

    nodes: Rows = field(default_factory=lambda: _rows(()))
    pipes: Rows = field(default_factory=lambda: _rows(()))

    @classmethod
    def of(cls, *, nodes: Iterable[int] | Rows = (), pipes: Iterable[int] | Rows = ()) -> Selection:
        """From any rows, repeated or not."""
        return cls(each_once(_rows(nodes)), each_once(_rows(pipes)))

    def rows(self, layer: Layer) -> Rows:
        """The rows of one layer."""
        return self.nodes if layer == "node" else self.pipes

    def __len__(self) -> int:
        return len(self.nodes) + len(self.pipes)

    def same_as(self, other: Selection) -> bool:
        """Whether both hold the same elements."""
        return np.array_equal(self.nodes, other.nodes) and np.array_equal(self.pipes, other.pipes)

    def with_(self, other: Selection) -> Selection:
        """Both together."""
        return Selection.of(nodes=np.union1d(self.nodes, other.nodes), pipes=np.union1d(self.pipes, other.pipes))

    def toggled(self, other: Selection) -> Selection:
        """What is in one of them but not in both: what Ctrl and a click make."""
        return Selection.of(nodes=np.setxor1d(self.nodes, other.nodes), pipes=np.setxor1d(self.pipes, other.pipes))


@dataclass(frozen=True)
class Look:
    """How the map is drawn; change it with ``session.set_look(replace(session.look, colour_by="material"))``.

    Attributes
    ----------
    hidden
        Codes of categories that are not drawn: major (``PS``) or sub-categories (``YS``).
    hidden_parts
        Of ``ground``, ``labels``, ``arrows``: those not drawn. Labels are written only where the eye is near enough.
    colour_by
        ``category``, or the name of a field.
    view
        Plan or three-D.
    ground_opacity
        0 gone … 1 solid.
    exaggeration
        Heights are drawn so many times as high.
    """

    hidden: frozenset[str] = frozenset()
    hidden_parts: frozenset[str] = frozenset()
    colour_by: str = "category"
    view: View = "3d"
    ground_opacity: float = 0.35
    exaggeration: float = 1.0


@dataclass(frozen=True)
class ViewRequest:
    """Where the map is asked to look: at one element, the selection, the result, or the whole survey."""

    what: Literal["element", "selection", "result", "survey"]
    element: Element | None = None


@dataclass(frozen=True)
class Message:
    """One line for the person: ``done`` goes to the status line, ``notice`` and ``error`` to a strip above the map."""

    text: str
    level: Literal["done", "notice", "error"] = "done"
    hint: str = ""
    details: str = ""
    action: str = ""
    on_action: Callable[[], None] | None = None


class Session(QObject):
    """The one state object of a window.

    Attributes
    ----------
    survey, network
        ``None`` while nothing is open. ``network`` is an immutable snapshot, replaced after every change.
    present
        While ``survey`` is the survey as it was: the survey as it is, which waits; else ``None``.
    area
        Corners (east, north, level) of the area that was drawn on the map; empty while there is none.
    checks
        What is known to be wrong with the data.
    selection, hover, result, tool, look, workspace, dark
        Read them; change them through the methods below only.
    """

    survey_changed = Signal()
    """Another survey is open, or none. ``network_changed`` follows."""
    network_changed = Signal()
    """Another snapshot stands; the selection was carried over by ``fid``."""
    records_changed = Signal()
    """A Change was made, of the network or of what the survey keeps beside it; after ``network_changed``, if there is one."""
    selection_changed = Signal()
    hover_changed = Signal()
    area_changed = Signal()
    """An area was drawn on the map, or was taken away."""
    result_changed = Signal()
    tool_changed = Signal()
    look_changed = Signal()
    workspace_changed = Signal()
    panel_requested = Signal(str)
    """The id of a panel that should come to the front."""
    panels_changed = Signal()
    """``visible_panels`` changed."""
    language_changed = Signal()
    """Texts are to be written anew. Panels are built anew by the window; only what lives longer listens."""
    theme_changed = Signal()
    """``dark`` changed; read colours from :mod:`pipemap.gui.theme`."""
    cursor_changed = Signal(object)
    """(east, north, level or NaN) of the ground under the pointer, or ``None`` outside the map."""
    view_requested = Signal(object)
    """A :class:`ViewRequest`."""
    registered = Signal()
    """Something was entered into the hand-out register of the survey."""
    export_requested = Signal()
    """The person wants to write the survey, or a part of it, for other programs."""
    import_requested = Signal(object)
    """Paths (``list[Path]``) that are not surveys but could be imported into one; empty: let the person choose."""
    menu_requested = Signal(object, object)
    """The :class:`Element` under the pointer (or ``None``) and the global ``QPoint`` where the element's menu should open."""
    message = Signal(object)
    """A :class:`Message`."""
    crashed = Signal(object)
    """An exception that is a bug of ours."""
    settled = Signal()
    """Nothing is under way any more: no task, no part of the picture."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.survey: Survey | None = None
        self.present: Survey | None = None
        self.network: Network | None = None
        self.selection = Selection()
        self.hover: Element | None = None
        self.result: Any = None
        self.area: tuple[tuple[float, float, float], ...] = ()
        self.tool = "select"
        self.look = Look(
            ground_opacity=float(settings.value("ground_opacity")), exaggeration=float(settings.value("vertical_exaggeration"))
        )
        self.workspace = "survey"
        self.visible_panels: frozenset[str] = frozenset()
        self.dark = False
        self.tasks = Tasks(self)
        self.tasks.changed.connect(self._check_settled)
        self.checks = DataChecks(self)
        self.again: Callable[[Network], Any] | None = None
        self.on_arrival: Callable[[Network], None] = lambda _network: None  # on the thread that has read it
        self._busy: set[str] = set()
        self._leaving: list[Survey] = []

    # -- the survey ------------------------------------------------------------------------------------------------

    def open(self, path: Path | str) -> None:
        """Open a survey on another thread; the one open now is closed once the new one stands. Errors become messages."""
        wanted = Path(path)
        if self.survey is not None and self.survey.path.resolve() == wanted.resolve():
            self.show_present()
            return
        leaving = tuple(self._leaving)

        def work(progress: Progress) -> Survey:
            from pipemap.store import open_survey

            progress(0, None, _("Reading {file}").format(file=wanted.name))
            for one in leaving:
                one.close()  # under way already, perhaps; two of us in one file would make the second a reader
            survey = open_survey(wanted)
            try:
                network = survey.load(progress)
                self.on_arrival(network)
                network.weight  # noqa: B018 -- here, where it does not hold up the window
            except BaseException:
                survey.close()
                raise
            return survey

        self.run(work, _("Opening {file}").format(file=wanted.name), self.show_survey)

    def show_survey(self, survey: Survey) -> None:
        """Show a survey that is open already; it is the session's to close."""
        present, before = self.present, self._put_away()
        self.survey = survey
        self.survey_changed.emit()
        self._take_network(survey.network)
        self._leave(present)
        self._leave(before)  # only now: until they heard of the change, panels may read it
        for words in survey.notices:
            self.notice(words)
        self.settled.connect(self._hold_columns, Qt.ConnectionType.SingleShotConnection)

    def _hold_columns(self) -> None:
        """The picture stands: read what tables and the search of a large survey look at, so that they answer at once."""
        survey, network = self.survey, self.network
        if survey is None or network is None or network.node_count + network.pipe_count < WORTH_HOLDING:
            return

        def work(progress: Progress) -> None:
            progress(0, None, _("Reading what is searched"))
            survey.hold_columns(progress=progress)

        self.run(work, _("Reading what is searched"), lambda _nothing: None, quiet=True)

    def show_past(self, survey: Survey) -> None:
        """Show the survey as it was, for reading; the survey as it is waits until :meth:`show_present`."""
        before = self._exchange(survey, present=self.present or self.survey)
        self._leave(before if before is not self.present else None)

    def show_present(self) -> None:
        """Back from the survey as it was to the survey as it is."""
        if self.present is not None:
            self._leave(self._exchange(self.present, present=None))

    def _exchange(self, survey: Survey, *, present: Survey | None) -> Survey | None:
        """Show another state of the same survey: what is selected, and is there too, stays selected."""
        network, chosen, now = self.network, self.selection, survey.network
        before = self._put_away()
        self.survey, self.present = survey, present
        self.survey_changed.emit()
        if network is not None:
            self.selection = Selection.of(
                nodes=_carried(chosen.nodes, network.node_fid, now.node_fid),
                pipes=_carried(chosen.pipes, network.pipe_fid, now.pipe_fid),
            )
        self._take_network(now)
        return before

    def close(self) -> None:
        """Close the survey; the window shows the start page."""
        if self.survey is None:
            return
        present, before = self.present, self._put_away()
        self.survey_changed.emit()
        self._take_network(None)
        self._leave(before)
        self._leave(present)

    def _leave(self, survey: Survey | None) -> None:
        """Close a survey that is shown no more; a large one beside the window, because its journal is put away first."""
        if survey is None:
            return
        if survey.network.node_count + survey.network.pipe_count < WORTH_HOLDING:
            survey.close()
            return
        self._leaving.append(survey)
        self.run(lambda _progress: survey.close(), _("Closing"), lambda _nothing: self._leaving.remove(survey))

    @property
    def is_open(self) -> bool:
        """Whether a survey is shown."""
        return self.survey is not None and self.network is not None

    def refresh(self) -> None:
        """Take the survey's new snapshot after a Change; the selection is kept, the result is asked again."""
        if self.survey is None:
            return
        if self.survey.network is not self.network:
            self._take_network(self.survey.network)
        self.records_changed.emit()

    def shut_down(self) -> None:
        """Stop all work and close the survey; the session is not used again."""
        self.tasks.close()
        present, before = self.present, self._put_away()
        for survey in (*self._leaving, *(one for one in (before, present) if one is not None)):
            survey.close()

    def _put_away(self) -> Survey | None:
        """Let go of the survey and return it, to be closed."""
        before, self.survey, self.network, self.again = self.survey, None, None, None
        self.present = None
        self.selection, self.hover, self.result = Selection(), None, None
        self.set_area(())
        return before

    def _take_network(self, network: Network | None) -> None:
        before, self.network = self.network, network
        if before is not None and network is not None:
            self.selection = Selection.of(
                nodes=_carried(self.selection.nodes, before.node_fid, network.node_fid),
                pipes=_carried(self.selection.pipes, before.pipe_fid, network.pipe_fid),
            )
        self.hover = None
        with self.tasks.holding():  # the picture first, the rest after
            self.network_changed.emit()
            self.selection_changed.emit()
            self._ask_again()

    # -- what is chosen --------------------------------------------------------------------------------------------

    def select(self, selection: Selection, *, fly: bool = False) -> None:
        """Make this the selection everywhere; ``fly`` also looks at it."""
        if not selection.same_as(self.selection):
            self.selection = selection
            self.selection_changed.emit()
        if fly and len(selection):
            self.view_requested.emit(ViewRequest("selection"))

    def select_element(self, layer: Layer, row: int, *, fly: bool = False) -> None:
        """Select one element alone."""
        self.select(Selection.of(nodes=[row]) if layer == "node" else Selection.of(pipes=[row]), fly=fly)

    def set_hover(self, hover: Element | None) -> None:
        """Say what is under the pointer."""
        if hover != self.hover:
            self.hover = hover
            self.hover_changed.emit()

    def set_area(self, area: Iterable[tuple[float, float, float]]) -> None:
        """Say which area was drawn on the map; without corners there is none."""
        found = tuple(area)
        if found != self.area:
            self.area = found
            self.area_changed.emit()

    def set_result(self, result: object | None, *, again: Callable[[Network], object] | None = None) -> None:
        """Show the answer to a question (a :class:`pipemap.analysis.trace.Trace`), or none.

        ``again`` asks the question anew of a changed network, so that no result ever shows old topology; without it
        the result is dropped when the network changes.
        """
        self.result, self.again = result, again
        self.result_changed.emit()

    def set_tool(self, tool: str) -> None:
        """Enter a mode: ``select``, ``orbit``, ``trace:upstream`` …; the names are rows of :mod:`pipemap.gui.tools`."""
        if tool != self.tool:
            self.tool = tool
            self.tool_changed.emit()

    def set_look(self, look: Look) -> None:
        """Draw the map another way."""
        if look != self.look:
            self.look = look
            self.look_changed.emit()

    def set_view(self, view: View) -> None:
        """Plan or three-D."""
        self.set_look(replace(self.look, view=view))

    def set_workspace(self, workspace: str) -> None:
        """Show the panels of another job; a tool that has no business there is put down."""
        if workspace != self.workspace:
            self.workspace = workspace
            self.workspace_changed.emit()
            if not tool(self.tool).goes_to(workspace):
                self.set_tool("select")

    def set_dark(self, dark: bool) -> None:  # noqa: FBT001 -- a setter
        """Say which of the two themes is shown."""
        if dark != self.dark:
            self.dark = dark
            self.theme_changed.emit()

    def show_panel(self, panel: str) -> None:
        """Bring a panel to the front: an id of :data:`pipemap.gui.panels.PANELS`."""
        self.panel_requested.emit(panel)

    def set_visible_panels(self, panels: frozenset[str]) -> None:
        """Say which panels the window shows; the window calls this."""
        if panels != self.visible_panels:
            self.visible_panels = panels
            self.panels_changed.emit()

    def fly_to(self, layer: Layer, row: int) -> None:
        """Bring one element into view."""
        self.view_requested.emit(ViewRequest("element", Element(layer, row)))

    def _ask_again(self) -> None:
        if self.again is None or self.network is None:
            self.set_result(None)
            return
        again, network = self.again, self.network

        def done(answer: object) -> None:
            if again is self.again and network is self.network:
                self.set_result(answer, again=again)

        def failed(error: Exception) -> None:
            if again is self.again and network is self.network:
                self.set_result(None)
                self.complain(error)

        if network.pipe_count >= WORTH_HOLDING:
            self.result = None  # nothing that holds no more is shown meanwhile
            self.result_changed.emit()
            self.run(asked(lambda: again(network)), _("Tracing"), done, failed)
            return
        try:
            done(again(network))
        except PipemapError as error:
            failed(error)

    # -- work and words --------------------------------------------------------------------------------------------

    def run(
        self,
        work: Callable[[Progress], Any],
        label: str,
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None] | None = None,
        *,
        first: bool = False,
        quiet: bool = False,
    ) -> Task:
        """Run ``work(progress)`` on another thread, shown in the status bar with a cancel button.

        Of what is started when the network changes, what comes ``first`` is done and shown before the rest begins. What is
        ``quiet``, nobody waits for: it gives way to everything else.

        ``on_done(answer)`` and ``on_error(error)`` run on the window's thread; without ``on_error`` the person is told.
        Cancelled work calls neither.
        """
        return self.tasks.start(work, label, on_done=on_done, on_error=on_error or self.complain, first=first, quiet=quiet)

    def say(self, text: str, *, undo: Callable[[], None] | None = None) -> None:
        """Quiet success: a line in the status bar, with Undo beside it where there is something to undo."""
        self.message.emit(Message(text, action=_("Undo") if undo else "", on_action=undo))

    def notice(self, text: str, *, hint: str = "", action: str = "", on_action: Callable[[], None] | None = None) -> None:
        """Something to know or decide: a strip above the map."""
        self.message.emit(Message(text, "notice", hint=hint, action=action, on_action=on_action))

    def complain(self, error: Exception) -> None:
        """Tell of an error: ours as a strip with its hint, anything else as a bug with a text to copy."""
        if isinstance(error, PipemapError):
            problems: Sequence[object] = getattr(error, "problems", ())
            self.message.emit(Message(error.message, "error", hint=error.hint, details="\n".join(str(p) for p in problems)))
        else:
            self.crashed.emit(error)

    # -- whether the picture is complete ---------------------------------------------------------------------------

    def mark_busy(self, part: str) -> None:
        """Say that a part of the picture (``scene``, ``node table``) is not complete yet."""
        self._busy.add(part)

    def mark_ready(self, part: str) -> None:
        """Say that it is."""
        self._busy.discard(part)
        self._check_settled()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way: no task, no part of the picture."""
        return not self._busy and not self.tasks.running

    def _check_settled(self) -> None:
        if self.is_settled:
            self.settled.emit()


def _carried(rows: Rows, before: NDArray[np.int64], after: NDArray[np.int64]) -> Rows:
    """Rows of ``after`` that hold the same keys as ``rows`` of ``before``; keys that are gone drop out."""
    found = rows_if_there(after, before[rows])
    return _rows(found[found >= 0])
