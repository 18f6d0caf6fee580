"""Pages and marks on their way back: whole, in time, as Moodle and Canvas take them, with the points of today."""

import csv
import json
import re
import zipfile

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading import gradebook  # noqa: E402
from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.errors import GradingError  # noqa: E402
from course_lib.grading.report import feedback, giving, pages  # noqa: E402
from course_lib.grading.report.marks import GRADED, WAITS, collect, needs_attention, total  # noqa: E402
from course_lib.grading.report.origins import Origin, origin  # noqa: E402
from tests.grading.by_hand import FULL, give, graded  # noqa: E402
from tests.grading.conftest import command, placed  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

CLASS = """id,first_name,last_name,email
ada,Ada,Lovelace,ada@example.org
bob.7,Bob,Bobson,bobson@example.org
zoe,Zoë,"d'Île, von",zoe@example.org
none,No,Body,none@example.org
"""
DUE, LATE = "2026-03-01T12:00:00Z", "2026-03-02 18:00:00 UTC"  # two days begun
ORIGINS = {
    "ada": {"from": "moodle", "name": "Ada Lovelace_1234567_assignsubmission_file_"},
    "bob.7": {"from": "moodle", "name": "Bob Bobson_89_assignsubmission_file"},
    "zoe": {"from": "canvas", "name": "dilevonzoe_LATE_4711_99123_tiny-2.ipynb"},
}


def came_from(course: Course, student: str, said: object) -> None:
    """What `collect` writes."""
    (course.folder("submitted", student, NAME) / "origin.json").write_text(json.dumps(said))


def settings(course: Course, *lines: str) -> None:
    (course.home / "course.toml").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="class")
def classroom(template, tmp_path_factory):
    """Four students on the list, three handed in and are graded, two of them marked by hand."""
    base = tmp_path_factory.mktemp("back")
    course = placed(template, base)
    (base / "class.csv").write_text(CLASS)
    assert command(course, "init", "--students", str(base / "class.csv")) == 0
    for student, said in ORIGINS.items():
        graded(course, student, points=FULL | {"soft": 1.0}, at=LATE)
        came_from(course, student, said)
    give(course, "ada", 3, "Well said.")
    give(course, "bob.7", 1)
    return course


def names_in(file) -> list[str]:
    """The members of a zip, which is whole."""
    with zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        return sorted(zipped.namelist())


# -- pages -------------------------------------------------------------------------------------------------------


