"""NumPy arrays to VTK's and back, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_ID_TYPE, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from vtkmodules.vtkCommonCore import vtkDataArray


def to_vtk(values: NDArray[Any]) -> vtkDataArray:
    """Return a copy as a VTK array of the same type."""
    array: vtkDataArray = numpy_to_vtk(np.ascontiguousarray(values), deep=True)  # type: ignore[no-untyped-call]
    return array


def from_vtk(array: object) -> NDArray[Any]:
    """Return a VTK array as a NumPy array that shares its memory."""
    values: NDArray[Any] = vtk_to_numpy(array)  # type: ignore[no-untyped-call]
    return values


def points_of(places: NDArray[np.float32]) -> vtkPoints:
    """Return float32 (n, 3) as points."""
    points = vtkPoints()
    points.SetData(to_vtk(places.astype(np.float32, copy=False)))
    return points


def cells_of(numbers: NDArray[np.int64]) -> vtkCellArray:
    """Return cells of equal size: int64 (cells, points of each)."""
    count, size = numbers.shape
    cells = vtkCellArray()
    offsets = np.arange(0, (count + 1) * size, size, dtype=np.int64)
    cells.SetData(_ids(offsets), _ids(numbers.reshape(-1)))
    return cells


def _ids(numbers: NDArray[np.int64]) -> vtkDataArray:
    array: vtkDataArray = numpy_to_vtk(np.ascontiguousarray(numbers), deep=True, array_type=VTK_ID_TYPE)  # type: ignore[no-untyped-call]
    return array
