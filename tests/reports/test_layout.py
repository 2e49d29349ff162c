from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipemap.reports.layout import column_widths, wrapped
from pipemap.reports.text import clean


def by_letters(text: str) -> float:
    return float(len(text))


@given(st.text(max_size=200), st.integers(2, 30))
def test_no_line_is_wider_than_its_room_and_no_letter_is_lost(text: str, width: int) -> None:
    told = clean(text)
    lines = wrapped(told, width, by_letters)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(told.split())


def test_words_stay_whole_and_chinese_breaks_anywhere() -> None:
    assert wrapped("close the valve", 9, by_letters) == ["close the", "valve"]
    assert wrapped("关阀单工作量统计", 3, by_letters) == ["关阀单", "工作量", "统计"]


def test_no_line_begins_with_a_full_stop() -> None:
    assert wrapped("关闭阀门。", 4, by_letters) == ["关闭阀", "门。"]


@given(st.lists(st.tuples(st.floats(1, 200), st.floats(1, 20)), min_size=1, max_size=12), st.floats(20, 400))
def test_columns_fill_the_room_and_keep_what_they_need(sizes: list[tuple[float, float]], room: float) -> None:
    natural, least = [one for one, _ in sizes], [one for _, one in sizes]
    widths = column_widths(natural, least, room)
    if sum(least) > room:
        assert widths is None
    else:
        assert widths is not None
        assert abs(sum(widths) - room) < 0.01 * room
        assert all(wide >= need - 1e-6 for wide, need in zip(widths, least, strict=True))
