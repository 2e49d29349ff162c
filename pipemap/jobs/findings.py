"""Findings of a survey: entered, listed, and those of many inspections stored at once; for window and command line alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.model.columns import rows_if_there
from pipemap.model.finding import Finding, Inspection, Remark, Section, StoredFinding, remarks_of
from pipemap.progress import SILENT, Progress
from pipemap.store import attachments
from pipemap.store.attachments import Attachment
from pipemap.store.edits.findings import KeptInspection, finding_of, inspection_of, section_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey

_ATTACHMENT = ("fid", "finding", "name", "media_type", "sha256", "path", "taken", "note", "step")


@dataclass(frozen=True, slots=True)
class StoredInspections:
    """What came of storing inspections: one entry each, in their order, and the Change that did it."""

    inspections: tuple[KeptInspection, ...]
    change_id: int | None

    @property
    def findings(self) -> int:
        """How many findings were stored."""
        return sum(len(one.findings) for one in self.inspections)


def add_finding(survey: Survey, finding: Finding, *, author: str = "") -> int:
    """Add one finding as one Change; return its key.

    Raises
    ------
    EditError, UnknownElementError, AmbiguousElementError
        It cannot stand; nothing was changed.
    """
    with survey.edit("", author=author) as edit:
        fid = edit.add_finding(finding)
        edit.label = _("Add finding {code} at {element}").format(
            code=finding.code, element=_named(edit.row("finding", fid), edit)
        )
    return fid


def change_finding(survey: Survey, finding: int, *, author: str = "", **fields: object) -> None:
    """Change fields of a finding as one Change; errors are those of :func:`add_finding`."""
    with survey.edit("", author=author) as edit:
        edit.change_finding(finding, **fields)
        row = edit.row("finding", finding)
        edit.label = _("Change finding {code} at {element}").format(code=row["code"], element=_named(row, edit))


def remove_finding(survey: Survey, finding: int, *, author: str = "") -> None:
    """Delete a finding with its photos as one Change; errors are those of :func:`add_finding`."""
    with survey.edit("", author=author) as edit:
        if edit.keys("finding", "fid", finding):
            row = edit.row("finding", finding)
            edit.label = _("Delete finding {code} at {element}").format(code=row["code"], element=_named(row, edit))
        edit.remove_finding(finding)


def store_inspections(
    survey: Survey,
    inspections: Sequence[Inspection],
    *,
    label: str = "",
    author: str = "",
    progress: Progress = SILENT,
) -> StoredInspections:
    """Store many inspections with their findings as one Change.

    An inspection with a ``fid`` is updated, and so is each of its findings that has one; others are added. Photos that are
    not there leave their names. Nothing is refused for being odd: see ``remarks`` of each.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        A pipe or node that is named is not in the survey; nothing was stored.
    """
    kept = []
    with survey.edit(label or _("Store inspections"), author=author) as edit:
        for number, inspection in enumerate(inspections):
            progress(number, len(inspections), _("Storing inspections"))
            kept.append(edit.keep_inspection(inspection))
        progress(len(inspections), len(inspections))
    return StoredInspections(tuple(kept), edit.change_id)


def list_findings(survey: Survey, *, pipe: int | None = None) -> tuple[StoredFinding, ...]:
    """Return the findings of a survey, or of one pipe by its key, with what is odd about each; oldest first."""
    network = survey.network
    table = survey.table("finding")
    rows = [row for row in table.to_pylist() if pipe is None or row["pipe"] == pipe]
    photos: dict[int, int] = {}
    for one in survey.table("attachment", ["finding"])["finding"].to_pylist():
        if one is not None:
            photos[one] = photos.get(one, 0) + 1
    names = _Names(network, rows)
    return tuple(_stored(row, names, photos) for row in rows)


class _Names:
    """Ids and lengths of the elements that findings name, looked up at once."""

    def __init__(self, network: Network, rows: Iterable[Mapping[str, Any]]) -> None:
        rows = list(rows)
        pipes = _keys(row["pipe"] for row in rows)
        nodes = _keys(row[name] for row in rows for name in ("node", "from_node"))
        at = rows_if_there(network.pipe_fid, pipes), rows_if_there(network.node_fid, nodes)
        self.pipe = {key: (network.pipe_ids[row], float(network.length[row])) for key, row in _found(pipes, at[0])}
        self.node = {key: network.node_ids[row] for key, row in _found(nodes, at[1])}


def _keys(values: Iterable[int | None]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(sorted({value for value in values if value is not None}), dtype=np.int64)


def _found(keys: Any, rows: Any) -> list[tuple[int, int]]:  # noqa: ANN401 -- two arrays of numbers
    return [(key, row) for key, row in zip(keys.tolist(), rows.tolist(), strict=True) if row >= 0]


def _stored(row: Mapping[str, Any], names: _Names, photos: Mapping[int, int]) -> StoredFinding:
    finding = finding_of(row)
    pipe_id, length = names.pipe.get(row["pipe"], ("", None))
    known = None if length is None or np.isnan(length) else length
    remarks = remarks_of(finding, known)
    if row["pipe"] is not None and row["pipe"] not in names.pipe:
        remarks = (*remarks, Remark(_("Its pipe is no longer there.")))
    return StoredFinding(
        finding,
        pipe_id or "",
        names.node.get(row["node"], "") or "",
        names.node.get(row["from_node"], "") or "",
        known,
        photos.get(row["fid"], 0),
        remarks,
    )


def list_inspections(survey: Survey) -> tuple[Inspection, ...]:
    """Return the inspections of a survey without their findings, oldest first."""
    return tuple(inspection_of(row) for row in survey.table("inspection").to_pylist())


def list_sections(survey: Survey) -> tuple[Section, ...]:
    """Return what the survey says of sections."""
    return tuple(section_of(row) for row in survey.table("section").to_pylist())


def attachments_of(survey: Survey, findings: Iterable[int] | None = None) -> dict[int, tuple[Attachment, ...]]:
    """Return photos and files by the key of their finding, without their content."""
    wanted = None if findings is None else set(findings)
    held: dict[int, list[Attachment]] = {}
    for row in survey.table("attachment", list(_ATTACHMENT)).to_pylist():
        if row["finding"] is None or (wanted is not None and row["finding"] not in wanted):
            continue
        words: dict[str, Any] = {name: row[name] or "" for name in _ATTACHMENT[2:]}
        held.setdefault(row["finding"], []).append(
            Attachment(fid=row["fid"], finding=row["finding"], there=bool(row["sha256"]), **words)
        )
    return {key: tuple(rows) for key, rows in held.items()}


def attachment_content(survey: Survey, attachment: int) -> bytes | None:
    """Return what a photo or file holds; None where it is missing or altered."""
    rows = survey.table("attachment", fids=[attachment]).to_pylist()
    return attachments.content_of(rows[0], attachments.folder_of(survey.path)) if rows else None


def set_attachment_place(survey: Survey, place: str) -> None:
    """Say where new photos and files are kept: inside the ``survey``, or in a ``folder`` beside it.

    Raises
    ------
    EditError
        There is no such place.
    """
    if place not in attachments.PLACES:
        from pipemap.errors import EditError

        raise EditError(
            _("Photos are not kept in “{place}”.").format(place=place),
            _("It is one of {values}.").format(values=", ".join(attachments.PLACES)),
        )
    survey.set_setting(attachments.SETTING, place)


def with_photos(finding: Finding, paths: Iterable[Path]) -> Finding:
    """Return a finding with more photos to be stored."""
    return replace(finding, photos=(*finding.photos, *paths))


def _named(row: Mapping[str, Any], edit: Any) -> str:  # noqa: ANN401 -- an edit, which is typed where it is made
    for layer in ("pipe", "node"):
        if row[layer] is not None:
            return str(edit.named(layer, row[layer]))
    return _("the ground")
