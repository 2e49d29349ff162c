from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pipemap.gui import theme
from pipemap.gui.task_bar import STEP_MS, TaskBar


def _shown(qtbot: QtBot) -> TaskBar:
    bar = TaskBar()
    qtbot.addWidget(bar)
    bar.resize(120, 6)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def _accents(bar: TaskBar) -> list[int]:
    """Columns in which the bar has the colour of what is done."""
    picture: QImage = bar.grab().toImage()
    wanted = theme.colour("accent").name()
    return [x for x in range(picture.width()) if picture.pixelColor(x, picture.height() // 2).name() == wanted]


def test_what_is_known_is_a_share_and_nothing_moves(qtbot: QtBot) -> None:
    bar = _shown(qtbot)
    bar.show_share(0.5)
    assert bar.value() == 500
    assert not any(timer.isActive() for timer in bar.findChildren(QTimer))


def test_what_is_not_known_wanders_by_slow_steps_and_only_while_it_is_seen(qtbot: QtBot) -> None:
    bar = _shown(qtbot)
    bar.show_share(None)
    (beat,) = bar.findChildren(QTimer)
    assert beat.isActive()
    assert beat.interval() == STEP_MS >= 250  # each step lays the whole window together anew
    before = _accents(bar)
    beat.timeout.emit()
    after = _accents(bar)
    assert before
    assert after
    assert min(after) > max(before)
    bar.hide()
    assert not beat.isActive()
    bar.show_share(1.0)
