"""Reports of a survey: gathered, written whole in one of their forms, registered as handed out, compared with the data later."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import ReportError
from pipemap.jobs.exporting import HandOutWords, check_target, sha256_of
from pipemap.jobs.writing import draft_folder, in_place
from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.reports.kinds import ReportKind, report_kind
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.reports import Report, Template
    from pipemap.store import HandOut, Survey
    from pipemap.store.history import Entry


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is made of.

    Attributes
    ----------
    printed
        Time of printing, as shown; empty where the file should be the same whenever it is made.
    options
        What the kind needs besides, by name.
    """

    survey: Survey
    template: Template
    printed: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress = SILENT

    @property
    def state(self) -> tuple[str, str]:
        """Hash and time of the newest entry of the history; empty before the first."""
        newest = self.survey.newest_entry()
        return (newest.hash, newest.time) if newest is not None else ("", "")


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report with what the register says of it: how much it tells of, and how much stayed because it is secret."""

    report: Report
    nodes: int
    pipes: int
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What was written.

    Attributes
    ----------
    unreadable
        Characters that the font of this machine does not have; they are boxes on paper.
    """

    written: Path
    kind: str
    state: str
    unreadable: int
    withheld: int
    hand_out: HandOut


@dataclass(frozen=True, slots=True)
class Compared:
    """A report beside the survey as it is now.

    Attributes
    ----------
    known
        The survey was once in the state that the report speaks of.
    current
        It still is.
    since
        What was changed since, oldest first.
    hand_out
        Number of the entry of the register that wrote exactly this file; ``None``: it was altered, or written elsewhere.
    """

    state: str
    known: bool
    current: bool
    since: tuple[Entry, ...]
    hand_out: int | None


def make_report(  # noqa: PLR0913 -- the options of the command, each by its name
    survey: Survey,
    kind: str,
    to: Path | str,
    *,
    options: Mapping[str, Any] | None = None,
    template: Path | None = None,
    printed: str = "",
    hand_out: HandOutWords | None = None,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> ReportResult:
    """Write a report of a survey; the form is what the ending of the file says, the language that of the texts on screen.

    What is marked secret is not in it. It appears under its name when it is whole and stands in the register of hand-outs.

    Parameters
    ----------
    kind
        Name of a row of ``KINDS``.
    options
        What the kind needs besides.
    template
        The office's template, instead of the one beside the survey or in the user's own folder.
    printed
        Time of printing, as shown; without one the same data give the same bytes whenever it is made.

    Raises
    ------
    ReportError
        There is no such kind or form, the file may not be written there, or nothing may leave.
    SettingsError
        The template cannot be used.
    SurveyFileError
        The register of the survey cannot be written.
    """
    from pipemap.reports import form_of, read_template, write_report
    from pipemap.texts import language

    row, target = report_kind(kind), Path(to)
    form = form_of(target)
    survey.check_register()
    check_target(survey, target, overwrite=overwrite)
    paper = read_template(template, survey=survey.path, language=language())
    module, function = row.gather.split(":")
    gather = getattr(importlib.import_module(module), function)
    told = Told(progress)
    gathered: Gathered = beside(lambda: gather(Asked(survey, paper, printed, options or {}, told)), told.again)
    with draft_folder(target) as folder:
        draft = folder / target.name
        unreadable = write_report(gathered.report, draft, paper, progress=told)
        entry = _entry(row, form.ending, gathered, hand_out or HandOutWords(), draft, told.again)
        check_target(survey, target, overwrite=overwrite)
        with in_place([target.name], folder, target.parent), survey.handing_out(entry) as registered:
            pass
    return ReportResult(target, row.name, gathered.report.state, unreadable, gathered.withheld, registered)


def _entry(
    row: ReportKind, ending: str, gathered: Gathered, words: HandOutWords, draft: Path, told: Callable[[], None]
) -> HandOut:
    from pipemap.store import HandOut

    return HandOut(
        author=words.author,
        content=f"report {row.name}",
        format=ending[1:],
        nodes=gathered.nodes,
        pipes=gathered.pipes,
        withheld=gathered.withheld,
        recipient=words.recipient.strip(),
        purpose=words.purpose.strip(),
        approver=words.approver.strip(),
        file=draft.name,
        sha256=sha256_of(draft, told),
    )


def compare_report(report: Path | str, survey: Survey) -> Compared:
    """Tell what has changed in a survey since a report of it was written.

    Raises
    ------
    ReportError
        The file cannot be read, or is no report of pipemap.
    """
    from pipemap.reports import state_of

    path = Path(report)
    if not path.is_file():
        raise ReportError(_("There is no file “{file}”.").format(file=path))
    state = state_of(path)
    if state is None:
        raise ReportError(
            _("{file} does not say of which state of a survey it speaks.").format(file=path.name),
            _("Only reports that pipemap wrote can be compared, as they were written."),
        )
    after = survey.entry_of(state) if state else 0
    total = sha256_of(path)
    number = next((one.number for one in survey.hand_outs() if total in one.sha256.split("\n")), None)
    since = () if after is None else tuple(survey.history(after=after))
    return Compared(state, known=after is not None, current=after is not None and not since, since=since, hand_out=number)
