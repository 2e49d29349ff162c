"""The two themes from one table of colours: style sheet, palette, icons, plots and the map's ground all read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from pipemap import assets
from pipemap.texts import language


@dataclass(frozen=True, slots=True)
class Token:
    """One colour by what it is for. ``text_on`` names the grounds on which it is used for text (contrast at least 4.5:1)."""

    name: str
    light: str
    dark: str
    text_on: tuple[str, ...] = ()


_GROUNDS = ("window", "panel", "raised", "hover", "strip")

TOKENS: tuple[Token, ...] = (
    # grounds
    Token("window", "#f1f3f6", "#12161c"),  # behind panels, status bar
    Token("panel", "#ffffff", "#1a1f27"),  # docks, toolbar, dialogs
    Token("raised", "#f7f8fa", "#222932"),  # fields, cards, headers
    Token("hover", "#e9edf2", "#29313c"),
    Token("pressed", "#dce2e9", "#343e4b"),
    Token("strip", "#eef2f7", "#20262f"),  # title bars of docks
    Token("selected", "#d7e6fa", "#1d3d63"),
    Token("card", "#ffffff", "#232a34"),  # floats above the map: hover card, menus, palette
    # lines
    Token("line", "#dde2e8", "#2b333e"),
    Token("line_strong", "#b9c1cb", "#465160"),
    Token("focus", "#1766c8", "#5aa7ff"),
    # text
    Token("text", "#1a222d", "#e7ebf1", (*_GROUNDS, "selected", "card", "pressed")),
    Token("text_2", "#505b69", "#a9b4c1", (*_GROUNDS, "card")),
    Token("text_off", "#98a1ac", "#626d7a"),  # what cannot be used now
    Token("accent", "#1766c8", "#5aa7ff", ("panel", "raised", "window", "card")),
    Token("accent_hover", "#1257ad", "#7ab8ff"),
    Token("on_accent", "#ffffff", "#08131f", ("accent", "accent_hover")),
    Token("accent_soft", "#e3eefb", "#1b3350"),
    # what happened
    Token("error", "#b3261e", "#ff8a80", ("panel", "raised", "card", "error_soft")),
    Token("error_soft", "#fdecea", "#3a1f1f"),
    Token("warning", "#835400", "#f2b84b", ("panel", "raised", "card", "warning_soft")),
    Token("warning_soft", "#fdf3dd", "#352a14"),
    Token("success", "#1c7043", "#5fcf92", ("panel", "raised", "card", "success_soft")),
    Token("success_soft", "#e2f5ea", "#16301f"),
    # the map
    Token("map_top", "#fbfbf9", "#161b22"),
    Token("map_bottom", "#e9ecef", "#0c0f13"),
    Token("ground", "#c9c3b4", "#3a4450"),
    Token("grid", "#aab2bb", "#4a5563"),
    Token("label", "#1a222d", "#e7ebf1", ("map_top", "map_bottom")),
    Token("halo", "#ffffff", "#0c0f13"),
    Token("selection", "#e65100", "#ffd54a"),
    # plots
    Token("plot", "#ffffff", "#1a1f27"),
    Token("plot_axis", "#505b69", "#a9b4c1", ("plot",)),
)
"""Every colour of the window."""

FAMILIES = (
    *("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "Microsoft YaHei", "PingFang SC"),
    *("WenQuanYi Micro Hei", "Droid Sans Fallback"),
)
"""Fonts with Chinese characters as China writes them, best first; asked after the system's own."""

GENERIC = ("", "sans", "sans serif", "dejavu sans", "helvetica", "bitstream vera sans")
"""What Qt falls back to where the desktop names no font of its own."""


@cache
def colours(dark: bool) -> Mapping[str, str]:  # noqa: FBT001 -- the theme itself
    """Colours by name, ``#rrggbb``."""
    return {token.name: token.dark if dark else token.light for token in TOKENS}


def colour(name: str, *, dark: bool | None = None) -> QColor:
    """One colour of the theme shown now, or of the one asked for."""
    return QColor(colours(is_dark() if dark is None else dark)[name])


def is_dark() -> bool:
    """Whether the application shows the dark theme now."""
    application = QApplication.instance()
    return bool(application and application.property("pipemap_dark"))


def system_is_dark() -> bool:
    """Whether the desktop asks for dark windows."""
    from PySide6.QtCore import Qt

    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply_theme(application: QApplication, *, dark: bool, text_size: float) -> None:
    """Give the application one of the two themes."""
    application.setProperty("pipemap_dark", dark)
    application.setFont(window_font(text_size))
    application.setPalette(_palette(colours(dark)))
    # Where a sheet stands already Qt applies the new one to each widget once for every widget that it lies in. Taken away and
    # set anew it reaches each of them once, which is several times as quick; and without a sheet the style tells its name.
    application.setStyleSheet("")
    if application.style().objectName() != "fusion":
        application.setStyle("Fusion")
        application.setPalette(_palette(colours(dark)))
    application.setStyleSheet(style_sheet(dark=dark, text_size=text_size))


def window_font(text_size: float) -> QFont:
    """The system's font, with Chinese fonts behind it; a readable one where the system names none."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    known = set(QFontDatabase.families())
    chinese = [family for family in FAMILIES if family in known]
    own = [] if system.family().lower() in GENERIC and chinese else [system.family()]
    font = QFont(system)
    font.setFamilies([*own, *chinese])
    font.setPointSizeF(text_size)
    if language() == "en":
        font.setFeature(QFont.Tag("pwid"), 1)  # else a Chinese font gives ’ and “ the width of a character
    return font


def style_sheet(*, dark: bool, text_size: float) -> str:
    """The style sheet with this theme's colours and sizes filled in."""
    icons = assets.resource("icons", "dark" if dark else "light").as_posix()
    points = {"size": text_size, "small": text_size - 1, "large": text_size + 2, "title": text_size * 2}
    sizes = {name: f"{size:g}pt" for name, size in points.items()}
    template = Template(assets.resource("styles", "window.qss").read_text(encoding="utf-8"))
    return template.substitute(colours(dark), icons=icons, **sizes)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


DARK_END = 0.04045
"""Below this sRGB is linear."""


def _luminance(text: str) -> float:
    parts = [int(text[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= DARK_END else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _palette(tokens: Mapping[str, str]) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: "panel",
        role.WindowText: "text",
        role.Base: "panel",
        role.AlternateBase: "raised",
        role.Text: "text",
        role.Button: "panel",
        role.ButtonText: "text",
        role.ToolTipBase: "card",
        role.ToolTipText: "text",
        role.PlaceholderText: "text_2",
        role.Highlight: "selected",
        role.HighlightedText: "text",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.BrightText: "error",
        role.Light: "raised",
        role.Midlight: "hover",
        role.Mid: "line",
        role.Dark: "line_strong",
        role.Shadow: "line_strong",
        role.Accent: "accent",
    }
    for one, name in pairs.items():
        palette.setColor(one, QColor(tokens[name]))
    for one in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(tokens["text_off"]))
    return palette
