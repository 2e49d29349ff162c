"""A street of two trades in the layouts that crews hand over, made by the tests themselves."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

Row = Sequence[object]

POINTS: list[Row] = [
    ("JS1", "给水", "三通", "消防栓", 3379500.0, 501500.0, 40.0),
    ("JS2", "给水", "直线点", "阀门", 3379530.0, 501500.0, 40.5),
    ("JS3", "给水", "弯头", "", 3379530.0, 501540.0, 40.2),
    ("YS1", "雨水", "起终点", "检查井", 3379505.0, 501505.0, 40.0),
    ("YS2", "雨水", "起终点", "出水口", 3379505.0, 501535.0, 39.8),
]
PIPES: list[Row] = [
    ("JS1", "JS2", 1.0, 1.1, "PE", "De110", "直埋", "给水", "", 2005.0),
    ("JS2", "JS3", 1.1, 1.2, "球墨铸铁", "DN300", "直埋", "给水", "", 1998.0),
    ("YS1", "YS2", 2.0, 2.3, "混凝土", "800X600", "直埋", "雨水", "+", ""),
]
LENGTH = (30**2 + 0.4**2) ** 0.5 + (40**2 + 0.4**2) ** 0.5 + (30**2 + 0.5**2) ** 0.5

POINT_HEADER = ["物探点号", "管线类型", "特征 ", "附属物", "X坐标", "Y坐标", "地面高程"]
PIPE_HEADER = [
    "起点点号",
    "终点点号",
    "起点埋深",
    "终点\u3000埋深",
    "材质",
    "管径",
    "埋设方式",
    "管线类型",
    "流向",
    "建设日期",
]
ROW_HEADER = [
    "管线点预编号",
    "连接点号",
    "埋设方式",
    "管线材料",
    "管径或断面",
    "特征",
    "附属物",
    "X",
    "Y",
    "地面",
    "管顶",
    "管底",
    "埋深",
]


def write_csv(path: Path, rows: Sequence[Row], *, encoding: str = "utf-8", separator: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def write_workbook(path: Path, sheets: dict[str, Sequence[Row]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write(number, column, cell)
    return path


def write_pair_of_files(
    folder: Path, *, encoding: str = "gbk", more_points: Sequence[Row] = (), pipes: Sequence[Row] = PIPES
) -> list[Path]:
    return [
        write_csv(folder / "管点.csv", [POINT_HEADER, *POINTS, *more_points], encoding=encoding),
        write_csv(folder / "管线.csv", [PIPE_HEADER, *pipes], encoding=encoding),
    ]


def write_pair_of_sheets(path: Path, *, zone: int = 38) -> Path:
    points = [(*row[:5], float(str(row[5])) + zone * 1e6, row[6]) for row in POINTS]
    return write_workbook(
        path,
        {
            "管点": [
                POINT_HEADER,
                ["Exp_No", "Type", "Feature", "Subsid", "X", "Y", "High"],
                ["", "", "", "", "m", "m", "m"],
                *points,
            ],
            "管线": [
                PIPE_HEADER,
                ["S_Exp", "E_Exp", "S_Deep", "E_Deep", "Material", "PSize", "EmBed", "Type", "FlowDir", "MDate"],
                ["", "", "m", "m", "", "mm", "", "", "", ""],
                *PIPES,
            ],
        },
    )


def rows_of_one_sheet(category: str) -> list[Row]:
    """A row for each connection, the number of the point blank from its second row on, each pipe from both of its ends."""
    rows: list[Row] = []
    for number, kind, feature, appurtenance, north, east, ground in POINTS:
        first = True
        for start, end, from_depth, to_depth, material, size, burial, trade, _flow, _built in PIPES:
            if kind != category or trade != category or number not in (start, end):
                continue
            depth = float(str(from_depth if number == start else to_depth))
            level = round(float(str(ground)) - depth, 3)
            levels = ("", level) if category == "雨水" else (level, "")
            point = (feature, appurtenance, north, east, ground) if first else ("", "", "", "", "")
            rows.append(
                (number if first else "", end if number == start else start, burial, material, size, *point, *levels, depth)
            )
            first = False
    return rows


def write_one_sheet(path: Path) -> Path:
    def sheet(category: str) -> list[Row]:
        return [
            [f"{category}管线点成果表"],
            ["工程名称：测试路", "", "", "日期 2024-05"],
            ROW_HEADER,
            *rows_of_one_sheet(category),
        ]

    return write_workbook(path, {"J": sheet("给水"), "Y": sheet("雨水")})
