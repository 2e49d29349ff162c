from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipemap.catalog import categories, lifecycle_of, profiles, read_aliases, resolve_category
from pipemap.catalog.words import plain
from pipemap.errors import SurveyDataError, SurveyFileError

HEADER = "profile,list,text,code,note\n"


def table(folder: Path, rows: str, *, header: str = HEADER) -> Path:
    path = folder / "aliases.csv"
    path.write_text(header + rows, encoding="utf-8-sig")
    return path


def test_full_width_letters_and_every_kind_of_space_are_ignored() -> None:
    assert plain("\u3000Ｊ Ｓ\u00a0\t（井）") == "js(井)"


def test_a_project_can_bring_its_own_aliases(tmp_path: Path) -> None:
    (ours,) = read_aliases(table(tmp_path, "ours,category,SW,JS,water here\nours,lifecycle,9,removed,\n"))
    assert ours.name == ours.label == "ours"
    assert resolve_category("sw", profile=ours) == "JS"
    assert lifecycle_of("9", profile=ours) == "removed"
    assert resolve_category("SW") is None
    assert ours.aliases[0].certainty == "own"
    assert ours.aliases[0].source == "aliases.csv"


def test_one_file_can_hold_several_profiles(tmp_path: Path) -> None:
    found = read_aliases(table(tmp_path, "a,category,SW,JS,\nb,category,SW,WS,\n"))
    assert [resolve_category("SW", profile=profile) for profile in found] == ["JS", "WS"]


def test_all_mistakes_of_a_table_are_told_together(tmp_path: Path) -> None:
    rows = "ours,category,SW,JS,\nours,category,sw,WS,\nours,colour,X,Y,\n,category,,JS,\nours,category,QQQ,NOPE,\n"
    with pytest.raises(SurveyDataError) as caught:
        read_aliases(table(tmp_path, rows), known={"category": {row.code for row in categories()}})
    problems = [str(problem) for problem in caught.value.problems]
    assert len(problems) == 5
    assert problems[0].startswith("Line 3")
    assert "colour" in problems[1]
    assert "NOPE" in problems[4]


def test_a_table_without_the_columns_says_which(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="text, code"):
        read_aliases(table(tmp_path, "", header="profile,list\n"))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x01"])
def test_a_table_that_cannot_be_read_is_an_error_of_the_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "aliases.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SurveyFileError, match=r"aliases\.csv"):
        read_aliases(path)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_profiles_or_a_clear_error(tmp_path: Path, content: bytes, with_header: bool) -> None:  # noqa: FBT001
    path = tmp_path / "any.csv"
    path.write_bytes(HEADER.encode() * with_header + content)
    with contextlib.suppress(SurveyDataError, SurveyFileError):
        assert isinstance(read_aliases(path), tuple)


def test_the_shipped_profiles_carry_how_sure_they_are() -> None:
    assert profiles()["cjj61-2003"].certainty == "unverified"
    assert {alias.certainty for alias in profiles()["cjj61-2003"].aliases} == {"unverified"}
    assert profiles()["eps"].certainty == "found"


def test_importing_the_catalog_reads_no_table_and_nothing_heavy() -> None:
    code = (
        "import sys; import pipemap.catalog as c; from pipemap.catalog import categories;"
        "assert not c.categories.cache_info().currsize;"
        "assert not {'numpy', 'pyarrow', 'networkx', 'pandas', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
