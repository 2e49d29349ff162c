"""Check a survey, and keep what was found in it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks import (
    Check,
    Checked,
    check_named,
    check_network,
    check_touched,
    checks,
    entry_named,
    is_entry,
    weighed,
)
from pipemap.errors import PipemapError, SettingsError
from pipemap.model.columns import rows_if_there
from pipemap.progress import SILENT, Progress
from pipemap.store import FoundProblem, KeptProblems, Scope
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.checks import Spot, Touched
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem
    from pipemap.store import Change, Survey

OFF = "off"
"""What a rule is set to that is not run."""

MOST_KEPT = 5_000
"""Problems of one rule that are kept one by one, those of the largest effect; the rest are counted in one more."""

Within = tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What rules tolerate: the survey's own settings over those of the table of rules.

    Attributes
    ----------
    set_to
        As the survey keeps it, by rule, or by rule and entry of its table (``flat-drain/300``): a number as text, or ``off``.
    """

    set_to: Mapping[str, str]

    @property
    def numbers(self) -> dict[str, float]:
        """What the survey sets, as :func:`check_network` takes it."""
        return {name: float(value) for name, value in self.set_to.items() if value != OFF}

    def is_on(self, name: str) -> bool:
        """Whether a rule is run where nobody asks for it by name."""
        return self.set_to.get(name) != OFF

    def of(self, check: Check) -> float:
        """What a rule tolerates here; NaN where there is nothing to set."""
        return self.numbers.get(check.name, check.limit)

    def rules(self, wanted: Collection[str] = ()) -> list[str]:
        """Names of the rules to run: those asked for, else all that are not off."""
        return [check_named(name).name for name in wanted] or [name for name in checks() if self.is_on(name)]


def limits_of(survey: Survey) -> Limits:
    """Return what a survey sets rules to; what no rule of this program knows is left out."""
    return Limits({name: value for name, value in survey.check_limits().items() if _holds(name, value)})


def set_limits(survey: Survey, limits: Mapping[str, str], *, author: str = "") -> Change:
    """Set what rules tolerate in a survey: a number, ``off`` or ``on``, blank for the rule's own, as one Change.

    An entry of a table is named with its rule: ``shallow-cover/gas``, ``flat-drain/300``; a size that is not there is added.

    Raises
    ------
    SettingsError
        A value is none of these, or the rule has nothing to set.
    """
    wanted: dict[str, str | None] = {}
    for given, text in limits.items():
        name = entry_named(given) if is_entry(given) else given
        check, value = check_named(name.partition("/")[0]), text.strip().lower()
        if value in ("", "on", "default"):
            wanted[name] = None
        elif _is_entry_limit(value) if is_entry(name) else _is_limit(check, value):
            wanted[name] = value
        elif is_entry(name):
            raise SettingsError(
                _("“{text}” is no limit for “{name}”.").format(text=text, name=name),
                _("An entry of a table is a number from 0, or “on” for the rule's own."),
            )
        elif math.isnan(check.limit):
            raise SettingsError(_("The check “{name}” has no limit; it is on or off.").format(name=name))
        else:
            hint = _("A limit is a number from 0 in {unit}, “off”, or “on” for the rule's own.").format(unit=check.unit or "1")
            raise SettingsError(_("“{text}” is no limit for “{name}”.").format(text=text, name=name), hint)
    return survey.set_check_limits(wanted, author=author)


def _holds(name: str, value: str) -> bool:
    """Whether a setting is one that this program knows."""
    known = checks()
    if not is_entry(name):
        return name in known and _is_limit(known[name], value)
    try:
        return entry_named(name) == name and _is_entry_limit(value)
    except PipemapError:
        return False


def _is_entry_limit(value: str) -> bool:
    try:
        return 0 <= float(value) < math.inf
    except ValueError:
        return False


def _is_limit(check: Check, value: str) -> bool:
    if value == OFF:
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    return math.isfinite(number) and number >= 0 and not math.isnan(check.limit)


def check_survey(
    survey: Survey,
    rules: Collection[str] = (),
    *,
    within: Within | None = None,
    limits: Mapping[str, float] | None = None,
    most: int = MOST_KEPT,
    progress: Progress = SILENT,
) -> Checked:
    """Check a survey by its own limits, and change nothing.

    Parameters
    ----------
    rules
        Names; none: all that the survey has not switched off.
    within
        bool (N), bool (P): only problems of these nodes and pipes.
    limits
        Limits for this time, over those of the survey.
    """
    own = limits_of(survey)
    return check_network(
        survey.network, own.rules(rules), limits=own.numbers | dict(limits or {}), within=within, most=most, progress=progress
    )


