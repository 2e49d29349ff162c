"""Traces as they are asked on the command line and in the window, and the configurations that a survey keeps of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pipemap.analysis.trace import Trace, TraceType, trace
from pipemap.analysis.where import pipes_where
from pipemap.errors import PipemapError
from pipemap.model.trace_settings import Configuration, TraceSettings, read, written
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.store import Survey

SETTING = "traces"
"""The setting of a survey that holds them."""

WITHOUT_LIMIT = frozenset({TraceType.SHORTEST_PATH, TraceType.BETWEEN, TraceType.LOOPS})
"""Traces to which a limit means nothing."""


def ask(
    network: Network,
    type: str,
    starts: Sequence[str],
    settings: TraceSettings,
    *,
    end: str | None = None,
    barriers: Collection[str] = (),
) -> Trace:
    """Trace with these settings; raises as :func:`pipemap.analysis.trace.trace`."""
    return trace(
        network,
        starts,
        type,
        end=end,
        barriers=barriers,
        barred=pipes_where(network, settings.barrier_where) if settings.barrier_where else None,
        limit=None if type in WITHOUT_LIMIT else settings.limit,
        limit_by=settings.limit_by,
        only=pipes_where(network, settings.where) if settings.where else None,
        include_not_in_use=settings.all_lifecycles,
    )


def configurations(survey: Survey) -> tuple[Configuration, ...]:
    """Return the configurations that a survey keeps, in the order of their names."""
    return tuple(sorted(read(survey.setting(SETTING)), key=lambda one: one.name))


def configuration(survey: Survey, name: str) -> Configuration:
    """Return the configuration of this name.

    Raises
    ------
    PipemapError
        There is none; the hint names those that there are.
    """
    kept = configurations(survey)
    for one in kept:
        if one.name == name:
            return one
    hint = _("There are: {names}.").format(names=", ".join(one.name for one in kept)) if kept else ""
    raise PipemapError(_("The survey keeps no trace configuration “{name}”.").format(name=name), hint)


def save_configuration(survey: Survey, wanted: Configuration, *, author: str = "") -> None:
    """Keep a configuration in the survey, as one Change; one of the same name gives way."""
    name = wanted.name.strip()
    if not name:
        raise PipemapError(_("A trace configuration needs a name."))
    others = [one for one in configurations(survey) if one.name != name]
    label = _("Trace configuration “{name}”").format(name=name)
    _write(survey, [*others, Configuration(name, wanted.type, wanted.settings)], label, author)


def drop_configuration(survey: Survey, name: str, *, author: str = "") -> None:
    """Keep a configuration no longer, as one Change; raises as :func:`configuration`."""
    configuration(survey, name)
    label = _("Without trace configuration “{name}”").format(name=name)
    _write(survey, [one for one in configurations(survey) if one.name != name], label, author)


def _write(survey: Survey, kept: Sequence[Configuration], label: str, author: str) -> None:
    text = written(kept)
    with survey.edit(label, author=author) as edit:
        found = edit.keys("setting", "name", SETTING)
        if found:
            edit.write("setting", found[0], {"value": text})
        else:
            edit.add("setting", {"name": SETTING, "value": text})


def export_rows(
    survey: Survey,
    nodes: NDArray[np.int64],
    pipes: NDArray[np.int64],
    to: Path,
    *,
    author: str = "",
    progress: Progress = SILENT,
) -> tuple[int, int]:
    """Write nodes and pipes of an answer; return how many were written, and how many stayed because they are secret.

    A spreadsheet by ``.xlsx`` or ``.csv``; every other ending as :func:`pipemap.jobs.exporting.export_survey` writes it, with an
    entry in the register.
    """
    from pipemap.jobs import tables
    from pipemap.jobs.exporting import Chosen, HandOutWords, export_survey

    network = survey.network
    if to.suffix.lower() in {".xlsx", ".csv"}:
        return tables.export_rows(network, nodes, pipes, to, progress=progress)
    chosen = Chosen(nodes=network.node_fid[nodes], pipes=network.pipe_fid[pipes])
    found = export_survey(survey, to, chosen=chosen, hand_out=HandOutWords(author=author), overwrite=True, progress=progress)
    return found.nodes + found.pipes, found.withheld
