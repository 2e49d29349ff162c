"""What the commands of the View and Select menus do."""

from __future__ import annotations

from pipemap.gui.commands import Context
from pipemap.gui.palette import Palette, palette_of
from pipemap.gui.search_box import SearchBox
from pipemap.gui.session import Selection, ViewRequest


def show_plan(context: Context) -> None:
    """Look from straight above."""
    context.session.set_view("2d")


def show_three_d(context: Context) -> None:
    """Look in three-D."""
    context.session.set_view("3d")


def fit(context: Context) -> None:
    """Look at what matters: the selection, else the result, else everything."""
    session = context.session
    what = "selection" if len(session.selection) else "result" if session.result is not None else "survey"
    session.view_requested.emit(ViewRequest(what))  # type: ignore[arg-type]  # one of its three words


def home(context: Context) -> None:
    """Look at the whole survey."""
    context.session.view_requested.emit(ViewRequest("survey"))


def find(context: Context) -> None:
    """Put the cursor into the find box."""
    box = context.window.toolbar.findChild(SearchBox)
    if box is not None:
        box.take_focus()


def show_palette(context: Context) -> None:
    """Open the command palette."""
    (palette_of(context.window) or Palette(context)).open()


def switch_theme(context: Context) -> None:
    """From light to dark and back."""
    context.session.settings.set("theme", "light" if context.session.dark else "dark")


def full_screen(context: Context) -> None:
    """Fill the screen, or stop doing so."""
    window = context.window
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def toggle_panel(context: Context, panel: str) -> None:
    """Show or close a panel."""
    context.window.toggle_panel(panel)


def start_select(context: Context) -> None:
    """Back to selecting."""
    context.session.set_tool("select")


def select_nothing(context: Context) -> None:
    """Let go of the selection."""
    context.session.select(Selection())
