"""A walk through the real window on a city, in a process of its own: how soon its picture stands, and what holds it up.

What is done stands here, how it is done in :mod:`pipemap.gui.tour`, which this package knows by its name alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from pipemap.bench.case import Case, Ground
from pipemap.errors import RenderError
from pipemap.texts import N_, _

SIZE = (1600, 1000)
"""Pixels of the window."""

STEPS: dict[str, str] = {
    "open": N_("Open the survey"),
    "turn-city": N_("Turn the whole city"),
    "zoom": N_("Zoom to a street"),
    "turn-street": N_("Turn in the street"),
    "home": N_("Show the whole city again"),
    "select": N_("Select 100,000 pipes"),
    "trace": N_("Trace everything connected"),
    "clear": N_("Clear the result"),
    "table": N_("Open the table of pipes"),
    "sort": N_("Sort it"),
    "scroll": N_("Scroll it"),
    "filter": N_("Filter it"),
    "unfilter": N_("Show all rows again"),
    "select-all": N_("Select all rows"),
    "select-nothing": N_("Select nothing"),
    "search": N_("Search"),
    "hide": N_("Hide a layer"),
    "show": N_("Show it again"),
    "colour-material": N_("Colour by material"),
    "colour-diameter": N_("Colour by diameter"),
    "theme": N_("Change the theme"),
    "problems": N_("Show the problems"),
    "edit": N_("Edit one pipe"),
    "undo": N_("Undo"),
    "export": N_("Export the table"),
    "close": N_("Close the survey"),
}
"""What a person does, in this order: name → title."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk, measured.

    Attributes
    ----------
    name, title
        What was done; the title is to be translated.
    seconds
        Until nothing was under way any more.
    slowest
        The longest time in which the window did not answer, however short.
    longest, busy, queued
        The same where it was over the watchdog's limit, else 0; how much of it its thread was computing, and how much it had to
        wait for a processor.
    culprit
        What held it up.
    blocks
        How often.
    beside, beside_culprit
        The longest block that was not the drawing of the picture.
    frames
        Seconds between one picture of the map and the next, for the frames of a drag.
    picture, picture_cpu
        Seconds until the first complete picture of the step, and seconds that all threads of the process had computed by then.
    """

    name: str
    title: str
    seconds: float
    slowest: float
    longest: float = 0.0
    busy: float = 0.0
    queued: float = 0.0
    culprit: str = ""
    blocks: int = 0
    beside: float = 0.0
    beside_culprit: str = ""
    frames: tuple[float, ...] = ()
    picture: float = 0.0
    picture_cpu: float = 0.0


def walk(city: Path) -> list[Step]:
    """Walk through the window, under a virtual display where there is none.

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
        raise RenderError(
            _("The window ended after {n} steps (exit code {code}).").format(n=len(lines), code=done.returncode),
            "" if lines else _("Run python3 packaging/start.py setup: it installs what is missing, or says what to install."),
        )
    return [Step(**{**told, "frames": tuple(told["frames"])}) for told in map(json.loads, lines)]


@cache
def _walked(city: Path) -> dict[str, Step]:
    """The steps of one walk, whichever figure is asked for first."""
    return {step.name: step for step in walk(city)}


def _picture(ground: Ground) -> Case:
    """Open, until the first complete picture stands in the window."""
    opened = _walked(ground.path)["open"]
    note = _("{seconds} s of computing").format(seconds=f"{opened.picture_cpu:.1f}")
    return Case(lambda: opened.picture, note=lambda: note, once=True)


def _stall(name: str, ground: Ground) -> Case:
    """The longest time in which the window did not answer, in one step or in the whole walk."""
    walked = _walked(ground.path)
    worst = walked[name] if name else max(walked.values(), key=lambda step: step.slowest)
    told = [_(worst.title) if not name else "", worst.culprit]
    return Case(lambda: worst.slowest, note=lambda: ": ".join(filter(None, told)), once=True)


CASES: dict[str, Callable[[Ground], Case]] = {
    "window_picture": _picture,
    "stall": partial(_stall, ""),
    **{f"stall_{name}": partial(_stall, name) for name in STEPS},
}
