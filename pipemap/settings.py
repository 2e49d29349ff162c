"""What a person can set, one row each; kept in one JSON file in the user's own folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipemap.errors import SettingsError
from pipemap.texts import N_, _

SettingValue = str | float | bool
FOLDER_VARIABLE = "PIPEMAP_CONFIG"
"""Environment variable that puts settings and recent files into another folder (tests, portable installations)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a person can set.

    Attributes
    ----------
    choices
        (value, title) pairs for ``choice``; titles are translated on display.
    low, high, step
        Bounds of a ``number``.
    """

    name: str
    default: SettingValue
    type: Literal["choice", "number", "text", "switch"]
    group: str
    label: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    unit: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "language",
        "system",
        "choice",
        N_("Appearance"),
        N_("Language"),
        N_("Language of the window, of messages and of reports."),
        choices=(("system", N_("As the system")), ("zh", "中文"), ("en", "English")),
    ),
    Setting(
        "theme",
        "system",
        "choice",
        N_("Appearance"),
        N_("Theme"),
        N_("Light or dark; pipe colours change with it so that they stay visible."),
        choices=(("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark"))),
    ),
    Setting(
        "text_size",
        10.0,
        "number",
        N_("Appearance"),
        N_("Text size"),
        N_("Size of the window's text."),
        low=8.0,
        high=16.0,
        step=0.5,
        unit="pt",
    ),
    Setting(
        "ground_opacity",
        0.35,
        "number",
        N_("Map"),
        N_("Ground opacity"),
        N_("How solid the ground is when a survey opens: 0 is gone, 1 hides what lies below."),
        step=0.05,
    ),
    Setting(
        "vertical_exaggeration",
        1.0,
        "number",
        N_("Map"),
        N_("Vertical exaggeration"),
        N_("Heights are drawn so many times as high when a survey opens."),
        low=1.0,
        high=20.0,
        step=0.5,
        unit="×",
    ),
    Setting(
        "open_last",
        False,  # noqa: FBT003 -- the value of a row
        "switch",
        N_("Start"),
        N_("Open the last survey at start"),
        N_("Otherwise the program starts with the list of recent surveys."),
    ),
    Setting(
        "hand_out_area",
        25.0,
        "number",
        N_("Hand-outs"),
        N_("Area that asks for approval"),
        N_("An export that covers more names a recipient and who approved it. A survey may have a limit of its own."),
        low=0.0,
        high=100_000.0,
        step=1.0,
        unit="km²",
    ),
    Setting(
        "backups_kept",
        7.0,
        "number",
        N_("Start"),
        N_("Backups kept"),
        N_("A survey is copied before the first change of a day and before an import; the oldest copies go. 0 makes none."),
        low=0.0,
        high=60.0,
        step=1.0,
    ),
    Setting(
        "squeeze_near",
        100.0,
        "number",
        N_("Shut-off"),
        N_("A valve is near within"),
        N_("Where none is, a gas pipe of polyethylene may be squeezed. Our own figure, no standard's: ask your operator."),
        low=0.0,
        high=5_000.0,
        step=10.0,
        unit="m",
    ),
    Setting(
        "squeeze_largest",
        250.0,
        "number",
        N_("Shut-off"),
        N_("Squeezed up to"),
        N_("Diameter up to which your tools squeeze a pipe. Our own figure, no standard's: ask your operator."),
        low=16.0,
        high=1_000.0,
        step=1.0,
        unit="mm",
    ),
    Setting(
        "squeeze_clear",
        1.0,
        "number",
        N_("Shut-off"),
        N_("Squeezed off a joint by"),
        N_("Metres that a squeeze keeps from the end of a pipe. Our own figure, no standard's: ask your operator."),
        low=0.0,
        high=100.0,
        step=0.1,
        unit="m",
    ),
    Setting("author", "", "text", N_("Start"), N_("Your name"), N_("Stands beside each change that you make, in the history.")),
)
"""Every setting, in the order of the settings window."""

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def setting(name: str) -> Setting:
    """Return the row of a setting.

    Raises
    ------
    SettingsError
        There is no such setting.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise SettingsError(
            _("There is no setting “{name}”.").format(name=name), _("Known are {names}.").format(names=known)
        ) from None


def settings_folder() -> Path:
    """The folder of this user's settings; it may not exist yet."""
    if os.environ.get(FOLDER_VARIABLE):
        return Path(os.environ[FOLDER_VARIABLE])
    from platformdirs import user_config_path

    return user_config_path("pipemap", appauthor=False)


class Settings:
    """The values of one user; what is not set has its default.

    Attributes
    ----------
    set_aside
        Where a settings file that could not be read was moved to, or ``None``.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings_folder() / "settings.json"
        self.set_aside: Path | None = None
        self._listeners: list[Callable[[str], None]] = []
        self._values = self._read()

    def value(self, name: str) -> SettingValue:
        """Return what is set, else the default.

        Raises
        ------
        SettingsError
            There is no such setting.
        """
        return self._values.get(name, setting(name).default)

    def set(self, name: str, value: SettingValue) -> None:
        """Set and save one value, then tell the listeners.

        Raises
        ------
        SettingsError
            There is no such setting, or it cannot take this value; nothing was changed.
        """
        row = setting(name)
        fitting = _fitting(row, value)
        if fitting is None:
            raise SettingsError(
                _("“{value}” cannot be the value of “{name}”.").format(value=value, name=_(row.label)), _(row.help)
            )
        if fitting == self.value(name):
            return
        self._values[name] = fitting
        self._write()
        for listener in self._listeners:
            listener(name)

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call ``listener(name)`` after each change."""
        self._listeners.append(listener)

    def _read(self) -> dict[str, SettingValue]:
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            items = dict(stored.items())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, RecursionError):
            self._put_aside()
            return {}
        known = {name: _fitting(_BY_NAME[name], value) for name, value in items.items() if name in _BY_NAME}
        return {name: value for name, value in known.items() if value is not None}

    def _put_aside(self) -> None:
        aside = self.path.with_suffix(".unreadable.json")
        try:
            self.path.replace(aside)
        except OSError:
            return
        self.set_aside = aside

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps(self._values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(self.path)


def _fitting(row: Setting, value: object) -> SettingValue | None:
    """Return ``value`` as the row keeps it; ``None`` when it cannot."""
    if row.type == "switch":
        return value if isinstance(value, bool) else None
    if row.type == "number":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and row.low <= float(value) <= row.high else None  # type: ignore[arg-type]
    if not isinstance(value, str):
        return None
    return value if row.type == "text" or value in dict(row.choices) else None
