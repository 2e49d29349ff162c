"""The survey database: one GeoPackage file. The only SQL of the program."""

from __future__ import annotations

from pipemap.store.files import create_survey, creating, open_survey
from pipemap.store.locks import Holder
from pipemap.store.query import Condition, ConditionError, Hit
from pipemap.store.storing import Stored
from pipemap.store.survey import StoredBatch, StoredProblem, Survey

__all__ = [
    "Condition",
    "ConditionError",
    "Hit",
    "Holder",
    "Stored",
    "StoredBatch",
    "StoredProblem",
    "Survey",
    "create_survey",
    "creating",
    "open_survey",
]
