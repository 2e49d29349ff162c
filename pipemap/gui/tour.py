"""How a person would take the walk of :mod:`pipemap.bench.walk` through the window, with a watchdog beside.

``python -m pipemap.gui.tour CITY [STEP…]`` drives the real window and writes one line of JSON a step.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from pipemap.bench.walk import SIZE, STEPS, Step
from pipemap.errors import PipemapError
from pipemap.gui.app import load_ahead, make_application
from pipemap.gui.appearance import Appearance
from pipemap.gui.element_table import PipeTable
from pipemap.gui.gl_widget import GLWidget
from pipemap.gui.map_view import MapView
from pipemap.gui.recent import Memory
from pipemap.gui.search_box import SearchBox
from pipemap.gui.session import Selection, Session
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.watchdog import Block, Watchdog
from pipemap.gui.window import MainWindow
from pipemap.settings import Settings
from pipemap.startup import keep_memory, leave_pandas_out
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.lookup import Element
    from pipemap.progress import Progress

SELECTED = 100_000
_TURNS = 24
_CALM_TURNS = 5
_PATIENCE = 180.0


class Guide:
    """Leads the walk: does each step, waits until all is calm, and notes what the watchdog saw."""

    def __init__(self, window: MainWindow, session: Session, dog: Watchdog, tell: Callable[[Step], None]) -> None:
        self._window, self._session, self._dog, self._tell = window, session, dog, tell
        self._map = cast("MapView", window.map)
        self._canvas = cast("GLWidget", self._map.findChild(GLWidget))
        self._frames: list[float] = []
        self._pictured: tuple[float, float] | None = None
        self._canvas.frameSwapped.connect(self._note_frame)

    def walk(self, city: Path, names: Sequence[str] = tuple(STEPS)) -> None:
        """Take every step, or some of them."""
        acts = self._acts(city)
        for name in names:
            self.step(name, acts[name])

    def _acts(self, city: Path) -> Mapping[str, Callable[[], object]]:
        """How each step is done."""
        session = self._session
        return {
            "open": lambda: session.open(city),
            "turn-city": self._turn,
            "zoom": self._zoom,
            "turn-street": self._turn,
            "home": lambda: self._run("view.home"),
            "select": self._select_many,
            "trace": self._trace,
            "clear": lambda: session.set_result(None),
            "table": lambda: session.show_panel("pipes"),
            "sort": lambda: self._table()._sort_by(4),  # noqa: SLF001 -- what a click on the heading does
            "scroll": self._scroll,
            "filter": self._filter,
            "unfilter": self._unfilter,
            "select-all": self._select_all,
            "select-nothing": lambda: session.select(Selection()),
            "search": self._search,
            "hide": lambda: session.set_look(replace(session.look, hidden=frozenset({"PS"}))),
            "show": lambda: session.set_look(replace(session.look, hidden=frozenset())),
            "colour-material": lambda: session.set_look(replace(session.look, colour_by="material")),
            "colour-diameter": lambda: session.set_look(replace(session.look, colour_by="diameter_mm")),
            "theme": lambda: self._run("view.theme"),
            "problems": lambda: session.show_panel("problems"),
            "edit": self._edit,
            "undo": lambda: self._run("edit.undo"),
            "export": self._export,
            "close": session.close,
        }

    def step(self, name: str, act: Callable[[], object]) -> None:
        """Do something, and tell what became of it once nothing is under way any more."""
        self._begin()
        began, computed = time.perf_counter(), time.process_time()
        act()
        self._settle()
        spent, slowest = time.perf_counter() - began, self._dog.slowest
        blocks = sorted(self._dog.take(), key=lambda block: -block.seconds)
        worst = blocks[0] if blocks else Block(0.0, 0.0, "", ())
        beside = next((block for block in blocks if not block.culprit.startswith("scene/")), Block(0.0, 0.0, "", ()))
        stands = self._pictured or (began, computed)
        self._tell(
            Step(
                name,
                STEPS[name],
                spent,
                slowest,
                longest=worst.seconds,
                busy=worst.busy_seconds,
                queued=worst.queued_seconds,
                culprit=worst.culprit,
                blocks=len(blocks),
                beside=beside.seconds,
                beside_culprit=beside.culprit,
                frames=tuple(later - sooner for sooner, later in pairwise(self._frames)),
                picture=stands[0] - began,
                picture_cpu=stands[1] - computed,
            )
        )

    def _begin(self) -> None:
        self._dog.take()
        self._frames.clear()
        self._pictured = None

    def _note_frame(self) -> None:
        """A picture came onto the screen."""
        self._frames.append(time.perf_counter())
        if self._pictured is None and self._map.drawn is not None and self._map.scene.is_complete:
            self._pictured = time.perf_counter(), time.process_time()

    def _settle(self) -> None:
        """Let the window live until nothing is under way for a few turns."""
        calm, until = 0, time.perf_counter() + _PATIENCE
        while calm < _CALM_TURNS and time.perf_counter() < until:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.005)
            calm = calm + 1 if self._session.is_settled else 0

    # -- what a hand does --------------------------------------------------------------------------------------------

    def _run(self, command: str) -> None:
        self._window.actions_by_id[command].trigger()

    def _turn(self) -> None:
        """Drag with the right button, a frame at a time."""
        canvas = self._canvas
        middle = QPoint(canvas.width() // 2, canvas.height() // 2)
        self._mouse(QEvent.Type.MouseButtonPress, middle, Qt.MouseButton.RightButton)
        for turn in range(1, _TURNS + 1):
            self._mouse(QEvent.Type.MouseMove, middle + QPoint(6 * turn, 2 * turn), Qt.MouseButton.NoButton)
            QApplication.processEvents()
        self._mouse(QEvent.Type.MouseButtonRelease, middle + QPoint(6 * _TURNS, 2 * _TURNS), Qt.MouseButton.RightButton)

    def _mouse(self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.RightButton
        place, over = QPointF(at), QPointF(self._canvas.mapToGlobal(at))
        event = QMouseEvent(kind, place, over, button, held, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(self._canvas, event)

    def _zoom(self) -> None:
        """Turn the wheel over the middle, step by step."""
        middle = QPointF(self._canvas.width() / 2, self._canvas.height() / 2)
        for _turn in range(_TURNS):
            event = QWheelEvent(
                middle, self._canvas.mapToGlobal(middle), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QCoreApplication.sendEvent(self._canvas, event)
            QApplication.processEvents()

    def _select_many(self) -> None:
        network = self._session.network
        assert network is not None  # noqa: S101 -- opened by the first step
        self._session.show_panel("properties")
        self._session.select(Selection.of(pipes=np.arange(min(SELECTED, network.pipe_count))))

    def _trace(self) -> None:
        from pipemap.analysis.trace import TraceType
        from pipemap.model.lookup import Element

        network = self._session.network
        assert network is not None  # noqa: S101 -- opened by the first step
        sizes = np.bincount(network.component[network.pipe_ends[:, 0]])
        start: Element = Element("node", int(np.flatnonzero(network.component == int(np.argmax(sizes)))[0]))
        tracer(self._session).ask(Question(TraceType.CONNECTED, (Place.of(network, start),)))

    def _table(self) -> PipeTable:
        return cast("PipeTable", self._window.findChild(PipeTable))

    def _scroll(self) -> None:
        bar = self._table().view.verticalScrollBar()
        for turn in range(1, _TURNS + 1):
            bar.setValue(bar.maximum() * turn // _TURNS)
            QApplication.processEvents()

    def _filter(self) -> None:
        bar = self._table().filter_bar
        bar.column.setCurrentIndex(bar.column.findData("diameter_mm"))
        bar.operator.setCurrentIndex(bar.operator.findData(">="))
        bar.value.setText("300")
        bar.add()

    def _unfilter(self) -> None:
        self._table().filter_bar.clear()

    def _select_all(self) -> None:
        self._table().view.selectAll()

    def _search(self) -> None:
        box = cast("SearchBox", self._window.findChild(SearchBox))
        box.setFocus()
        box.setText("1024")
        box.go()

    def _edit(self) -> None:
        session, survey = self._session, self._session.survey
        assert survey is not None  # noqa: S101 -- opened by the first step
        assert session.network is not None  # noqa: S101
        name = f"#{session.network.pipe_fid[0]}"

        def work(_progress: Progress) -> None:
            with survey.edit(_("Edit one pipe")) as one:
                one.update("pipe", name, note="bench")
            survey.network  # noqa: B018 -- read here, where it does not hold up the window

        session.run(work, _("Edit one pipe"), lambda _nothing: session.refresh())

    def _export(self) -> None:
        survey = self._session.survey
        assert survey is not None  # noqa: S101 -- opened by the first step
        self._table().export_rows(survey.path.with_name("exported.csv"))


def main(words: Sequence[str]) -> int:
    """Walk, and write one line of JSON a step."""
    leave_pandas_out()
    keep_memory()
    city, names = Path(words[0]), words[1:] or tuple(STEPS)
    with tempfile.TemporaryDirectory(prefix="pipemap-tour-", dir=city.parent) as folder:
        copy = Path(shutil.copy(city, Path(folder) / city.name))  # it is edited
        application = make_application()
        session = Session(Settings(Path(folder) / "settings.json"))
        Appearance(application, session, language="en")
        window = MainWindow(session, Memory(Path(folder) / "memory"))
        window.resize(*SIZE)
        load_ahead()
        window.show()
        complaints: list[str] = []
        session.crashed.connect(lambda error: complaints.append(repr(error)))
        try:
            with Watchdog() as dog:
                application.processEvents()
                Guide(window, session, dog, _tell).walk(copy, names)
        finally:
            window.close()
            window.deleteLater()
            application.processEvents()
        for words_said in complaints:
            sys.stderr.write(words_said + "\n")
        return 70 if complaints else 0


def _tell(step: Step) -> None:
    sys.stdout.write(json.dumps(dataclasses.asdict(step)) + "\n")
    sys.stdout.flush()
    stands = f", picture after {step.picture:.2f} s ({step.picture_cpu:.2f} s computed)" if step.picture else ""
    sys.stderr.write(
        f"{step.title}: {step.seconds:.2f} s{stands}, slowest {step.slowest * 1000:.0f} ms, {step.blocks} blocks: "
        f"{step.longest * 1000:.0f} ms (computing {step.busy * 1000:.0f}, queued {step.queued * 1000:.0f}) {step.culprit}"
        f" · {step.beside * 1000:.0f} ms {step.beside_culprit}\n"
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PipemapError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)
