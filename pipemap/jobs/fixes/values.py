"""Fixes of what is written of an element: from its neighbours, from the catalog, a free number."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pipemap import catalog
from pipemap.jobs.customers import WITHIN
from pipemap.jobs.fixes.registry import CannotFixError, Case, fixes
from pipemap.store.edits.ids import free_id
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.fields import Layer
    from pipemap.store.edits import Edit

_NEIGHBOURS = {
    "no-material": ("material",),
    "unknown-material": ("material",),
    "no-burial": ("burial",),
    "unknown-burial": ("burial",),
    "no-size": ("diameter_mm", "width_mm", "height_mm"),
    "absurd-size": ("diameter_mm", "width_mm", "height_mm"),
    "no-pressure": ("pressure",),
    "no-voltage": ("voltage",),
    "no-circuit": ("circuit",),
    "unknown-reference": ("from_reference", "to_reference"),
}
"""What each rule misses of a pipe."""

_LEAST_LIKE = 0.5
"""How like a word of a list another must be to be taken for it: 1 is the same."""
_BY_DEGREE = {2: "直线点", 3: "三通", 4: "四通", 5: "五通"}


@fixes("neighbours", N_("Fill from the neighbours"), *_NEIGHBOURS)
def from_neighbours(edit: Edit, case: Case) -> None:
    """Give a pipe what the pipes beside it have, where these are of one mind."""
    row = edit.row("pipe", case.fid)
    beside = [other for other in _beside(edit, row) if _major(other) == _major(row)]
    given = {
        name: _common((other[name] for other in beside if _counts(case, name, other, row)), name)
        for name in _NEIGHBOURS[case.problem.rule]
    }
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        raise CannotFixError(_("No pipe beside it says more."))
    edit.update("pipe", case.fid, **given)


def _counts(case: Case, name: str, other: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether what a neighbour says is better than what the pipe says itself: a word that no list has is none."""
    known = {"material": catalog.material, "burial": catalog.burial}.get(name)
    return (known is None or known(other[name]) is not None) and (case.problem.rule != "absurd-size" or other[name] != row[name])


def _beside(edit: Edit, row: dict[str, Any]) -> list[dict[str, Any]]:
    fids = {fid for node in {row["from_fid"], row["to_fid"]} for fid in edit.pipes_at(node)}
    return [edit.row("pipe", fid) for fid in sorted(fids - {row["fid"]})]


def _common(values: Iterable[object], name: str) -> object:
    """Return what all say, or more than half of them; None where nobody says anything."""
    counted = Counter(value for value in values if value not in (None, "", "unknown")).most_common()
    if not counted:
        return None
    if len(counted) > 1 and 2 * counted[0][1] <= sum(count for _value, count in counted):
        said = ", ".join(str(value) for value, _count in counted)
        raise CannotFixError(_("The pipes beside it are not of one mind ({field}): {values}.").format(field=name, values=said))
    return counted[0][0]


def _major(row: dict[str, Any]) -> str:
    return catalog.major_of(row["category"] or "")


@fixes(
    "from-ends", N_("Take the category of both ends"), "no-category", "unknown-category", "category-mismatch", "storm-into-sewer"
)
def category_from_ends(edit: Edit, case: Case) -> None:
    """Give a pipe the category that its points have; a point that of its pipes."""
    if case.problem.layer == "node":
        rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)]
    else:
        pipe = edit.row("pipe", case.fid)
        rows = [edit.row("node", pipe[f"{side}_fid"]) for side in ("from", "to")]
    said = {row["category"] for row in rows if catalog.category(row["category"] or "") is not None}
    if len(said) != 1:
        words = ", ".join(sorted(said)) or "–"
        raise CannotFixError(_("What it joins is not of one category: {values}.").format(values=words))
    edit.update(_layer(case), case.fid, category=said.pop())


_LISTED = {
    "unknown-material": "material",
    "unknown-burial": "burial",
    "unknown-feature": "feature",
    "unknown-appurtenance": "appurtenance",
    "unknown-category": "category",
}


@fixes("nearest", N_("Take the nearest word of the list"), *_LISTED)
def nearest_word(edit: Edit, case: Case) -> None:
    """Write the word of the catalog that looks most like the one that stands there."""
    layer, name = _layer(case), _LISTED[case.problem.rule]
    row = edit.row(layer, case.fid)
    said = str(row[name] or "")
    words = _words(name, row["category"])
    found = difflib.get_close_matches(said.casefold(), [word.casefold() for word in words], n=1, cutoff=_LEAST_LIKE)
    if not said or not found:
        raise CannotFixError(_("No word of the list is like “{text}”.").format(text=said))
    chosen = next(code for word, code in words.items() if word.casefold() == found[0])
    edit.update(layer, case.fid, **{name: chosen})


