"""The survey database: one GeoPackage file. The only SQL of the program."""

from __future__ import annotations

from pipemap.store.extracting import reprojected
from pipemap.store.files import create_survey, creating, open_survey
from pipemap.store.hand_outs import HandOut
from pipemap.store.locks import Holder
from pipemap.store.opening import is_survey
from pipemap.store.problems import StoredProblem, StoredProblems
from pipemap.store.query import Condition, ConditionError, Hit
from pipemap.store.reference import area_m2, crs_label, public_crs, transformed
from pipemap.store.storing import Stored, into_crs
from pipemap.store.survey import StoredBatch, Survey

__all__ = [
    "Condition",
    "ConditionError",
    "HandOut",
    "Hit",
    "Holder",
    "Stored",
    "StoredBatch",
    "StoredProblem",
    "StoredProblems",
    "Survey",
    "area_m2",
    "create_survey",
    "creating",
    "crs_label",
    "into_crs",
    "is_survey",
    "open_survey",
    "public_crs",
    "reprojected",
    "transformed",
]
