"""Figures as a table on the terminal, as JSON, and as a page of the manual with its chart."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

from pipemap.bench.chart import chart
from pipemap.bench.results import Bench, Figure, Measured, growth
from pipemap.bench.rows import ROWS, TARGET_SIZE, Row, row
from pipemap.texts import _, language, set_language

PAGE = "85-performance"
_SUFFIXES = {"en": ".md", "zh": ".zh-CN.md"}
_SMALL, _TINY = 1.0, 0.001


def quantity(value: float, unit: str) -> str:
    """Return a figure with as many digits as mean something.

    Examples
    --------
    >>> quantity(0.01234, "s"), quantity(2.345, "s"), quantity(581.4, "MiB")
    ('12 ms', '2.3 s', '581 MiB')
    """
    if not math.isfinite(value):
        return "–"
    if unit != "s":
        return f"{value:,.0f} {unit}"
    if value >= _SMALL:
        return f"{value:,.1f} s"
    return f"{value * 1000:.0f} ms" if value * 1000 >= 10 else f"{value * 1000:.2g} ms"  # noqa: PLR2004 -- two digits


def value_of(line: Row, measured: Measured) -> float:
    """Return what a row compares: seconds, or memory beyond what was there before."""
    if line.unit == "s":
        return measured.seconds
    found = (measured.held_mib if line.kept else measured.peak_mib) - measured.before_mib
    return max(0.0, found) if math.isfinite(found) else math.nan


def ratio(line: Row, figure: Figure, peer: str) -> float:
    """Return how many times a peer needs of what we need."""
    ours, theirs = value_of(line, figure.ours), value_of(line, figure.peers[peer])
    return theirs / ours if ours > 0 else math.nan


def table_rows(bench: Bench, size: int) -> list[tuple[str, str, str, str, str]]:
    """Return title, our figure, the peers' figures with how many times ours they are, the target, and the growth."""
    found = []
    for line in ROWS:
        for figure in bench.of(line.name):
            if figure.pipes != size:
                continue
            found.append(
                (_title(line, figure), _ours(line, figure), _peers(line, figure), _target(line, figure), _growth(bench, line))
            )
    return found


def headings() -> tuple[str, ...]:
    """What stands above the columns of :func:`table_rows`."""
    return (_("Figure"), "pipemap", _("beside it, in the same run"), _("to reach"), _("growth"))


def sizes_of(bench: Bench) -> list[int]:
    """Every size that has a figure, smallest first."""
    return sorted({figure.pipes for figure in bench.figures})


def record(bench: Bench) -> dict[str, object]:
    """Return everything, for JSON; what is unknown is null."""
    return {
        "machine": dict(bench.machine),
        "sizes": list(bench.sizes),
        "figures": [
            {
                "row": figure.row,
                "unit": row(figure.row).unit,
                "pipes": figure.pipes,
                "ours": _plain(row(figure.row), figure.ours),
                "peers": {name: _plain(row(figure.row), told) for name, told in figure.peers.items()},
                "ratio": {name: _finite(ratio(row(figure.row), figure, name)) for name in figure.peers},
                "target": _finite(row(figure.row).target),
                "growth": _finite(_slope(bench, row(figure.row))),
            }
            for figure in bench.figures
        ],
    }


def write(bench: Bench, folder: Path, *, manual: bool = False) -> list[Path]:
    """Write ``bench.json`` and the charts; for the manual also the page itself, in both languages.

    Parameters
    ----------
    folder
        Where to; of the manual, its folder with the pages.
    """
    before, written = language(), []
    pictures = folder / "pictures" if manual else folder
    pictures.mkdir(parents=True, exist_ok=True)
    try:
        for code, suffix in _SUFFIXES.items():
            set_language(code)
            ending = "" if code == "en" else f"-{code}"
            written.append(_put(pictures / f"performance{ending}.svg", chart(bench)))
            if manual:
                written.append(_put(folder / f"{PAGE}{suffix}", page(bench, f"pictures/performance{ending}.svg")))
    finally:
        set_language(before)
    name = f"{PAGE}.json" if manual else "bench.json"
    written.append(_put(folder / name, json.dumps(record(bench), ensure_ascii=False, indent=1) + "\n"))
    return written


