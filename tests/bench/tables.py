"""Survey tables of any size, written column by column: a town on a grid, five trades in bands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

TRADES = np.array(["JS", "YS", "WS", "RQ", "DL"])
SIZES = np.array(["DN300", "200", "800X600", "De110", "DN1000"])
MATERIALS = np.array(["PE", "球墨铸铁", "混凝土", "钢", "PVC"])
FEATURES = np.array(["直线点", "三通", "弯头", "四通", ""])
THINGS = np.array(["", "阀门", "检查井", "", "消防栓"])


def write_pair(folder: Path, pipes: int) -> list[Path]:
    """Write a point and a line table (管点.csv, 管线.csv) of about that many pipes."""
    count = max(4, int(pipes * 0.8))
    grid = _Grid(count)
    rows = np.arange(count)
    east = rows[(rows % grid.side != grid.side - 1) & (rows + 1 < count)]
    north = rows[rows + grid.side < count]
    start = np.concatenate([east, north])[:pipes]
    end = np.concatenate([east + 1, north + grid.side])[:pipes]
    points = {"物探点号": grid.ids, "管线类型": grid.trade, "特征": FEATURES[rows % 5], "附属物": THINGS[rows // 3 % 5]}
    points |= {"X坐标": grid.north, "Y坐标": grid.east, "地面高程": grid.ground}
    lines = {"起点点号": grid.ids[start], "终点点号": grid.ids[end], "起点埋深": _depth(start), "终点埋深": _depth(end)}
    lines |= {"材质": MATERIALS[start % 5], "管径": SIZES[start % 5], "埋设方式": np.full(len(start), "直埋")}
    lines |= {"管线类型": grid.trade[start], "建设日期": 1980 + start % 40}
    lines |= {"所在道路": np.char.add("人民路", (start // 500).astype(str))}
    return [_written(folder / "管点.csv", points), _written(folder / "管线.csv", lines)]


def write_one_sheet(folder: Path, rows: int) -> Path:
    """Write a table of points and connections (成果表.csv) of about that many rows, each pipe from both of its ends."""
    count = max(4, rows // 2)
    grid = _Grid(count)
    numbers = np.arange(count)
    east = numbers[(numbers % grid.side != grid.side - 1) & (numbers + 1 < count)]
    here = np.concatenate([east, east + 1])
    there = np.concatenate([east + 1, east])
    order = np.argsort(here, kind="stable")
    here, there = here[order], there[order]
    first = np.concatenate([[True], here[1:] != here[:-1]])
    pipe = np.minimum(here, there)
    table = {"管线点预编号": np.where(first, grid.ids[here], ""), "连接点号": grid.ids[there], "管线类型": grid.trade[here]}
    table |= {"埋设方式": np.full(len(here), "直埋"), "管线材料": MATERIALS[pipe % 5], "管径或断面": SIZES[pipe % 5]}
    table |= {"特征": np.where(first, FEATURES[here % 5], ""), "附属物": np.where(first, THINGS[here // 3 % 5], "")}
    table |= {"X": grid.north[here], "Y": grid.east[here], "地面": grid.ground[here]}
    table |= {"管顶": np.round(grid.ground[here] - _depth(here), 3), "埋深": _depth(here)}
    return _written(folder / "成果表.csv", table)


class _Grid:
    """Points 30 m apart."""

    def __init__(self, count: int) -> None:
        rows = np.arange(count)
        self.side = int(count**0.5)
        row, column = rows // self.side, rows % self.side
        self.trade = TRADES[row // 40 % 5]
        self.ids = np.char.add(self.trade, rows.astype(str))
        self.ground = np.round(40 + 3 * np.sin(row / 200) + 2 * np.cos(column / 300), 3)
        self.north = np.round(3_379_000 + 30.0 * row + 0.001 * (rows % 997), 3)
        self.east = np.round(501_000 + 30.0 * column + 0.001 * (rows % 991), 3)


def _depth(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.round(1 + 0.01 * (rows % 90), 2)


def _written(path: Path, columns: dict[str, NDArray[np.generic]]) -> Path:
    csv.write_csv(pa.table(columns), path)
    return path
