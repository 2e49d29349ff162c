"""The town in every layout that real files are known to have: those of ``survey-table-layouts``, A one sheet, B two tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipemap.formats import read_source
from tests.formats.survey_tables.checks import assert_is_the_town, column, length, only, serious
from tests.formats.survey_tables.old_workbooks import write_old_workbook
from tests.formats.survey_tables.town import (
    LENGTH,
    PIPES,
    POINTS,
    ROW_HEADER,
    Row,
    rows_of_one_sheet,
    write_csv,
    write_workbook,
)

TRADES = {"J": "JS", "W": "WS", "Y": "YS", "LD": "LD", "L": "DL", "XH": "XH", "R": "RQ", "D": "TX"}
GRAVITY = {"WS", "YS"}


def connections(trades: Sequence[str] = ("给水", "雨水")) -> list[dict[str, object]]:
    """One record a connection, each pipe from both ends: what a one-sheet table prints, by name."""
    found: list[dict[str, object]] = []
    for number, trade, feature, appurtenance, north, east, ground in POINTS:
        for start, end, near, far, material, size, burial, category, flow, built in PIPES:
            if category != trade or trade not in trades or number not in (start, end):
                continue
            depth = float(str(near if number == start else far))
            told = flow if number == start else {"+": "-", "-": "+"}.get(str(flow), flow)
            found.append({
                "no": number, "to": end if number == start else start, "trade": trade, "feature": feature, "thing": appurtenance,
                "x": north, "y": east, "ground": ground, "depth": depth, "level": round(float(str(ground)) - depth, 3),
                "material": material, "size": size, "burial": burial, "flow": told, "built": built,
            })  # fmt: skip
    return found


def sheet_of(header: Sequence[str], names: Sequence[str], records: Sequence[dict[str, object]]) -> list[Row]:
    return [header, *([record.get(name, "") for name in names] for record in records)]


class TestOneSheet:
    def test_a1_a_sheet_for_each_of_eight_types(self, tmp_path: Path) -> None:
        sheets: dict[str, Sequence[Row]] = {}
        for place, name in enumerate(TRADES):
            x = 3379500.0 + 50 * place
            first: Row = ["1", "2", "直埋", "钢", 100.0, "三通", "", x, 501500.0, 40.0, 39.0, "", 1.0]
            second: Row = ["", "3", "直埋", "钢", "800X600", "", "", "", "", "", 39.0, "", 1.0]
            back: Row = ["2", "1", "直埋", "钢", 100.0, "弯头", "", x, 501530.0, 40.0, 39.0, "", 1.0]
            other: Row = ["3", "1", "直埋", "钢", "800X600", "弯头", "", x, 501480.0, 40.0, 39.0, "", 1.0]
            sheets[name] = [["管线点成果表"], ["工程名称：测试路"], ROW_HEADER, first, second, back, other]
        delivery = read_source([write_workbook(tmp_path / "成果.xlsx", sheets)])
        assert delivery.nodes.num_rows == 3 * len(TRADES)
        assert column(delivery, "category") == [code for code in TRADES.values() for _pipe in range(2)]
        assert column(delivery, "diameter_mm") == [100, None] * len(TRADES)
        assert column(delivery, "width_mm") == [None, 800] * len(TRADES)
        assert length(delivery) == pytest.approx(50 * len(TRADES))
        assert not serious(delivery)

    NAMES_A2 = (
        "",
        "no",
        "to",
        "feature",
        "thing",
        "x",
        "y",
        "ground",
        "level",
        "depth",
        "size",
        "",
        "material",
        "",
        "",
        "",
        "burial",
    )
    HEADER_A2 = (
        "序号", "物探点号", "连接点号", "点特征", "附属物", "X", "Y", "地面高程", "管线高程", "埋深", "截面尺寸", "",
            "材质", "", "", "", "埋设方式",
    )  # fmt: skip
    TITLES: tuple[Row, ...] = (["管线点成果表"], ["工程名称：测试路", "", "", "坐标系：独立"], ["探测单位：测绘院"])

    def test_a2_header_in_the_fourth_row(self, tmp_path: Path) -> None:
        def sheet(trade: str) -> list[Row]:
            return [*self.TITLES, *sheet_of(self.HEADER_A2, self.NAMES_A2, connections([trade]))]

        book = write_workbook(tmp_path / "t.xlsx", {"给水": sheet("给水"), "雨水": sheet("雨水")})
        delivery = read_source([book])
        assert_is_the_town(delivery)
        assert delivery.batch.surveyor == "测绘院"

    def test_a2_columns_by_place_where_headers_say_nothing(self, tmp_path: Path) -> None:
        strange = [f"列{place}" for place in range(len(self.HEADER_A2))]
        places = {2: "id", 3: "connect", 4: "feature", 5: "appurtenance", 6: "x_axis", 7: "y_axis", 8: "ground", 9: "level",
                  10: "depth", 11: "size_text", 13: "material", 17: "burial"}  # fmt: skip
        said = {f"#{place}": meant for place, meant in places.items()}
        mapping = tmp_path / "m.json"
        for header, rows in ((4, [*self.TITLES, strange]), (0, [])):
            book = write_workbook(
                tmp_path / "t.xlsx",
                {trade: [*rows, *sheet_of(strange, self.NAMES_A2, connections([trade]))[1:]] for trade in ("给水", "雨水")},
            )
            mapping.write_text(json.dumps({"*": said | {"@header": header, "@kind": "row"}}), encoding="utf-8")
            assert_is_the_town(read_source([book], mapping=mapping))

    HEADER_A3 = (
        "图上点号", "连接点号", "材质", "特征", "附属物", "X_m", "Y_m", "地面高程m", "管顶(沟底)高程m", "管径mm",
            "压力/电压", "埋深m",
        "电缆条数", "已用孔数/总孔数", "权属单位代码", "埋设方式", "埋设年代", "流向", "线型", "备注", "长度", "坡度",
            "井深", "井规格",
    )  # fmt: skip

    def test_a3_blocks_of_several_types_in_one_gbk_file(self, tmp_path: Path) -> None:
        def block(title: str, trade: str) -> list[Row]:
            rows: list[Row] = [[title], self.HEADER_A3]
            pipes = [pipe for pipe in PIPES if pipe[7] == trade]
            for point in (point for point in POINTS if point[1] == trade):
                out = next((pipe for pipe in pipes if pipe[0] == point[0]), None)
                told = out or ("", "", "", "", "", "", "", "", "", "")
                depth = f"'{out[2]:.2f}/{out[3]:.2f}" if out else ""
                rows.append([
                    f"{point[0]} ", f" {told[1]}", told[4], point[2], point[3], f"{point[4]} ", point[5], point[6], "",
                    told[5], "", depth, "", "", "", told[6], "", told[8], "", "", "30.00", "'-1/80" if out else "", "", "",
                ])  # fmt: skip
            return rows

        rows = [*block("J-给水", "给水"), *block("Y-雨水", "雨水")]
        path = tmp_path / "all.csv"
        path.write_bytes("".join(", ".join(str(cell) for cell in row) + "\r\n" for row in rows).encode("gbk"))
        delivery = read_source([path])
        assert_is_the_town(delivery)
        assert column(delivery, "flow") == [None, None, "+"]
        assert column(delivery, "to_depth") == [1.1, 1.2, 2.3]

    @pytest.mark.parametrize("columns", [14, 17, 11])
    def test_a4_three_old_workbooks(self, tmp_path: Path, columns: int) -> None:
        x, y, ground = "纵坐标\xa0(X)", "横\u3000坐标(Y)", "地面\u3000高程"
        header, names = {
            14: (
                ["现场点号", "图上点号", "管\xa0种", "特征点", "管径", x, y, ground, "管顶高程", "埋\u3000深", "方向点号",
                    "方向点号", "", "备注"],
                ["no", "map", "trade", "what", "size", "x", "y", "ground", "level", "depth", "to", "", "", ""],
            ),
            17: (
                ["现场点号", "图上点号", "管种", "特征点", "管径", "总孔数", "占用孔数", "套管尺寸", "电缆条数", "材质", x,
                    y, ground, "管顶高程", "埋深",
                 "方向点号", "备注"],
                ["no", "map", "trade", "what", "size", "", "", "", "", "material", "x", "y", "ground", "level", "depth",
                    "to", ""],
            ),
            11: (
                ["管种名称", "图上点号", "方向图上点号", "特征点名", "管径", "材质", x, y, ground, "埋深", "备注"],
                ["trade", "no", "to", "what", "size", "material", "x", "y", "ground", "depth", ""],
            ),
        }[columns]  # fmt: skip
        records = [record | {"map": f"T{record['no']}", "what": record["thing"] or record["feature"]} for record in connections()]
        rows = [["地下管线探查成果表"], *([[""]] * 8), *sheet_of(header, names, records)]
        delivery = read_source([write_old_workbook(tmp_path / "old.xls", {"Sheet1": rows})])
        assert len(header) == columns
        assert column(delivery, "id") == ["JS1-JS2", "JS2-JS3", "YS1-YS2"]
        assert column(delivery, "category") == ["JS", "JS", "YS"]
        assert column(delivery, "size_text") == ["De110", "DN300", "800X600"]
        assert column(delivery, "to_depth") == [1.1, 1.2, 2.3]
        assert delivery.nodes["kind"].to_pylist()[1] == "isolation_valve"
        assert length(delivery) == pytest.approx(LENGTH, abs=1e-6)
        assert {problem.rule for problem in serious(delivery)} <= {"unknown-value"}

    def test_a4_two_directions_in_one_row(self, tmp_path: Path) -> None:
        header = [
            "现场点号",
            "图上点号",
            "管种",
            "特征点",
            "管径",
            "纵坐标(X)",
            "横坐标(Y)",
            "地面高程",
            "埋深",
            "方向点号",
            "方向点号",
        ]
        rows: list[Row] = [
            [1, "S1", "上水", "三通", "DN300", 100.0, 200.0, 4.5, 1.0, 2, 3],
            [2, "S2", "上水", "闸阀", "DN300", 110.0, 200.0, 4.5, 1.0, 1, ""],
            [3, "S3", "上水", "扪头", "DN300", 100.0, 220.0, 4.5, 1.2, 1, ""],
        ]
        delivery = read_source([write_old_workbook(tmp_path / "old.xls", {"Sheet1": [header, *rows]})])
        assert column(delivery, "id") == ["1-2", "1-3"]
        assert not serious(delivery)

    HEADER_A5 = (
        "序号",
        "工程名称",
        "道路名称",
        "管线点号",
        "连接点号",
        "起点埋深",
        "终点埋深",
        "流向",
        "管材",
        "管径",
        "管类",
        "日期",
        "备注",
    )

    def test_a5_drains_with_both_depths_and_a_table_of_camera_findings(self, tmp_path: Path) -> None:
        rows: list[Row] = [
            [1, "测试路工程", "测试路", "YS1", "YS2", 2.0, 2.3, "顺流", "混凝土", "600", "雨水", "2024-05-06", ""],
            [2, "测试路工程", "测试路", "YS2", "YS3", 2.3, 2.4, "顺流", "混凝土", "600", "雨水", "2024-05-06", "淤积"],
        ]
        camera: list[Row] = [
            ["起始设施编号", "终止设施编号", "检测长度", "流向", "管材", "管渠规格(mm)", "缺陷距离", "缺陷代码", "缺陷等级"],
            ["YS1", "YS2", 30, "顺流", "混凝土", 600, 3.5, "CK", 2],
        ]
        points: list[Row] = [
            ["管线点号", "X", "Y", "地面高程"],
            *([f"YS{number}", 30.0 * number, 0.0, 40.0] for number in (1, 2, 3)),
        ]
        book = write_workbook(tmp_path / "t.xlsx", {"管线": [self.HEADER_A5, *rows], "CCTV": camera, "点": points})
        delivery = read_source([book])
        assert column(delivery, "id") == ["YS1-YS2", "YS2-YS3"]
        assert column(delivery, "from_depth") == [2.0, 2.3]
        assert column(delivery, "to_depth") == [2.3, 2.4]
        assert column(delivery, "flow") == ["+", "+"]
        assert column(delivery, "from_reference") == ["invert", "invert"]
        assert delivery.batch.project == "测试路工程"
        assert length(delivery) == pytest.approx((30**2 + 0.3**2) ** 0.5 + (30**2 + 0.1**2) ** 0.5)
        assert only(delivery, "inspection-sheet").where == "CCTV"
        assert not serious(delivery)


LINE_B1 = (
    "起点点号", "终点点号", "起点埋深", "终点埋深", "起点高程", "终点高程", "材质", "埋设方式", "管径", "建设日期",
        "管线权属单位",
    "电缆条数", "光缆条数", "电压值", "压力类型", "总孔数", "已用孔数", "套管尺寸", "所在位置", "流向",
        "管线使用状况(空管)", "线型(预埋管线)", "备注",
)  # fmt: skip


class TestTwoTables:
    @pytest.mark.parametrize("number", ["起点点号", "管线起点号", "物探点号"])
    def test_b1_a_point_and_a_line_table_for_each_code(self, tmp_path: Path, number: str) -> None:
        codes = ["FS", "GD", "JK", "LD", "RS", "SS", "TR", "TX", "WS", "YS", "ZS"]
        sheets: dict[str, Sequence[Row]] = {}
        for place, code in enumerate(codes):
            cables = {"GD": (3, ""), "TX": ("", 5)}.get(code, ("", ""))
            sheets[f"{code}P"] = [
                [number, "特征", "附属物", "X坐标", "Y坐标", "地面高程"],
                ["1", "三通", "", 100.0 * place, 10.0, 40.0],
                ["2", "弯头", "", 100.0 * place, 40.0, 40.0],
            ]
            sheets[f"{code}L"] = [
                LINE_B1,
                [
                    "1",
                    "2",
                    1.0,
                    1.2,
                    39.0,
                    38.8,
                    "钢",
                    "直埋",
                    "300",
                    "2010-05",
                    "自来水公司",
                    *cables,
                    "",
                    "",
                    6,
                    4,
                    "",
                    "人民路",
                    "",
                    "",
                    "",
                    "好",
                ],
            ]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", sheets)])
        assert column(delivery, "category") == codes
        assert column(delivery, "from_fid") == [2 * place for place in range(len(codes))]
        assert column(delivery, "to_fid") == [2 * place + 1 for place in range(len(codes))]
        assert column(delivery, "cables") == [{"GD": 3, "TX": 5}.get(code) for code in codes]
        assert (column(delivery, "holes")[0], column(delivery, "holes_used")[0]) == (6, 4)
        assert column(delivery, "owner") == ["自来水公司"] * len(codes)
        assert length(delivery) == pytest.approx(len(codes) * (30**2 + 0.2**2) ** 0.5)
        assert {problem.values["value"] for problem in serious(delivery)} == {"FS", "JK"}  # no codes of CJJ 61

    def test_b1_a_profile_explains_codes_of_tables(self, tmp_path: Path) -> None:
        sheets: dict[str, Sequence[Row]] = {
            "FSP": [["物探点号", "X坐标", "Y坐标"], ["1", 1.0, 2.0], ["2", 1.0, 32.0]],
            "FSL": [["起点点号", "终点点号"], ["1", "2"]],
        }
        mapping = tmp_path / "m.json"
        mapping.write_text('{"profile": "eps"}', encoding="utf-8")
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", sheets)], mapping=mapping)
        assert column(delivery, "category") == ["WS"]

    def test_b2_english_names_of_eps(self, tmp_path: Path) -> None:
        point = ["Prj_No", "Map_No", "Exp_No", "Type", "X", "Y", "High", "Rotation", "Code", "Feature", "Subsid", "WellDeep",
                 "WellShape", "WellMaterial", "WellSize", "Address", "Belong", "MDate", "SUnit", "SDate", "Note",
                     "WaterDeep", "MudDeep"]  # fmt: skip
        line = ["Prj_No", "S_Exp", "S_X", "S_Y", "S_Deep", "E_Exp", "E_X", "E_Y", "E_Deep", "Type", "Code", "Material", "PSize",
                "Voltage", "Pressure", "CabNum", "TotalHole", "UsedHole", "FlowDir", "EmBed", "MDate", "Belong", "Lno",
                    "Ustatus"]  # fmt: skip
        place = {point[0]: point[4:7] for point in POINTS}
        sheets: dict[str, Sequence[Row]] = {}
        for code, trade in (("JS", "给水"), ("YS", "雨水")):
            sheets[f"{code}Point"] = [
                point,
                *(
                    ["P1", f"T{no}", no, code, x, y, high, 0, "5.1", feature, thing, 1.5, "圆", "铸铁", "700", "测试路",
                        "水务", "2005",
                     "测绘院", "2024-05-01", "", 0.1, 0.05]
                    for no, kind, feature, thing, x, y, high in POINTS
                    if kind == trade
                ),
            ]  # fmt: skip
            sheets[f"{code}Line"] = [
                line,
                *(
                    ["P1", a, *place[a][:2], near, b, *place[b][:2], far, code, "5", material, size, "", "", "", "", "",
                        flow, burial,
                     built, "水务", f"L{a}", "使用中"]
                    for a, b, near, far, material, size, burial, kind, flow, built in PIPES
                    if kind == trade
                ),
            ]  # fmt: skip
            sheets[f"{code}Text"] = [["Exp_No", "X", "Y", "Text"], ["T1", 1.0, 2.0, "DN300"]]
            sheets[f"{code}Mark"] = [["Exp_No", "X", "Y", "Mark"], ["M1", 1.0, 2.0, "a"]]
            sheets[f"{code}Annexe"] = [["Exp_No", "X", "Y", "Code"], ["A1", 1.0, 2.0, "5"]]
        delivery = read_source([write_workbook(tmp_path / "eps.xlsx", sheets)])
        assert delivery.nodes["id"].to_pylist() == [point[0] for point in POINTS]
        assert delivery.nodes["water_depth"].to_pylist() == [0.1] * 5
        assert column(delivery, "id") == ["LJS1", "LJS2", "LYS1"]
        assert column(delivery, "lifecycle") == ["in_use"] * 3
        assert column(delivery, "flow") == [None, None, "+"]
        assert length(delivery) == pytest.approx(LENGTH, abs=1e-6)
        assert sum(problem.rule == "annotation-sheet" for problem in delivery.problems) == 6
        assert not serious(delivery)

    @pytest.mark.parametrize(
        "ends", [("S_POINT", "E_POINT", "FLOW_D"), ("SPOINT", "EPOINT", "FLOWDIRECT")], ids=["underscored", "joined"]
    )
    def test_b3_codes_in_capitals(self, tmp_path: Path, ends: tuple[str, str, str]) -> None:
        header = ["P_TYPE", ends[0], ends[1], "S_DEEP", "E_DEEP", "S_H", "E_H", "MATERIAL", "D_S", "MDATE", "ADDRESS",
            "RNAME", ends[2],
                  "LLENGTH"]  # fmt: skip
        ground = {point[0]: float(str(point[6])) for point in POINTS}
        lines = [
            [trade, a, b, near, far, round(ground[str(a)] - float(str(near)), 3), round(ground[str(b)] - float(str(far)),
                3), material, size,
             built, "12号门前", "测试路", flow, 30]
            for a, b, near, far, material, size, _burial, trade, flow, built in PIPES
        ]  # fmt: skip
        points = [["EXP_NO", "P_TYPE", "FEATURE", "SUBSID", "X", "Y", "SURF_H"], *POINTS]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", {"POINT": points, "LINE": [header, *lines]})])
        assert column(delivery, "road") == ["测试路"] * 3
        assert {problem.rule for problem in serious(delivery)} == {"column-clash"}
        assert column(delivery, "id") == ["JS1-JS2", "JS2-JS3", "YS1-YS2"]
        assert length(delivery) == pytest.approx(LENGTH, abs=1e-6)

    def test_b3_lines_with_places_and_bare_codes_of_flow(self, tmp_path: Path) -> None:
        header = ["起点点号", "终点点号", "起点高程", "终点高程", "材质", "起点X", "起点Y", "终点X", "终点Y", "起点埋深",
            "终点埋深", "埋设方式",
                  "管径", "使用状况", "道路名称", "管线类型", "流向", "备注"]  # fmt: skip
        row = ["TX1", "TX2", 39, 38.8, "PVC", 100.0, 0.0, 130.0, 0.0, 1, 1.2, "管块", "300X200", "在用", "测试路", "通信", 0, ""]
        delivery = read_source([write_csv(tmp_path / "txjs_line.csv", [header, row])])
        assert delivery.nodes["id"].to_pylist() == ["TX1", "TX2"]
        assert column(delivery, "flow") == ["0"]  # bare codes mean nothing without a mapping
        assert column(delivery, "lifecycle") == ["in_use"]
        assert column(delivery, "width_mm") == [300]
        assert not serious(delivery)

    @pytest.mark.parametrize("key", ["WTDH", "GDBH", "TSDH"])
    def test_b4_initials_in_pinyin(self, tmp_path: Path, key: str) -> None:
        points: list[Row] = [["GDBH", "TSDH", "WTDH", "YSDM", "SZTF", "X", "Y", "DMGC", "TZ", "FSW"]]
        names = {"GDBH": "G{}", "TSDH": "T{}", "WTDH": "{}"}
        for no, _trade, feature, thing, x, y, ground in POINTS:
            points.append([f"G{no}", f"T{no}", str(no), "5.1", "F12", x, y, ground, feature, thing])
        line = ["QDDH", "ZDDH", "QDMS", "ZDMS", "QDGC", "ZDGC", "CZ", "GJ", "MSFS", "DY", "DLGS", "ZKS", "ZYKS", "GXLX"]
        lines: list[Row] = [
            [names[key].format(a), names[key].format(b), near, far, "", "", material, size, burial, "", "", "", "", trade]
            for a, b, near, far, material, size, burial, trade, _flow, _built in PIPES
        ]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", {"GD": points, "GX": [line, *lines]})])
        assert column(delivery, "id") == ["JS1-JS2", "JS2-JS3", "YS1-YS2"]
        assert delivery.nodes["sheet"].to_pylist() == ["F12"] * 5
        assert length(delivery) == pytest.approx(LENGTH, abs=1e-6)
        assert {problem.rule for problem in serious(delivery)} <= {"column-clash"}

    def test_b4_ends_as_ids(self, tmp_path: Path) -> None:
        points: list[Row] = [["GDBH", "X", "Y"], ["1", 0.0, 0.0], ["2", 30.0, 0.0]]
        lines: list[Row] = [["QD_ID", "ZD_ID", "GNJ", "CZ"], ["1", "2", "300", "钢"]]
        delivery = read_source([write_workbook(tmp_path / "t.xlsx", {"点": points, "线": lines})])
        assert column(delivery, "from_node") == ["1"]
        assert column(delivery, "diameter_mm") == [300]

    def test_b5_three_header_rows_and_numbers_that_stand_twice(self, tmp_path: Path) -> None:
        header: list[Row] = [["图上点号", "x坐标", "y坐标", "地面高程"], ["TSDH", "X", "Y", "DMGC"], ["", "m", "m", "m"]]
        here: list[Row] = [[f"YSK{number:02}", 1000.0 + 30 * number, 0.0, 40.0] for number in range(1, 5)]
        there: list[Row] = [[f"YSK{number:02}", 9000.0 + 30 * number, 0.0, 40.0] for number in range(1, 5)]
        single: list[Row] = [["YSK12-1", 1000.0, 0.0, 40.0], ["YSK30", 9150.0, 0.0, 40.0]]
        ends = [("YSK12-1", "YSK01"), ("YSK01", "YSK02"), ("YSK02", "YSK03"), ("YSK04", "YSK30")]
        pipes: list[Row] = [["起点号", "终点号", "管径"], ["S", "E", "D"], ["", "", "mm"], *([*pair, "300"] for pair in ends)]
        book = write_workbook(tmp_path / "t.xlsx", {"点": [*header, *here, *there, *single], "线": pipes})
        delivery = read_source([book])
        assert delivery.nodes.num_rows == 10
        assert sum(problem.rule == "duplicate-point" for problem in delivery.problems) == 4
        assert [abs(delivery.lines[row][1, 1] - delivery.lines[row][0, 1]) for row in range(4)] == [30.0] * 4
        assert delivery.lines[3][0, 1] == 9120.0  # the far one of the two
        assert column(delivery, "from_node")[0] == "YSK12-1"
        assert only(delivery, "nearest-taken").element == "YSK04-YSK30"


def test_of_two_places_the_first_listed_counts_where_the_other_is_only_a_little_nearer(tmp_path: Path) -> None:
    points: list[Row] = [["点号", "X", "Y"], ["A", 1000.0, 0.0], ["B", 1036.0, 0.0], ["A", 1006.0, 0.0]]
    book = write_workbook(tmp_path / "t.xlsx", {"点": points, "线": [["起点号", "终点号"], ["A", "B"]]})
    delivery = read_source([book])
    assert delivery.lines[0][0, 1] == 1000.0
    assert {problem.rule for problem in serious(delivery)} == {"duplicate-point"}


TRADE_WORDS = {
    "JS": "上水 给水 自来水",
    "DL": "电力 dl",
    "GD": "供电",
    "MQ": "煤气",
    "RQ": "燃气",
    "TR": "天然气",
    "XX": "信息网络",
    "TX": "通信",
    "XH": "交通信号灯 信号",
}
THING_WORDS = {
    "chamber": "检查井 窨井",
    "isolation_valve": "阀门 阀门井 闸阀 蝶阀",
    "gully": "雨篦 雨水篦",
    "dead_end": "扪头 管堵 盖堵",
    "cabinet": "分线箱 接线箱",
    "drain_valve": "凝水缸",
    "manhole": "人孔 手孔",
    "boundary": "非普查区",
    "pole": "上杆",
    "meter": "水表井",
}


def test_c_words_for_types_and_features_mean_one_thing(tmp_path: Path) -> None:
    trades = [(code, word) for code, words in TRADE_WORDS.items() for word in words.split()]
    things = [(kind, word) for kind, words in THING_WORDS.items() for word in words.split()]
    rows: list[Row] = [["点号", "X", "Y", "管类", "附属物"]]
    rows += [[f"T{place}", 10 + place, 1, word, ""] for place, (_code, word) in enumerate(trades)]
    rows += [[f"F{place}", 10 + place, 5, "给水", word] for place, (_kind, word) in enumerate(things)]
    delivery = read_source([write_csv(tmp_path / "p.csv", rows)])
    assert delivery.nodes["category"].to_pylist()[: len(trades)] == [code for code, _word in trades]
    assert delivery.nodes["kind"].to_pylist()[len(trades) :] == [kind for kind, _word in things]
    assert not serious(delivery)


def test_rows_of_one_sheet_fit_the_records_of_these_layouts() -> None:
    assert len(connections()) == sum(len(rows_of_one_sheet(trade)) for trade in ("给水", "雨水"))
