"""What many elements have in common, field by field: what a form for all of them shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from pipemap.model.fields import Layer, fields
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.store import Survey


@dataclass(frozen=True, slots=True)
class Common:
    """A field of several elements: the one value that all hold, or how many different ones there are."""

    value: object
    different: int

    @property
    def is_one(self) -> bool:
        """Whether all hold the same, unknown ones included."""
        return self.different <= 1


def common_values(survey: Survey, layer: Layer, fids: NDArray[np.int64], *, progress: Progress = SILENT) -> dict[str, Common]:
    """Return what the elements hold in each field."""
    names = list(fields(layer))
    table = survey.columns_of(layer, fids, names, progress=progress)
    found = {}
    for name in names:
        different = pc.count_distinct(table[name], mode="all").as_py()
        found[name] = Common(table[name][0].as_py() if different == 1 else None, different)
    return found