class TestPages:
    def test_as_moodle_takes_them(self, classroom, capsys):
        assert command(classroom, "feedback", "--as", "moodle", "--jobs", "2") == 3
        said = capsys.readouterr()
        assert "3 pages written" in said.out and "zoe, tiny: it didn't come by moodle" in said.err
        file = classroom.home / "feedback-moodle" / f"{NAME}.zip"
        assert names_in(file) == [
            f"Ada Lovelace_1234567_assignsubmission_file_/{NAME}.html",
            f"Bob Bobson_89_assignsubmission_file_/{NAME}.html",
        ]
        with zipfile.ZipFile(file) as zipped:
            page = zipped.read(f"Ada Lovelace_1234567_assignsubmission_file_/{NAME}.html").decode()
        assert page == (classroom.home / "feedback" / "ada" / NAME / f"{NAME}.html").read_text()
        assert "contain: paint" in page.partition("<body")[0], "nor does one over what the grader says"
        assert "Well said." in page and "HIDDEN TESTS" not in page and "unseen" not in page
        log = (classroom.home / "logs" / "feedback.log").read_text().splitlines()
        assert len(log) == 3 and all(line.endswith("written") for line in log)

    def test_as_canvas_takes_them(self, classroom, capsys):
        assert command(classroom, "feedback", "--as", "canvas", "--student", "zoe") == 0
        assert names_in(classroom.home / "feedback-canvas" / f"{NAME}.zip") == [
            "dilevonzoe_LATE_4711_99123_tiny-2.html"
        ]

    def test_one_page_that_fails_or_takes_too_long_keeps_no_other_back(self, classroom, monkeypatch, capsys):
        good, bad = (classroom.home / "feedback" / who / NAME / f"{NAME}.html" for who in ("ada", "bob.7"))
        source = classroom.home / "autograded" / "bob.7" / NAME / f"{NAME}.ipynb"
        kept = source.read_text()
        source.write_text(kept[:200])
        try:
            assert command(classroom, "feedback") == 3
            said = capsys.readouterr()
            assert "2 pages written" in said.out and "bob.7, tiny: " in said.err and "Traceback" not in said.err
            assert good.is_file() and not bad.exists(), "no page is better than one of an older grading"
        finally:
            source.write_text(kept)
        monkeypatch.setattr(feedback, "START", 0)
        with pytest.raises(GradingError, match="^0 pages were written, but: ada, tiny: it took longer than 0.05 s"):
            feedback.write_feedback(classroom, [(NAME, "ada")], seconds=0.05)
        assert not good.exists() and not list((classroom.home / "feedback" / "ada").rglob("*.html"))

    def test_a_page_counts_as_course_toml_does_now(self, classroom):
        settings(classroom, f"[due]\n{NAME} = {DUE}", "[late]\npoints_per_day = 1",
                 f"[points.{NAME}]\nsoft = 6\ndouble = 0\nwhy = 1")  # fmt: skip
        classroom.settle()
        assert feedback.write_feedback(classroom, [(NAME, "ada"), (NAME, "zoe")], jobs=2) == 2
        page = (classroom.home / "feedback" / "ada" / NAME / f"{NAME}.html").read_text()
        assert "(Score: 3.0 / 9.0)" in page, "2 of 6, none for double, 2 of 2, 1 of 1, and 2 off"
        changed = "soft has 6 points in place of 3; double doesn't count; why has 1 points in place of 3."
        assert f"Since the release: {changed}" in page
        assert "is not marked yet" not in page
        page = (classroom.home / "feedback" / "zoe" / NAME / f"{NAME}.html").read_text()
        assert "is not marked yet" in page
        settings(classroom, f"[points.{NAME}]\nwhy = 0")
        classroom.settle()
        assert feedback.write_feedback(classroom, [(NAME, "zoe")]) == 1
        page = (classroom.home / "feedback" / "zoe" / NAME / f"{NAME}.html").read_text()
        assert "is not marked yet" not in page, "nobody has to mark what doesn't count"
        settings(classroom)


@pytest.mark.parametrize(
    "said, platform, participant, user",
    [
        (ORIGINS["ada"], "moodle", "1234567", ""),
        ({"from": "moodle", "name": "Ann Lee_42_assignsubmission_file_tiny.ipynb"}, "moodle", "42", ""),
        ({"from": "moodle", "name": "1234-Ann Lee_42_assignsubmission_file_"}, "moodle", "42", ""),
        ({"from": "moodle", "name": "../../x/Ann_42_assignsubmission_file_"}, "moodle", "42", ""),
        (ORIGINS["zoe"], "canvas", "", "4711"),
        ({"from": "canvas", "name": "leeann_12_34_tiny.ipynb"}, "canvas", "", "12"),
        ({"from": "canvas", "name": "leeann_tiny.ipynb"}, "canvas", "", ""),
        ({"from": "folder", "name": "ann"}, "folder", "", ""),
        ([], "", "", ""),
        ({"from": "moodle"}, "", "", ""),
        ({"name": 3}, "", "", ""),
    ],
    ids=str,
)
def test_an_origin_tells_the_platforms_number(tiny, said, platform, participant, user):
    came_from(tiny, "ann", said)
    found = origin(tiny, NAME, "ann")
    assert (found.platform, found.participant, found.user) == (platform, participant, user)
    assert "/" not in found.full_name and "/" not in found.name


def test_two_hand_ins_of_one_number_are_said_and_no_page_goes_to_another(tiny):
    for who in ("ada", "bob"):
        (tiny.folder("feedback", who, NAME) / f"{NAME}.html").write_text(who)
        came_from(tiny, who, ORIGINS["ada"])
    [file], left = giving.give_back(tiny, [(NAME, "ada"), (NAME, "bob")], "moodle")
    assert left == [f"bob, {NAME}: moodle gave ada the same name"]
    with zipfile.ZipFile(file) as zipped:
        assert [zipped.read(name) for name in zipped.namelist()] == [b"ada"]