def page(bench: Bench, picture: str) -> str:
    """Return the page of the manual, in the language in force."""
    lines = ["# " + _("How fast"), "", *_said(bench), "![" + _("Growth with the size of the city") + f"]({picture})", ""]
    for size in sizes_of(bench):
        words = _("A city of {n} pipes").format(n=f"{size:,}")
        lines += [f"## {words}", "", _line(headings()), _line(["---"] * len(headings()))]
        lines += [*(_line(cells) for cells in table_rows(bench, size)), ""]
    lines += [_(
        "Growth is the slope of cost over size on logarithmic scales, from the smallest city to the largest: 1 is linear, 0 costs"
        " the same at any size."
    ), ""]  # fmt: skip
    return "\n".join(lines)


def _said(bench: Bench) -> list[str]:
    """What a reader of the figures needs to know: how they were measured, on what, and with which versions."""
    machine = bench.machine
    lines = [_(
        "Every figure on this page was measured by `pipemap bench`, each in a process of its own: the median of several runs,"
        " the peers in the same run on the same machine. Seconds hold for this machine; ratios hold elsewhere. "
        "A figure in brackets says how many times ours the peer needs."
    ), ""]  # fmt: skip
    lines += [_("Measured on {date}: {processor}, {cores} cores, {memory}, {system}, Python {python}.").format(
        **{key: machine.get(key, "–") for key in _DESCRIBED}
    ), ""]  # fmt: skip
    versions = ", ".join(f"{name} {told}" for name, told in machine.items() if name not in _DESCRIBED)
    lines += [_("Versions: {versions}.").format(versions=versions), ""]
    renderer = next((figure.ours.note for figure in bench.of("frame-city") if figure.ours.note), "")
    return [*lines, _("Drawn by: {renderer}.").format(renderer=renderer), ""] if renderer else lines


_DESCRIBED = ("date", "processor", "cores", "memory", "system", "python")


def _put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') or chr(0xA0) for cell in cells)} |"


def _title(line: Row, figure: Figure) -> str:
    """What was measured; of a trace how much it found, of what held the window up what it was."""
    told = figure.ours.note if line.name.startswith(("trace", "stall", "window")) else ""
    title = f"– {_(line.title)}" if line.part_of else _(line.title)
    return f"{title}: {told}" if told else title


def _ours(line: Row, figure: Figure) -> str:
    return figure.ours.missing or quantity(value_of(line, figure.ours), line.unit)


def _peers(line: Row, figure: Figure) -> str:
    told = []
    for name, measured in figure.peers.items():
        if measured.missing:
            told.append(f"{name}: {measured.missing}")
            continue
        times = ratio(line, figure, name)
        words = f" ({times:,.1f}×)" if math.isfinite(times) else ""
        told.append(f"{name} {quantity(value_of(line, measured), line.unit)}{words}")
    return " · ".join(told)


def _target(line: Row, figure: Figure) -> str:
    if math.isnan(line.target) or line.pipes is not None:
        return ""
    wanted, reached = f"≤ {quantity(line.target, line.unit)}", value_of(line, figure.ours)
    if line.beyond in figure.peers:
        wanted = _("{target} beyond {peer}").format(target=wanted, peer=line.beyond)
        reached -= value_of(line, figure.peers[line.beyond])
    if figure.pipes > TARGET_SIZE or not math.isfinite(reached):
        return wanted if figure.pipes <= TARGET_SIZE else ""
    return f"{wanted} {'✓' if reached <= line.target else '✗'}"


def _growth(bench: Bench, line: Row) -> str:
    slope = _slope(bench, line)
    return f"{slope:.2f}" if math.isfinite(slope) else ""


def _slope(bench: Bench, line: Row) -> float:
    return growth({figure.pipes: value_of(line, figure.ours) for figure in bench.of(line.name)})


def _plain(line: Row, measured: Measured) -> dict[str, object]:
    told = {name: _finite(value) if isinstance(value, float) else value for name, value in dataclasses.asdict(measured).items()}
    return told | {"value": _finite(value_of(line, measured))}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
