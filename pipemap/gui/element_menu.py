"""What can be done with one element: the menu under the right mouse button, on the map and in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from pipemap.analysis.trace import TraceType
from pipemap.gui.clipboard import copy_of
from pipemap.gui.edit_menu import add_edits
from pipemap.gui.icons import icon
from pipemap.gui.session import ViewRequest
from pipemap.gui.shutoff_tools import planner
from pipemap.gui.trace_question import Place, Question, trace_of
from pipemap.gui.trace_tools import tracer
from pipemap.model.trace_settings import LEAK, WAYS
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.lookup import Element

TRACES: tuple[tuple[str, str, str], ...] = (
    (TraceType.UPSTREAM, N_("Upstream from here"), "arrow-line-up"),
    (TraceType.DOWNSTREAM, N_("Downstream from here"), "arrow-line-down"),
    (TraceType.CONNECTED, N_("Connected with this"), "share-network"),
    (TraceType.SUBNETWORK, N_("Supply area of this"), "drop"),
    (TraceType.LOOPS, N_("Loops around this"), "arrows-clockwise"),
    (LEAK, N_("Where a leak here can spread"), "wind"),
)

FROM_HERE: tuple[tuple[str, str, str], ...] = (
    (TraceType.SHORTEST_PATH, N_("Shortest path from here"), "path"),
    (WAYS, N_("Several ways from here"), "git-fork"),
    (TraceType.BETWEEN, N_("What lies between here and …"), "arrows-in-line-horizontal"),
)
"""Questions that then ask for their end."""


def element_menu(
    session: Session, element: Element, parent: QWidget, *, place: tuple[float, float, float] | None = None
) -> QMenu:
    """Return the menu of an element; the caller opens it. ``place``: where on the element it was asked for."""
    network = session.network
    assert network is not None  # noqa: S101 -- an element comes from a network
    name = network.element_id(element)
    here, traces = Place.of(network, element), tracer(session)
    start = Place.of(network, element, place)
    menu = QMenu(parent)
    menu.setAccessibleName(name)
    head = menu.addAction(name)
    head.setEnabled(False)
    menu.addSeparator()
    for kind, title, picture in TRACES:
        action = menu.addAction(icon(picture), _(title))
        action.setObjectName(f"trace.{kind}")
        question = Question(kind, (start,), barriers=traces.barriers, settings=traces.settings)
        action.triggered.connect(lambda _on=False, question=question: traces.ask(question))
    for kind, title, picture in FROM_HERE:
        path = menu.addAction(icon(picture), _(title))
        path.setObjectName(f"trace.{kind}")
        path.triggered.connect(lambda _on=False, kind=kind: _start_path(session, element, kind, place))
    if trace_of(session.result) is not None:
        why = menu.addAction(icon("question"), _("Why?"))
        why.setObjectName("trace.why")
        why.triggered.connect(lambda: traces.explain(element))
    shut = menu.addAction(icon("drop-half"), _("Shut off here"))
    shut.setObjectName("shutoff")
    shut.triggered.connect(lambda: planner(session).click(element))
    words = _("Take the barrier away") if here in traces.barriers else _("Place a barrier here")
    barrier = menu.addAction(icon("prohibit"), words)
    barrier.setObjectName("trace.barrier")
    barrier.triggered.connect(lambda: traces.toggle_barrier(element))
    add_edits(menu, session, element, place)
    menu.addSeparator()
    zoom = menu.addAction(icon("magnifying-glass-plus"), _("Zoom to this"))
    zoom.setObjectName("zoom")
    zoom.triggered.connect(lambda: session.fly_to(element.layer, element.row))
    copy = menu.addAction(icon("copy"), _("Copy id"))
    copy.setObjectName("copy")
    copy.triggered.connect(lambda: copy_of(session, element, name))
    return menu


def ground_menu(session: Session, place: tuple[float, float, float] | None, parent: QWidget) -> QMenu:
    """Return the menu of a place where nothing lies."""
    menu = QMenu(parent)
    whole = menu.addAction(icon("house-line"), _("Whole survey"))
    whole.triggered.connect(lambda: session.view_requested.emit(ViewRequest("survey")))
    if session.result is not None:
        clear = menu.addAction(icon("eraser"), _("Clear the result"))
        clear.triggered.connect(lambda: session.set_result(None))
    if place is not None:
        words = f"{place[0]:.3f}, {place[1]:.3f}"
        copy = menu.addAction(icon("copy"), _("Copy coordinates"))
        copy.setObjectName("copy")
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(words))
    return menu


def _start_path(session: Session, element: Element, kind: str, place: tuple[float, float, float] | None) -> None:
    session.set_tool(f"trace:{kind}")
    traces = tracer(session)
    traces.step_back()
    traces.click(element, kind, point=place)
