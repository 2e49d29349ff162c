"""The survey database: one GeoPackage file. The only SQL of the program."""

from __future__ import annotations

from pipemap.store.backups import Backup, backups_of, restore
from pipemap.store.change import Change
from pipemap.store.checking import FoundProblem, KeptProblems, Scope
from pipemap.store.difference import Altered, Difference
from pipemap.store.extracting import reprojected
from pipemap.store.files import create_survey, creating, open_survey
from pipemap.store.foreign import ForeignEdit
from pipemap.store.hand_outs import HandOut
from pipemap.store.history import Entry, Verification
from pipemap.store.locks import Holder
from pipemap.store.log import Asked
from pipemap.store.opening import is_survey
from pipemap.store.past import Moment
from pipemap.store.problems import StoredProblem, StoredProblems
from pipemap.store.query import Condition, ConditionError, Hit
from pipemap.store.reference import area_m2, crs_label, public_crs, transformed
from pipemap.store.storing import Plan, Stored, into_crs
from pipemap.store.survey import StoredBatch, Survey

__all__ = [
    "Altered",
    "Asked",
    "Backup",
    "Change",
    "Condition",
    "ConditionError",
    "Difference",
    "Entry",
    "ForeignEdit",
    "FoundProblem",
    "HandOut",
    "Hit",
    "Holder",
    "KeptProblems",
    "Moment",
    "Plan",
    "Scope",
    "Stored",
    "StoredBatch",
    "StoredProblem",
    "StoredProblems",
    "Survey",
    "Verification",
    "area_m2",
    "backups_of",
    "create_survey",
    "creating",
    "crs_label",
    "into_crs",
    "is_survey",
    "open_survey",
    "public_crs",
    "reprojected",
    "restore",
    "transformed",
]
