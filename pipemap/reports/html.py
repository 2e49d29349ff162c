"""A report as one web page that needs nothing beside it: pictures inside, nothing loaded, nothing run."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.progress import SILENT, Progress, Told, told_every
from pipemap.reports.content import (
    Cell,
    Column,
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Legend,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Signatures,
    Table,
)
from pipemap.reports.pictures import prepared
from pipemap.reports.text import clean, line, spans, state_words, told
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.reports.template import Template

_SHOWN_MM = 190.0
_PIECES_AT_ONCE = 1000
_STYLE = """
@page{size:%(page)s;margin:%(margin)gmm}
*{box-sizing:border-box}
body{font:10pt/1.5 "Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif;color:#1B1F24;
max-width:1080px;margin:2em auto;padding:0 1.5em;overflow-wrap:anywhere}
h1,h2,h3{color:%(accent)s;line-height:1.25;break-after:avoid}
header.cover{border-bottom:3px solid %(accent)s;margin-bottom:2em}header.cover h1{font-size:2.2em;margin:.4em 0 .2em}
header.cover .logo{max-height:24mm;max-width:60mm}.quiet,figcaption{color:#5B6470;font-size:.88em}.strong{font-weight:600}
.large{font-size:1.5em}
.note{background:#FFF4DC;border-left:4px solid #EDAE49;padding:.5em 1em}
table{border-collapse:collapse;width:100%%;font-size:.88em;margin:.6em 0 1.6em}
caption{text-align:left;font-weight:600;padding:.3em 0}
thead{display:table-header-group}th{background:%(accent)s;color:#fff;text-align:left;font-weight:600}
th,td{padding:.3em .6em;border-bottom:1px solid #DDE2E7;vertical-align:top}tr{break-inside:avoid}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.s td,tfoot td{font-weight:600;background:#F2F4F7}
table.form td,table.form th{border:1px solid #8A93A0}td img{max-width:100%%;height:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1.5em}dt{color:#5B6470}dd{margin:0}
figure{margin:1em 0;text-align:center;break-inside:avoid}figure img{max-width:100%%;height:auto}
.gallery{display:grid;gap:1em;grid-template-columns:repeat(var(--n),1fr)}
.missing{background:#F2F4F7;border:1px solid #C9CFD6;color:#5B6470;padding:2em;display:inline-block}
.key{display:inline-block;margin-right:1.5em}
.key i{display:inline-block;min-width:1.6em;padding:0 .3em;margin-right:.5em;color:#fff;
font:700 .8em/1.5 sans-serif;text-align:center}
.sign{display:inline-block;width:30%%;margin:2em 3%% 1em 0;border-bottom:1px solid}
nav ol{list-style:none;padding:0}nav .l2{padding-left:1.5em}nav .l3{padding-left:3em}nav a{color:inherit}
footer{border-top:1px solid #C9CFD6;margin-top:3em;padding-top:.5em}.break{break-before:page}
"""


class _Page:
    """What the sections know while they are written: the report, the template, and the headings so far."""

    def __init__(self, report: Report, template: Template) -> None:
        self.report, self.template = report, template
        self.headings = 0


def write_html(report: Report, to: Path, template: Template, *, progress: Progress = SILENT) -> int:
    """Write a report as a web page; a browser chooses its own fonts, so nothing is unreadable."""
    page, told = _Page(report, template), Told(progress)
    with to.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(page))
        for place, section in enumerate(report.sections):
            told(place, len(report.sections), _("Writing {file}").format(file=to.name))
            file.writelines(told_every(_PARTS[type(section)](page, section), told.again, _PIECES_AT_ONCE))
        file.write(_foot(page))
    progress(len(report.sections), len(report.sections))
    return 0


def _head(page: _Page) -> str:
    report, paper = page.report, page.report.page
    style = _STYLE % {
        "accent": page.template.accent,
        "margin": page.template.margin_mm,
        "page": f"{paper.paper} {'landscape' if paper.landscape else 'portrait'}",
    }
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if report.language == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width">\n<meta name="generator" content="pipemap">\n'
        f'<meta name="keywords" content="{escape(state_words(report.state))}">\n'
        f'<meta name="date" content="{escape(report.as_of)}">\n'
        f"<title>{escape(line(report.title))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _foot(page: _Page) -> str:
    left, __, __ = page.template.around("footer", page.report, page="", pages="")
    return f'<footer class="quiet">{escape(left)}</footer>\n</body>\n</html>\n'


def _cover(page: _Page, section: Cover) -> Iterator[str]:
    template = page.template
    yield '<header class="cover">\n'
    if template.logo:
        yield _image(Picture(template.logo), 60, 24, css="logo")
    yield f'<p class="quiet">{_text(template.text("office", "name"))}</p>\n<h1>{_text(section.title)}</h1>\n'
    yield f"<p>{_text(section.subtitle)}</p>\n"
    yield from (f'<p class="quiet">{_text(further)}</p>\n' for further in template.texts("cover", "lines"))
    if section.picture is not None:
        yield from _picture(page, section.picture)
    yield from _facts(page, Facts(section.facts))
    yield "</header>\n"


def _contents(page: _Page, section: Contents) -> Iterator[str]:
    headings = [one for one in page.report.sections if isinstance(one, Heading)]
    rows = "".join(
        f'<li class="l{one.level}"><a href="#h{place}">{_text(one.text)}</a></li>\n'
        for place, one in enumerate(headings, start=1)
    )
    yield f'<nav class="break"><h2>{_text(section.title)}</h2>\n<ol>\n{rows}</ol></nav>\n'


def _heading(page: _Page, section: Heading) -> Iterator[str]:
    page.headings += 1
    level = min(section.level + 1, 6)
    yield f'<h{level} id="h{page.headings}">{_text(section.text)}</h{level}>\n'


def _paragraph(_page: _Page, section: Paragraph) -> Iterator[str]:
    yield f'<p class="{section.style}">{_text(section.text)}</p>\n'


def _facts(_page: _Page, section: Facts) -> Iterator[str]:
    yield f'<dl class="{"large" if section.large else ""}">\n'
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>\n" for name, value in section.rows)
    yield "</dl>\n"


def _table(_page: _Page, section: Table) -> Iterator[str]:
    yield f'<table class="{"form" if section.is_form else ""}">\n{_caption(section)}\n<thead><tr>'
    yield from (f"<th{_number(column)}>{_text(column.heading)}</th>" for column in section.columns)
    yield "</tr></thead>\n<tbody>\n"
    for place, row in enumerate(section.rows):
        yield _row(section, row, ' class="s"' if place in section.strong else "")
    yield "</tbody>\n"
    if section.total is not None:
        yield f"<tfoot>{_row(section, section.total)}</tfoot>\n"
    yield "</table>\n"


def _caption(section: Table) -> str:
    return f"<caption>{_text(section.title)}</caption>" if section.title and section.is_titled else ""


def _row(table: Table, row: Row, css: str = "") -> str:
    cells = [
        f"<td{_over(start, after)}{_number(table.columns[start])}>{_cell(table, start, cell)}</td>"
        for start, after, cell in spans(row)
    ]
    return f"<tr{css}>{''.join(cells)}</tr>\n"


def _cell(table: Table, place: int, cell: Cell) -> str:
    return _image(cell, 40, 30) if isinstance(cell, Picture) else _text(told(table, place, cell))


def _over(start: int, after: int) -> str:
    return f' colspan="{after - start}"' if after - start > 1 else ""


def _number(column: Column) -> str:
    return ' class="n"' if column.is_number else ""


def _picture(_page: _Page, section: Picture) -> Iterator[str]:
    image = _image(section, _SHOWN_MM * section.share, section.height_mm or 250)
    yield f"<figure>{image}<figcaption>{_text(section.caption)}</figcaption></figure>\n"


def _gallery(page: _Page, section: Gallery) -> Iterator[str]:
    yield f'<div class="gallery" style="--n:{section.columns}">\n'
    for picture in section.pictures:
        yield from _picture(page, Picture(picture.source, picture.caption, 1 / section.columns, section.height_mm, picture.name))
    yield "</div>\n"


def _legend(_page: _Page, section: Legend) -> Iterator[str]:
    keys = (
        f'<span class="key"><i style="background:{escape(key.colour)}">{_text(key.sign)}&nbsp;</i>{_text(key.text)}</span>\n'
        for key in section.keys
    )
    yield f"<p>{''.join(keys)}</p>\n"


def _signatures(_page: _Page, section: Signatures) -> Iterator[str]:
    yield "<p>" + "".join(f'<span class="sign">{_text(role)}: </span>' for role in section.roles) + "</p>\n"


def _break(_page: _Page, _section: PageBreak) -> Iterator[str]:
    yield '<div class="break"></div>\n'


def _image(picture: Picture, width_mm: float, height_mm: float, *, css: str = "") -> str:
    made = prepared(picture, width_mm, height_mm)
    if made is None:
        words = _("Picture missing: {name}").format(name=line(picture.name) or "?")
        return f'<span class="missing">{escape(words)}</span>'
    wide, __ = made.fitted(width_mm, height_mm)
    coded = base64.b64encode(made.content).decode()
    alt = escape(line(picture.caption or picture.name))
    return f'<img class="{css}" alt="{alt}" style="width:{wide:.1f}mm" src="data:image/{made.format};base64,{coded}">'


def _text(text: str) -> str:
    return escape(clean(text)).replace("\n", "<br>")


_PARTS: dict[type, Callable[[_Page, Any], Iterator[str]]] = {
    Cover: _cover,
    Contents: _contents,
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Table: _table,
    Picture: _picture,
    Gallery: _gallery,
    Legend: _legend,
    Signatures: _signatures,
    PageBreak: _break,
}
