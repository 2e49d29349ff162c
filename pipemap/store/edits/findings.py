"""Findings, inspections, sections and their photos: added, changed, deleted within the edit that is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.catalog.findings import finding_code, finding_systems
from pipemap.errors import EditError, UnknownElementError
from pipemap.model.course import length_of
from pipemap.model.finding import SEVERITIES, STATUSES, Finding, Inspection, Remark, Section, remarks_of
from pipemap.store import attachments
from pipemap.store.validation import checked_number, checked_text
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.fields import Layer
    from pipemap.store.editing import BasicEdit
    from pipemap.store.validation import Values

_NUMBERS = ("station", "length", "x", "y", "inspected_length", "water_percent", "area_importance", "soil", "diameter_mm")
_FLAGS = ("aborted", "cleaned", "plugged")
_ELEMENTS: Mapping[str, Layer] = {"pipe": "pipe", "node": "node", "from_node": "node", "to_node": "node"}


@dataclass(frozen=True, slots=True)
class KeptInspection:
    """What came of storing one inspection: its key, those of its findings in their order, and what is odd about them."""

    fid: int
    findings: tuple[int, ...]
    remarks: tuple[tuple[int, Remark], ...] = ()


def add_finding(edit: BasicEdit, finding: Finding, *, strict: bool = True) -> int:
    """Add a finding with its photos; return its key.

    Parameters
    ----------
    strict
        Refuse what :func:`~pipemap.model.finding.remarks_of` refuses, as where a person enters it; otherwise it is kept as it
        is, and listed with its remarks.

    Raises
    ------
    EditError
        Its place, clock, code or grade cannot stand, or a photo is none.
    UnknownElementError, AmbiguousElementError
        Its pipe or node is not there.
    """
    row = _row(edit, finding, strict=strict)
    fid = edit.add("finding", row)
    for photo in finding.photos:
        attach(edit, fid, photo, missing_is_kept=not strict)
    return fid


def change_finding(edit: BasicEdit, finding: int, **fields: object) -> None:
    """Change fields of a finding, by the names of :class:`~pipemap.model.finding.Finding`; photos are added to those it has.

    Raises
    ------
    EditError
        There is no such finding or field, or the finding could not stand so.
    """
    known = {field.name for field in dataclasses.fields(Finding)} - {"fid"}
    if unknown := sorted(set(fields) - known):
        raise EditError(_("A finding has no field “{name}”.").format(name=unknown[0]), ", ".join(sorted(known)))
    before = finding_of(edit.row("finding", _there(edit, finding)))
    given: dict[str, Any] = dict(fields)
    photos = given.pop("photos", ())
    if "pipe" in given and given["pipe"] is not None:
        given = {"node": None, "from_node": None} | given
    elif given.get("node") is not None:
        given |= {"pipe": None, "from_node": None, "station": None}
    after = replace(before, **given)
    edit.write("finding", finding, _row(edit, after, strict=True))
    for photo in photos:
        attach(edit, finding, photo)


def remove_finding(edit: BasicEdit, finding: int) -> None:
    """Delete a finding with its photos.

    Raises
    ------
    EditError
        There is no such finding.
    """
    _there(edit, finding)
    for one in edit.keys("attachment", "finding", finding):
        edit.remove("attachment", one)
    for one in edit.keys("reading", "finding", finding):
        edit.write("reading", one, {"finding": None})
    edit.remove("finding", finding)


def attach(edit: BasicEdit, finding: int, path: Path, *, missing_is_kept: bool = False) -> int:
    """Attach a photo or a file to a finding; one with the same content is not attached twice.

    Parameters
    ----------
    missing_is_kept
        A file that is not there, or is no picture, leaves its name, so that it is known to be missing (缺图).

    Raises
    ------
    EditError
        The file cannot be read, is huge, or is not the picture that it says.
    """
    path = Path(path)
    held = [edit.row("attachment", one) for one in edit.keys("attachment", "finding", _there(edit, finding))]
    try:
        content = attachments.read_file(path)
    except EditError:
        if not missing_is_kept:
            raise
        if named := next((row["fid"] for row in held if row["name"] == path.name), None):
            return int(named)
        return edit.add("attachment", {"finding": finding, "name": path.name, "media_type": "image/missing"})
    row = attachments.row_of(path, content, _folder(edit))
    same = next((old["fid"] for old in held if old["sha256"] == row["sha256"]), None)
    if same is not None:
        return int(same)
    awaited = next((old["fid"] for old in held if old["name"] == path.name and old["sha256"] is None), None)
    if awaited is not None:
        edit.write("attachment", awaited, row)
        return int(awaited)
    return edit.add("attachment", row | {"finding": finding})


def detach(edit: BasicEdit, attachment: int) -> None:
    """Take a photo or a file from its finding."""
    edit.row("attachment", attachment)
    edit.remove("attachment", attachment)


def keep_inspection(edit: BasicEdit, inspection: Inspection) -> KeptInspection:
    """Add an inspection with its findings, or update the one whose ``fid`` it names.

    Findings with a ``fid`` are changed, others added; those of the inspection that are not named stay. Nothing is refused for
    being odd: stations beyond the pipe, unknown codes and missing photos are kept, and returned as remarks.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        A pipe or node that is named is not there.
    """
    values: Values = _values(edit, inspection, ("findings", "fid"))
    values["section_id"] = values.pop("section")
    if inspection.fid is None:
        fid = edit.add("inspection", values)
    else:
        fid = inspection.fid
        edit.write("inspection", fid, values)
    keys, remarks = [], []
    for number, given in enumerate(inspection.findings):
        finding = replace(given, inspection=fid)
        remarks += [(number, remark) for remark in remarks_of(finding, pipe_length(edit, finding))]
        if finding.fid is None:
            keys.append(add_finding(edit, finding, strict=False))
            continue
        edit.write("finding", finding.fid, _row(edit, finding, strict=False))
        for photo in finding.photos:
            attach(edit, finding.fid, photo, missing_is_kept=True)
        keys.append(finding.fid)
    return KeptInspection(fid, tuple(keys), tuple(remarks))


def remove_inspection(edit: BasicEdit, inspection: int, *, with_findings: bool = False) -> None:
    """Delete an inspection; its findings go with it, or stay without one."""
    for one in edit.keys("finding", "inspection", inspection):
        if with_findings:
            remove_finding(edit, one)
        else:
            edit.write("finding", one, {"inspection": None})
    edit.row("inspection", inspection)
    edit.remove("inspection", inspection)


def keep_section(edit: BasicEdit, section: Section) -> int:
    """Add what is said of a section, or update the one whose ``fid`` it names; return its key.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        A node that is named is not there.
    """
    values = _values(edit, section, ("fid",))
    if section.fid is None:
        return edit.add("section", values)
    edit.write("section", section.fid, values)
    return section.fid


def finding_of(row: Mapping[str, Any]) -> Finding:
    """Return the record of a row."""
    names = {field.name for field in dataclasses.fields(Finding)} - {"photos"}
    texts = {field.name for field in dataclasses.fields(Finding) if field.type == "str"}
    given: dict[str, Any] = {name: (row[name] or "") if name in texts else row[name] for name in names}
    return Finding(**given)


def inspection_of(row: Mapping[str, Any]) -> Inspection:
    """Return the record of a row, without its findings."""
    texts = {field.name for field in dataclasses.fields(Inspection) if field.type == "str"} - {"section"}
    names = {field.name for field in dataclasses.fields(Inspection)} - {"findings", "section", *_FLAGS}
    given: dict[str, Any] = {name: (row[name] or "") if name in texts else row[name] for name in names}
    given |= {name: bool(row[name]) for name in _FLAGS}
    return Inspection(section=row["section_id"] or "", **given)


def section_of(row: Mapping[str, Any]) -> Section:
    """Return the record of a row."""
    texts = {field.name for field in dataclasses.fields(Section) if field.type == "str"}
    names = (field.name for field in dataclasses.fields(Section))
    given: dict[str, Any] = {name: (row[name] or "") if name in texts else row[name] for name in names}
    return Section(**given)


def pipe_length(edit: BasicEdit, finding: Finding) -> float | None:
    """Return the length of the pipe of a finding, None where it has none."""
    if finding.pipe is None:
        return None
    row = edit.row("pipe", edit.find("pipe", finding.pipe))
    return float(row["length"]) if row["length"] is not None else length_of(edit.course(row)) if row["geom"] else None


def _there(edit: BasicEdit, finding: int) -> int:
    if not edit.ask("SELECT 1 FROM finding WHERE fid = ?", finding):
        raise UnknownElementError(f"finding:#{finding}")
    return finding


def _row(edit: BasicEdit, finding: Finding, *, strict: bool) -> Values:
    """Return the columns of a finding, checked."""
    if strict:
        _check_words(finding)
    values = _values(edit, finding, ("photos", "fid"))
    if values["from_node"] is not None and values["pipe"] is not None:
        pipe = edit.row("pipe", values["pipe"])
        if strict and values["from_node"] not in {pipe["from_fid"], pipe["to_fid"]}:
            raise EditError(
                _("{pipe} does not end at {node}.").format(
                    pipe=edit.named("pipe", values["pipe"]), node=edit.named("node", values["from_node"])
                ),
                _("Stations count from one of its ends."),
            )
    if strict:
        for remark in remarks_of(finding, pipe_length(edit, finding)):
            if remark.refused:
                raise EditError(remark.text)
        known = finding_code(finding.system, finding.code)
        if known is not None and known.is_named(finding.code):
            values["code"] = known.code  # its name was typed
    return values


def _check_words(finding: Finding) -> None:
    for name, value, allowed in (
        ("system", finding.system, finding_systems()),
        ("status", finding.status, STATUSES),
        ("severity", finding.severity, ("", *SEVERITIES)),
        ("kind", finding.kind, ("defect", "hazard")),
    ):
        if value not in allowed:
            raise EditError(
                _("“{name}” cannot be “{value}”.").format(name=name, value=value),
                _("It is one of {values}.").format(values=", ".join(word for word in allowed if word)),
            )


def _values(edit: BasicEdit, record: Finding | Inspection | Section, but: Iterable[str]) -> Values:
    """Return the columns of a record: elements as keys, empty texts as unknown."""
    values: Values = {}
    for field in dataclasses.fields(record):
        if field.name in but:
            continue
        value = getattr(record, field.name)
        if field.name in _ELEMENTS and value is not None:
            value = edit.find(_ELEMENTS[field.name], value)
        elif field.name in _NUMBERS:
            value = checked_number(field.name, value)
        elif isinstance(value, str):
            value = checked_text(field.name, value.strip()) or None
        elif isinstance(value, bool):
            value = int(value)
        values[field.name] = value
    return values


def _folder(edit: BasicEdit) -> Path | None:
    """Return where files are kept beside the survey; None where they are kept inside."""
    found = edit.ask("SELECT value FROM setting WHERE name = ?", attachments.SETTING)
    if not found or found[0][0] != "folder":
        return None
    ((file,),) = edit.ask("SELECT file FROM pragma_database_list WHERE name = 'main'")
    return attachments.folder_of(Path(file))