def test_where_there_is_no_origin_or_a_damaged_one_there_is_no_number(tiny):
    assert origin(tiny, NAME, "ann") == Origin()
    place = tiny.folder("submitted", "ann", NAME)
    for damage in (b"{", b"\xff", b"[" * 20_000):
        (place / "origin.json").write_bytes(damage)
        assert origin(tiny, NAME, "ann") == Origin()
    (place / "origin.json").unlink()
    (place / "origin.json").symlink_to("/etc/hostname")
    assert origin(tiny, NAME, "ann") == Origin()


# -- marks -------------------------------------------------------------------------------------------------------


class TestMarks:
    def rows(self, course) -> dict:
        course.settle()
        return {row.student: row for row in collect(course)}

    def test_points_follow_course_toml_without_a_regrade(self, classroom):
        late = [f"[due]\n{NAME} = {DUE}", "[late]\npoints_per_day = 1"]
        settings(classroom, *late)
        ada = self.rows(classroom)["ada"]
        assert (ada.most, ada.automatic, ada.by_hand, ada.penalty, ada.score) == (10, 5, 3, 2, 6)
        settings(classroom, *late, f"[points.{NAME}]\nsoft = 6\ndouble = 0\nwhy = 1")
        rows = self.rows(classroom)
        ada = rows["ada"]
        assert (ada.most, ada.automatic, ada.by_hand, ada.penalty, ada.score) == (9, 4, 1, 2, 3)
        assert ada.points == {"soft": 2, "double": 0, "spread": 2}
        assert rows["zoe"].status == WAITS
        settings(classroom, *late, f"[points.{NAME}]\nsoft = 0\ndouble = 0\nspread = 1\nwhy = 0")
        rows = self.rows(classroom)
        assert rows["zoe"].status == GRADED and rows["zoe"].score == 0 and rows["zoe"].penalty == 1, "the sum is 1 now"
        assert not any("above the maximum" in reason for row in rows.values() for reason in row.reasons)

    def test_question_pages_follow_as_well(self, classroom):
        settings(classroom, f"[points.{NAME}]\nsoft = 6\ndouble = 0")
        classroom.settle()
        pages.write_report(classroom)
        folder = classroom.home / "report"
        assert "Mean <strong>2.00</strong> of 6 points" in (folder / f"{NAME}-soft.html").read_text()
        assert "It doesn't count any more." in (folder / f"{NAME}-double.html").read_text()
        assert "2.00 of 6" in (folder / "index.html").read_text()

    def test_sections_groups_totals_and_the_platforms_numbers(self, classroom):
        settings(classroom, "[sections]\n'B/1' = ['ada', 'none']\n'B 1' = ['zoe']", "[groups]\nred = ['ADA', 'zoe']")
        classroom.settle()
        pages.write_report(classroom)
        folder = classroom.home / "report"

        def table(name):
            return list(csv.DictReader((folder / f"{name}.csv").read_text("utf-8").splitlines()))

        totals = {row["student"]: row for row in table("totals")}
        assert [totals["ada"][name] for name in ("section", "groups", NAME, "total", "marked")] == [
            "B/1", "red", "8", "80", "100"
        ]  # fmt: skip
        assert totals["none"]["total"] == "" and totals["zoe"]["marked"] == "0"
        canvas = {row["SIS Login ID"]: row for row in table("canvas")}
        assert (canvas["zoe"]["ID"], canvas["zoe"]["Section"], canvas["ada"]["ID"]) == ("4711", "B 1", "")
        assert table(f"moodle-{NAME}") == [
            {"Identifier": "Participant 1234567", "Full name": "Ada Lovelace", "Email address": "ada@example.org",
             "Grade": "8", "Maximum grade": "10", "Last modified (grade)": ""},
            {"Identifier": "Participant 89", "Full name": "Bob Bobson", "Email address": "bobson@example.org",
             "Grade": "6", "Maximum grade": "10", "Last modified (grade)": ""},
        ]  # fmt: skip
        index = (folder / "index.html").read_text()
        links = re.findall(r'<a href="((?:section|group)-[^"]+)">', index)
        assert len(set(links)) == 3 and all((folder / link).is_file() for link in links)
        assert "Lovelace Ada" in (folder / "group-red.html").read_text()

    def test_autograde_and_report_agree_on_who_needs_a_person(self, classroom, monkeypatch, capsys):
        from course_lib.grading.autograde import pool

        monkeypatch.setattr(pool, "grade", lambda *rest: {"graded": 0, "did not run": 0, "attention": 0})
        settings(classroom)
        classroom.settle()
        assert needs_attention(classroom) == []
        for verb in ("autograde", "report"):
            assert command(classroom, verb) == 0
        settings(classroom, f"[due]\n{NAME} = {DUE}")
        classroom.settle()
        assert [row.student for row in needs_attention(classroom)] == ["ada", "bob.7", "none", "zoe"]
        assert [row.student for row in needs_attention(classroom, [NAME], "ada")] == ["ada"]
        capsys.readouterr()
        for verb in ("autograde", "report"):
            assert command(classroom, verb) == 3
            assert "4 for your attention" in (said := capsys.readouterr().out) or "4 on the attention list" in said

    def test_the_gradebook_itself_keeps_the_points_of_the_release(self, classroom):
        with classroom.gradebook() as book:
            assert gradebook.points(book.find_submission(NAME, "ada")) == {"soft": 1, "double": 2, "spread": 2}


