"""Requests for another look: each listed once, with its mark and what came of it, whoever edits the table."""

import csv

import pytest

from tests import needs

needs.nbgrader()

from tests.grading.by_hand import give, graded  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402


@pytest.fixture
def course(tiny):
    """One student, marked, and another who waits."""
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    graded(tiny, "bob")
    return tiny


def table(course):
    """regrades.csv as a spreadsheet reads it."""
    return list(csv.DictReader((course.home / "regrades.csv").read_text("utf-8").splitlines()))


def test_a_request_is_listed_once_and_closed_once(course, capsys):
    assert command(course, "regrades") == 0
    (course.home / "submitted" / "ada" / NAME / "regrade.txt").write_text("Please look\nat the third question again.\n")
    for _ in range(2):
        capsys.readouterr()
        assert command(course, "regrades") == 3
        said = capsys.readouterr().out
        assert f"open    {NAME}, ada (9 of 10), " in said and ": Please look at the third question again." in said
        assert "1 request, 1 open" in said and len(table(course)) == 1
    assert command(course, "regrades", "--add", "BOB", NAME, "By mail: why 0?") == 3
    assert command(course, "regrades", "--close", "ada", NAME, "Half a point more.") == 3
    capsys.readouterr()
    assert command(course, "regrades", "--close", "bob", NAME, "It stays.") == 0
    said = capsys.readouterr().out
    assert f"closed  {NAME}, bob (waits for a person), " in said and "why 0? -> It stays." in said
    (course.home / "submitted" / "ada" / NAME / "regrade.txt").write_text("And the fourth?")
    assert command(course, "regrades") == 3
    assert [(row["student"], row["status"]) for row in table(course)] == [
        ("ada", "closed"), ("bob", "closed"), ("ada", "open")
    ]  # fmt: skip


def test_a_stranger_writes_one_plain_line(course, capsys):
    place = course.home / "submitted" / "ada" / NAME
    (place / "regrade.txt").write_bytes(b"=HYPERLINK(1)\x1b[31m\x00\r\n" + b"\xff" + b"long " * 100_000)
    assert command(course, "regrades") == 3
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\x00" not in said and len(said) < 5_000
    [row] = table(course)
    assert row["reason"].startswith("'=HYPERLINK") and "\n" not in row["reason"]
    assert command(course, "regrades") == 3 and len(table(course)) == 1
    (place / "regrade.txt").unlink()
    (place / "regrade.txt").symlink_to("/etc/hostname")
    assert command(course, "regrades") == 3 and len(table(course)) == 1


def test_a_spreadsheet_may_have_saved_the_table(course, capsys):
    head = "assignment;student;asked;reason;status;answer\r\n"
    (course.home / "regrades.csv").write_text(f'{head}{NAME};ada;2026;"Why; then?";Closed;No.\r\n{NAME};bob;;x;;\r\n',
                                              "utf-8-sig")  # fmt: skip
    assert command(course, "regrades") == 3
    assert [row["status"] for row in table(course)] == ["closed", "open"]


@pytest.mark.parametrize(
    "words, said",
    [
        (["--add", "adda", NAME, "x"], "'adda' is no student of ours (did you mean 'ada'?)"),
        (["--add", "ada", "tini", "x"], "'tini' was not released (did you mean 'tiny'?)"),
        (["--close", "bob", NAME, "x"], "bob asked for nothing in tiny"),
    ],
)
def test_whom_nobody_knows_is_said(course, capsys, words, said):
    assert command(course, "regrades", *words) == 1
    assert capsys.readouterr().err == f"grading: {said}\n"


@pytest.mark.parametrize(
    "text, said", [("a,b\n1,2\n", "no column 'assignment'"), (f"assignment,student,asked,reason,status\n{NAME},ada,,x,"
                   "opne\n", "line 2: 'opne' is no status (did you mean 'open'?)"), ("\xff", "regrades.csv")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_stays_as_it_is(course, capsys, text, said):
    raw = text.encode("latin-1")
    (course.home / "regrades.csv").write_bytes(raw)
    assert command(course, "regrades") == 1
    assert said in (told := capsys.readouterr().err) and told.count("\n") == 1
    assert (course.home / "regrades.csv").read_bytes() == raw
