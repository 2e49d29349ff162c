from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from pipemap import assets
from pipemap.gui import theme
from pipemap.gui.icons import icon
from pipemap.gui.session import Session

both = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
TEXTS = [(token.name, ground) for token in theme.TOKENS for ground in token.text_on]


@both
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read_on_each_of_its_grounds(text: str, ground: str, dark: bool) -> None:  # noqa: FBT001
    tokens = theme.colours(dark)
    assert theme.contrast(tokens[text], tokens[ground]) >= 4.5


@both
def test_the_focus_and_the_selection_stand_out(dark: bool) -> None:  # noqa: FBT001
    tokens = theme.colours(dark)
    assert theme.contrast(tokens["focus"], tokens["panel"]) >= 3
    for ground in ("map_top", "map_bottom"):
        assert theme.contrast(tokens["selection"], tokens[ground]) >= 3


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@both
def test_the_style_sheet_is_complete(dark: bool) -> None:  # noqa: FBT001
    sheet = theme.style_sheet(dark=dark, text_size=10)
    assert "$" not in sheet
    pictures = [part.split('"')[0] for part in sheet.split('url("')[1:]]
    assert pictures
    for picture in pictures:
        assert assets.resource("icons", "dark" if dark else "light", picture.rsplit("/", 1)[1]).is_file()


def test_the_theme_is_changed_while_the_window_stands(qapp: QApplication, session: Session) -> None:
    session.settings.set("theme", "dark")
    assert session.dark is True
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme.colours(True)["panel"]  # noqa: FBT003
    session.settings.set("theme", "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme.colours(False)["panel"]  # noqa: FBT003


@pytest.mark.usefixtures("qapp")
def test_icons_follow_the_theme(session: Session) -> None:
    made = icon("folder-open")

    def strongest() -> str:
        picture = made.pixmap(32, 32).toImage()
        points = [picture.pixelColor(x, y) for x in range(32) for y in range(32)]
        return max(points, key=lambda point: point.alpha()).name()

    session.settings.set("theme", "light")
    light = strongest()
    session.settings.set("theme", "dark")
    assert light != strongest()


@pytest.mark.usefixtures("qapp")
def test_chinese_fonts_stand_behind_the_system_font() -> None:
    families = theme.window_font(10).families()
    assert len(families) == len(set(families))
    assert families