@pytest.mark.parametrize(
    "marks, weights, expected",
    [
        ([8.0, 10.0], {}, [60, 100, 60]),  # 18 of 30
        ([8.0, 10.0], {"a": 1, "b": 1}, [65, 100, 65]),
        ([8.0, None], {"a": 1, "b": 3}, [80, 25, 20]),
        ([8.0, None], {"b": 3}, [None, 0, None]),
        ([None, None], {}, [None, 0, None]),
        ([0.0, 0.0], {}, [0, 100, 0]),
        ([8.0, 10.0], {"a": 1, "c": 1}, [80, 50, 40]),  # c is still to come
        ([8.0, 10.0], {"a": 0, "b": 0}, [None, None, None]),
    ],
)
def test_a_total_over_assignments(marks, weights, expected):
    assert total(marks, {"a": 10.0, "b": 20.0}, weights) == expected


def test_a_total_of_nothing_that_counts():
    assert total([0.0], {"a": 0.0}) == [None, None, None]


# -- the platforms' own tables -------------------------------------------------------------------------------------

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (8812),Essay (9),Current Score
    Points Possible,,,,,10.00,5,(read only)
"Lovelace, Ada",1,x,ada,S1,,4,-
"d'Île, von, Zoë",4711,y,zz,S1,2,,
"Bobson, Bob",7,,bobson@example.org,S1,-,,
"Student, Test",99,,,S1,,,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (grade)
Participant 1234567,Ada L.,,Submitted,-,10.00,-
Participant 5,Bob Bobson,bobson@example.org,Submitted,,10.00,"Monday, 2 March 2026"
Participant 6,Nobody Known,,No submission,-,10.00,-
"""


class TestExports:
    def fill(self, course, tmp_path, name, text):
        (tmp_path / name).write_text(text, "utf-8-sig")
        assert command(course, "report", "--fill", str(tmp_path / name)) in (0, 3)
        with open(course.home / "report" / f"filled-{name}", encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def test_canvas_keeps_its_titles_and_gets_its_marks(self, classroom, tmp_path, capsys):
        give(classroom, "zoe", 2)
        before = list(csv.reader(CANVAS.splitlines()))
        after = self.fill(classroom, tmp_path, "grades.csv", CANVAS)
        assert [line[5] for line in after] == ["tiny (8812)", "10.00", "8", "7", "6", ""]
        assert [line[:5] + line[6:] for line in after] == [line[:5] + line[6:] for line in before]
        assert "3 marks for tiny; no student of ours: 'Student, Test'" in capsys.readouterr().out

    def test_moodles_worksheet_is_known_by_its_participants(self, classroom, tmp_path, capsys):
        after = self.fill(classroom, tmp_path, "Grades-Course-77.csv", MOODLE)
        assert [line[4] for line in after] == ["Grade", "8", "6", "-"]
        assert [line[6] for line in after[1:]] == ["-", "Monday, 2 March 2026", "-"]
        assert "no student of ours: 'Participant 6'" in capsys.readouterr().out

    @pytest.mark.parametrize("title", ["Assignment: tiny (Real)", "Assignment:Part 1, tiny (Real)"])
    def test_moodles_gradebook_is_known_by_its_titles(self, classroom, tmp_path, title):
        text = f'First name,ID number,Email address,"{title}",Quiz: tiny (Real),Course total (Real)\nBob,,'
        after = self.fill(classroom, tmp_path, "course.csv", f"{text}bobson@example.org,-,3,9\n")
        assert after[1] == ["Bob", "", "bobson@example.org", "6", "3", "9"]

    @pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Student,ID,Other (3)\nX,1,\n", "\0\0"])
    def test_what_is_no_export_is_said(self, classroom, tmp_path, capsys, text):
        (tmp_path / "odd.csv").write_text(text)
        assert command(classroom, "report", "--fill", str(tmp_path / "odd.csv")) == 1
        said = capsys.readouterr().err
        assert said.startswith("grading: ") and said.count("\n") == 1 and "odd.csv" in said
        assert command(classroom, "report", "--fill", str(tmp_path / "absent.csv")) == 1


# -- there and back --------------------------------------------------------------------------------------------------

THERE = {
    "moodle": {
        "Ada Lovelace_1234_assignsubmission_file_/tiny.ipynb": "Ada Lovelace_1234_assignsubmission_file_/tiny.html",
        "Bob Bobson_89_assignsubmission_file_tiny.ipynb": "Bob Bobson_89_assignsubmission_file_/tiny.html",
        "von d'Île Zoë_5_assignsubmission_file/tiny.ipynb": "von d'Île Zoë_5_assignsubmission_file_/tiny.html",
    },
    "canvas": {
        "lovelaceada_11_201_tiny.ipynb": "lovelaceada_11_201_tiny.html",
        "bobsonbob_LATE_12_202_tiny-1.ipynb": "bobsonbob_LATE_12_202_tiny-1.html",
        "vondilezoe_13_203_tiny (1).ipynb": "vondilezoe_13_203_tiny (1).html",
    },
}


@pytest.mark.parametrize("platform", THERE)
def test_what_was_collected_goes_back_where_it_came_from(tiny, tmp_path, platform, capsys):
    (tmp_path / "class.csv").write_text("id,first_name,last_name\na,Ada,Lovelace\nb,Bob,Bobson\nz,Zoë,von d'Île\n")
    assert command(tiny, "init", "--students", str(tmp_path / "class.csv")) == 0
    raw = (tiny.home / "release" / NAME / f"{NAME}.ipynb").read_bytes()
    with zipfile.ZipFile(tmp_path / f"{NAME}.zip", "w") as zipped:
        for name in THERE[platform]:
            zipped.writestr(name, raw)
    command(tiny, "collect", str(tmp_path / f"{NAME}.zip"), "--from", platform, "--assignment", NAME)
    said = capsys.readouterr()
    assert {who for _, who in tiny.submissions()} == {"a", "b", "z"}, said.out + said.err
    for who in ("a", "b", "z"):
        (tiny.folder("feedback", who, NAME) / f"{NAME}.html").write_text(who)
    [file], left = giving.give_back(tiny, [(NAME, who) for who in ("a", "b", "z")], platform)
    assert left == [] and names_in(file) == sorted(THERE[platform].values())
    with zipfile.ZipFile(file) as zipped:
        assert [zipped.read(name).decode() for name in THERE[platform].values()] == ["a", "b", "z"]
