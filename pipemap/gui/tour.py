"""A walk through the window on a large city, as a person would take it, with a watchdog beside: ``pipemap bench --window``.

``python -m pipemap.gui.tour CITY`` drives the real window and writes one line of JSON a step.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from pipemap.errors import PipemapError, RenderError
from pipemap.gui.app import make_application
from pipemap.gui.appearance import Appearance
from pipemap.gui.element_table import PipeTable
from pipemap.gui.gl_widget import GLWidget
from pipemap.gui.recent import Memory
from pipemap.gui.search_box import SearchBox
from pipemap.gui.session import Selection, Session
from pipemap.gui.trace_question import Place, Question
from pipemap.gui.trace_tools import tracer
from pipemap.gui.watchdog import Block, Watchdog
from pipemap.gui.window import MainWindow
from pipemap.settings import Settings
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.lookup import Element
    from pipemap.progress import Progress

SIZE = (1600, 1000)
SELECTED = 100_000
_TURNS = 24
_CALM_TURNS = 5
_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk, measured.

    Attributes
    ----------
    title
        What was done, to be translated.
    seconds
        Until nothing was under way any more.
    longest, busy
        Longest time in which the window did not answer, and how much of it its thread was computing; 0 when there was none
        over the watchdog's limit.
    culprit
        What held it up.
    blocks
        How often.
    beside, beside_culprit
        The same of the longest block that was not the drawing of the picture.
    frames
        Seconds between one picture of the map and the next, for the frames of a drag.
    """

    title: str
    seconds: float
    longest: float
    busy: float
    culprit: str
    blocks: int
    beside: float = 0.0
    beside_culprit: str = ""
    frames: tuple[float, ...] = ()


def tour(city: Path) -> list[Step]:
    """Walk through the window in a process of its own, under a virtual display where there is none.

    Raises
    ------
    RenderError
        There is no display and no Xvfb, or the window ended before the walk did.
    """
    words = [sys.executable, "-m", "pipemap.gui.tour", str(city)]
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        xvfb = shutil.which("xvfb-run")
        if xvfb is None:
            raise RenderError(
                _("There is no display to open a window on."), _("Install Xvfb, or start it where there is a display.")
            )
        words = [xvfb, "-a", "-s", f"-screen 0 {SIZE[0]}x{SIZE[1]}x24", *words]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)  # noqa: S603 -- ourselves
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        raise RenderError(_("The window ended after {n} steps (exit code {code}).").format(n=len(lines), code=done.returncode))
    return [Step(**{**told, "frames": tuple(told["frames"])}) for told in map(json.loads, lines)]


class Guide:
    """Leads the walk: does each step, waits until all is calm, and notes what the watchdog saw."""

    def __init__(self, window: MainWindow, session: Session, dog: Watchdog, tell: Callable[[Step], None]) -> None:
        self._window, self._session, self._dog, self._tell = window, session, dog, tell
        self._map = window.map
        self._canvas = cast("GLWidget", self._map.findChild(GLWidget))
        self._frames: list[float] = []
        self._canvas.frameSwapped.connect(lambda: self._frames.append(time.perf_counter()))

    def walk(self, city: Path) -> None:
        """Take every step."""
        for title, act in self._steps(city):
            self._step(title, act)

    def _steps(self, city: Path) -> list[tuple[str, Callable[[], object]]]:
        session = self._session
        return [
            (N_("Open the survey"), lambda: session.open(city)),
            (N_("Turn the whole city"), self._turn),
            (N_("Zoom to a street"), self._zoom),
            (N_("Turn in the street"), self._turn),
            (N_("Show the whole city again"), lambda: self._run("view.home")),
            (N_("Select 100,000 pipes"), self._select_many),
            (N_("Trace everything connected"), self._trace),
            (N_("Clear the result"), lambda: session.set_result(None)),
            (N_("Open the table of pipes"), lambda: session.show_panel("pipes")),
            (N_("Sort it"), lambda: self._table()._sort_by(4)),  # noqa: SLF001 -- what a click on the heading does
            (N_("Scroll it"), self._scroll),
            (N_("Filter it"), self._filter),
            (N_("Show all rows again"), self._unfilter),
            (N_("Select all rows"), self._select_all),
            (N_("Select nothing"), lambda: session.select(Selection())),
            (N_("Search"), self._search),
            (N_("Hide a layer"), lambda: session.set_look(replace(session.look, hidden=frozenset({"PS"})))),
            (N_("Show it again"), lambda: session.set_look(replace(session.look, hidden=frozenset()))),
            (N_("Colour by material"), lambda: session.set_look(replace(session.look, colour_by="material"))),
            (N_("Colour by diameter"), lambda: session.set_look(replace(session.look, colour_by="diameter_mm"))),
            (N_("Change the theme"), lambda: self._run("view.theme")),
            (N_("Show the problems"), lambda: session.show_panel("problems")),
            (N_("Edit one pipe"), self._edit),
            (N_("Undo"), lambda: self._run("edit.undo")),
            (N_("Export the table"), self._export),
            (N_("Close the survey"), session.close),
        ]

    def _step(self, title: str, act: Callable[[], object]) -> None:
        self._dog.take()
        self._frames.clear()
        began = time.perf_counter()
        act()
        self._settle()
        spent = time.perf_counter() - began
        blocks = sorted(self._dog.take(), key=lambda block: -block.seconds)
        frames = tuple(later - sooner for sooner, later in pairwise(self._frames))
        worst = blocks[0] if blocks else Block(0.0, 0.0, "", ())
        beside = next((block for block in blocks if not block.culprit.startswith("scene/")), Block(0.0, 0.0, "", ()))
        held = (worst.seconds, worst.busy_seconds, worst.culprit, len(blocks))
        self._tell(Step(title, spent, *held, beside.seconds, beside.culprit, frames))

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
    city = Path(words[0])
    with tempfile.TemporaryDirectory(prefix="pipemap-tour-", dir=city.parent) as folder:
        copy = Path(shutil.copy(city, Path(folder) / city.name))  # it is edited
        application = make_application()
        session = Session(Settings(Path(folder) / "settings.json"))
        Appearance(application, session, language="en")
        window = MainWindow(session, Memory(Path(folder) / "memory"))
        window.resize(*SIZE)
        window.show()
        complaints: list[str] = []
        session.crashed.connect(lambda error: complaints.append(repr(error)))
        try:
            with Watchdog() as dog:
                Guide(window, session, dog, _tell).walk(copy)
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
    sys.stderr.write(
        f"{step.title}: {step.seconds:.2f} s, {step.longest * 1000:.0f} ms {step.culprit}"
        f" · {step.beside * 1000:.0f} ms {step.beside_culprit}\n"
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PipemapError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)