def check_and_keep(
    survey: Survey, rules: Collection[str] = (), *, within: Within | None = None, progress: Progress = SILENT
) -> tuple[Checked, KeptProblems]:
    """Check a survey and keep what was found: new problems are added, those that are gone are solved."""
    network = survey.network
    found = check_survey(survey, rules, within=within, progress=progress)
    progress(0, None, _("Keeping the problems"))
    whole = within is None
    scope = Scope(
        frozenset(found.counts),
        None if whole else _keys(network.node_fid, within[0]),  # type: ignore[index]
        None if whole else _keys(network.pipe_fid, within[1]),  # type: ignore[index]
    )
    return found, survey.keep_problems(with_keys(network, found.problems, found.spots), [scope], progress)


@dataclass(frozen=True, slots=True, eq=False)
class Rechecked:
    """What a check of what an edit touched said, and what it changed in the list."""

    said: Touched
    kept: KeptProblems
    scopes: tuple[Scope, ...]


def recheck(
    survey: Survey, network: Network, nodes: Collection[int], pipes: Collection[int], *, before: Network | None = None
) -> Rechecked:
    """Check what an edit touched and keep what was found: quick, so that it can follow every edit.

    What solving each problem would change is not worked out; :func:`follow_up` does that afterwards.

    Parameters
    ----------
    network, before
        The network after the edit, and before it.
    nodes, pipes
        Keys of what was added, changed or deleted.
    """
    own = limits_of(survey)
    said = check_touched(network, nodes, pipes, before=before, rules=own.rules(), limits=own.numbers)
    scopes = [
        Scope(frozenset(one.rules), _keys(network.node_fid, one.nodes), _keys(network.pipe_fid, one.pipes)) for one in said.looked
    ]
    scopes.append(Scope(frozenset(checks()), _gone(network.node_fid, nodes), _gone(network.pipe_fid, pipes)))
    return Rechecked(said, survey.keep_problems(with_keys(network, said.problems, said.spots), scopes), tuple(scopes))


def follow_up(survey: Survey, network: Network, before: Rechecked, *, progress: Progress = SILENT) -> None:
    """Do after :func:`recheck` what takes longer: say what solving its problems would change, run the rules that it left out."""
    said = before.said
    problems = weighed(network, said.problems, said.spots)
    survey.keep_problems(with_keys(network, problems, said.spots), before.scopes)
    if said.left_out:
        check_and_keep(survey, said.left_out, progress=progress)


def _gone(fids: NDArray[np.int64], keys: Collection[int]) -> frozenset[int]:
    wanted = np.array(sorted(keys), dtype=np.int64)
    return frozenset(wanted[rows_if_there(fids, wanted) < 0].tolist())


def _keys(fids: NDArray[np.int64], rows: NDArray[np.bool_] | NDArray[np.int64]) -> frozenset[int]:
    return frozenset(fids[rows].tolist())


def with_keys(network: Network, problems: Sequence[Problem], spots: Sequence[Spot | None]) -> list[FoundProblem]:
    """Return problems with the keys of what they are about."""
    return [FoundProblem(problem, *_key_of(network, spot)) for problem, spot in zip(problems, spots, strict=True)]


def _key_of(network: Network, spot: Spot | None) -> tuple[int | None, str | None, int | None]:
    if spot is None:
        return None, None, None
    fids = {"node": network.node_fid, "pipe": network.pipe_fid}
    fid = int(fids[spot.layer][spot.row])
    return (fid, None, None) if spot.other < 0 else (fid, spot.other_layer, int(fids[spot.other_layer][spot.other]))


def rows_within_area(network: Network, corners: NDArray[np.float64]) -> Within:
    """Return which nodes lie in an area, given its corners (K, 2), and which pipes have an end in it.

    A pipe through the area without an end in it is not among them.
    """
    import shapely

    area = shapely.Polygon(corners[:, :2])
    shapely.prepare(area)
    x, y = network.node_xyz[:, 0], network.node_xyz[:, 1]
    inside: NDArray[np.bool_] = np.asarray(shapely.contains_xy(area, x, y), dtype=np.bool_)
    return inside, np.asarray(inside[network.pipe_ends].any(axis=1), dtype=np.bool_)