def _words(name: str, category: str | None) -> dict[str, str]:
    """Return the words of a list and what each is written as."""
    if name in ("feature", "appurtenance"):
        listed = catalog.point_names(category, "feature" if name == "feature" else "appurtenance")
        return {word: word for word in listed} or {word: word for word, _category in catalog.point_words()}
    if name == "category":
        return {word: row.code for row in catalog.categories() for word in (row.code, row.name_zh, row.name_en)}
    rows = (catalog.materials() if name == "material" else catalog.burials()).values()
    return {word: row.code for row in rows for word in (row.code, row.name_zh, row.name_en)}


@fixes("degree", N_("Take the feature that fits its pipes"), "wrong-degree", "no-feature")
def feature_by_degree(edit: Edit, case: Case) -> None:
    """Call a point what so many pipes make it: 三通 where three meet."""
    row, count = edit.row("node", case.fid), len(edit.pipes_at(case.fid))
    names = catalog.point_names(row["category"], "feature")
    fitting = [word for word in names if catalog.expected_degree(row["category"], word) == count]
    usual = _BY_DEGREE.get(count)
    chosen = usual if usual in fitting or (usual in names and not fitting) else next(iter(fitting), None)
    if chosen is None:
        raise CannotFixError(_("The catalog has no feature at which {count} pipes meet.").format(count=count))
    edit.update("node", case.fid, feature=chosen)


@fixes("say-so", N_("Write the change into the point"), "size-change", "material-change")
def say_change(edit: Edit, case: Case) -> None:
    """Call the point between two sizes or materials what it is."""
    edit.update("node", case.fid, feature="变径" if case.problem.rule == "size-change" else "变材")


@fixes("renumber", N_("Give it a free number"), "duplicate-id", "duplicate-pipe-id", "no-id", "id-of-other-category")
def renumber(edit: Edit, case: Case) -> None:
    """Give an element a number that no other has, after the habit of its category; the others keep theirs."""
    layer = _layer(case)
    row = edit.row(layer, case.fid)
    if layer == "pipe":
        edit.update(
            "pipe", case.fid, id=free_id(edit, "pipe", f"{row['from_node'] or '?'}-{row['to_node'] or '?'}", but=case.fid)
        )
        return
    is_foreign = case.problem.rule == "id-of-other-category"
    if row["id"] and not is_foreign and len(edit.keys(layer, "id", row["id"])) < 2:  # noqa: PLR2004 -- the other got a number
        raise CannotFixError(_("No other has that number any more."))
    like = None if is_foreign else row["id"]
    edit.update(layer, case.fid, id=edit.suggest_id(layer, category=row["category"], like=like))


@fixes("appurtenance-alone", N_("Keep the appurtenance alone"), "both-named")
def appurtenance_alone(edit: Edit, case: Case) -> None:
    """Take the feature away where an appurtenance stands: what stands there says more than how the pipes meet."""
    if not edit.row("node", case.fid)["appurtenance"]:
        raise CannotFixError(_("No appurtenance stands there any more."))
    edit.update("node", case.fid, feature=None)


@fixes("tie-nearest", N_("Tie them to the nearest pipe"), "unbound-customer")
def tie_to_nearest(edit: Edit, _case: Case) -> None:
    """Tie every customer without supply to the nearest pipe in use that may supply it, within what an import takes."""
    if not edit.tie_customers(within=WITHIN):
        raise CannotFixError(_("No pipe that may supply one of them lies within {within} m.").format(within=f"{WITHIN:g}"))


@fixes("arm", N_("Put it on its thinnest pipe"), "valve-without-arm")
def arm_on_thinnest(edit: Edit, case: Case) -> None:
    """Say that a valve at a junction stands on the branch: the one pipe that is thinner than all others."""
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)]
    sized = sorted((row["diameter_mm"], row["fid"]) for row in rows if row["diameter_mm"])
    if len(sized) < len(rows) or len(sized) < 2 or sized[0][0] == sized[1][0]:  # noqa: PLR2004
        raise CannotFixError(_("No pipe there is thinner than all others."))
    edit.update("node", case.fid, arm_pipe=sized[0][1])


@fixes("in-use", N_("Put it in use again"), "out-of-use-between")
def in_use(edit: Edit, case: Case) -> None:
    """Call a point in use, as its pipes are."""
    edit.update("node", case.fid, lifecycle=None)


def _layer(case: Case) -> Layer:
    return "node" if case.problem.layer == "node" else "pipe"
