"""A report with every kind of section, and texts that mean harm."""

from __future__ import annotations

import io

from pipemap.reports.content import (
    Column,
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Key,
    Legend,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
)

STATE = "ab" * 32
AS_OF = "2026-03-04T05:06:07.123+00:00"

HOSTILE = (
    '=HYPERLINK("http://example.org")',
    "+1-1",
    "@SUM(A1)",
    "\x00\x01\x1bcontrols\x7f\x85",
    "\u202egnp.exe\u202c turned",
    "\ud800 half a character",
    "<script>alert(1)</script>&amp;\"'",
    "W" * 5000,
    "مرحبا שלום 😀",
    "line\r\nbreak\u2028and\ttab",
    "{nb} {page} %s {0}",
    "]]> -->",
)


def photo(width: int = 60, height: int = 40, colour: str = "#3C9D6E") -> bytes:
    """A small JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


def report(*sections: Section, language: str = "zh", page: Page | None = None) -> Report:
    """A report of given sections."""
    return Report("inventory", "管线统计报告", sections, language, "示例城市", STATE, AS_OF, page=page or Page())


def table(rows: int = 3, columns: int = 3) -> Table:
    """A table with texts and numbers in turn."""
    kinds = ("text", "number")
    heads = tuple(
        Column(f"c{place}", f"栏{place}", kinds[place % 2], "m" if place % 2 else "")  # type: ignore[arg-type]
        for place in range(columns)
    )
    made: tuple[Row, ...] = tuple(
        tuple(row * 1000.25 + place if place % 2 else f"行{row}" for place in range(columns)) for row in range(rows)
    )
    return Table("list", "明细表", heads, made, total=tuple(12.5 if place % 2 else "合计" for place in range(columns)))


def everything() -> Report:
    """Every kind of section once."""
    return report(
        Cover("管线统计报告", "示例城市", (("坐标系", "EPSG:4547"),), Picture(photo())),
        Contents("目录"),
        Heading("概况"),
        Paragraph("关阀单与工作量统计。"),
        Paragraph("状态未知", "note"),
        Facts((("管线点", "1"), ("管线段", "2"), ("长度", "3 m"))),
        Heading("明细", 2),
        table(),
        Gallery((Picture(photo(), "一"), Picture(photo(colour="#D1495B"), "二"), Picture(photo(), "三"))),
        Legend((Key("#D1495B", "隔离范围", "1"),)),
        Signatures(("编制", "审定")),
        PageBreak(Page("A3", landscape=True)),
        Picture(photo(), "图", height_mm=60),
    )
