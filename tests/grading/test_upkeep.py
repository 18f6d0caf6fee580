"""What changes after the release or the grading: settings, due dates, times, tests, and what must not be lost by it."""

import json
import shutil

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading import records, words  # noqa: E402
from course_lib.grading.autograde import pool  # noqa: E402
from course_lib.grading.course import GradingError  # noqa: E402
from course_lib.grading.records import Record  # noqa: E402
from course_lib.grading.sandbox import counts, walls  # noqa: E402
from course_lib.grading.submissions.stamps import handed_in_at, in_utc  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402


@pytest.fixture
def course(tiny):
    """A course of one assignment."""
    return tiny


def enter(course, automatic, by_hand=None, at="2026-03-02 18:00:00 UTC"):
    """A graded submission in the gradebook: 30 hours late where it is due on 1 March at noon."""
    with course.gradebook() as book:
        book.update_or_create_student("ada")
        submission = book.update_or_create_submission(NAME, "ada", timestamp=at)
        [notebook] = submission.notebooks
        for grade in notebook.grades:
            grade.auto_score = automatic if grade.name == "soft-test" else None
            grade.manual_score = by_hand if grade.name == "why" else None
        book.db.commit()


def penalty(course):
    """What the gradebook takes off."""
    course.settle()
    with course.gradebook() as book:
        [notebook] = book.find_submission(NAME, "ada").notebooks
        return notebook.late_submission_penalty or 0


def settings(course, text):
    (course.home / "course.toml").write_text(text)


# -- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, said",
    [
        ("[due]\ntiny = 2026-12-01 23:59", "a time is written"),
        ("due = 3", "due is a section"),
        ("late = 2", "late is a section"),
        ('[late]\npoints_per_day = "two"', "points_per_day is 'two'"),
        ("[late]\npoints_per_day = -1", "points_per_day is -1"),
        ("[late]\npoints_per_day = nan", "points_per_day is nan"),
        ("[late]\npoints_per_day = true", "points_per_day is True"),
    ],
)
def test_bad_settings_are_said_before_anybodys_marks_are_touched(course, monkeypatch, capsys, text, said):
    hostile.hand_in(course.home, "honest-good", {})
    records.keep(course, NAME, "honest-good", Record("graded"))
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    settings(course, text)
    assert command(course, "autograde") == 1
    assert said in capsys.readouterr().err
    assert records.read(course, NAME, "honest-good") == Record("graded")


def test_a_penalty_follows_points_by_hand_the_due_date_and_the_tariff(course):
    settings(course, "[due]\ntiny = 2026-03-01T12:00:00Z\n[late]\npoints_per_day = 2")
    enter(course, 1)
    assert penalty(course) == 1, "no mark falls below 0"
    enter(course, 1, 3)
    assert penalty(course) == 4, "two days begun"
    enter(course, 0, 0)
    assert penalty(course) == 0
    enter(course, 3, 3)
    settings(course, "[due]\ntiny = 2026-03-01T12:00:00Z\n[late]\npoints_per_day = 1")
    assert penalty(course) == 2
    settings(course, "[due]\ntiny = 2026-03-03T12:00:00Z\n[late]\npoints_per_day = 1")
    assert penalty(course) == 0, "the due date was moved"


# -- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said, utc",
    [
        ("2026-03-01 12:30:00 UTC", "2026-03-01 12:30:00 UTC"),
        ("2026-03-01 12:30:00.123456 UTC", "2026-03-01 12:30:00 UTC"),
        ("2026-03-01T12:30:00Z", "2026-03-01 12:30:00 UTC"),
        ("2026-03-01 12:30", "2026-03-01 12:30:00 UTC"),
        ("2026-03-01", "2026-03-01 00:00:00 UTC"),
        ("2026-03-01 12:30:00 +0100", "2026-03-01 11:30:00 UTC"),
        ("2026-03-01T12:30:00-08:00", "2026-03-01 20:30:00 UTC"),
        ("2026-07-01 12:30:00 Europe/Paris", "2026-07-01 10:30:00 UTC"),
    ],
)
def test_a_time_is_read_in_its_zone(said, utc):
    assert in_utc(said) == utc


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_time_is_read_however_windows_writes_it(tmp_path, encoding):
    mark = "\ufeff" if encoding[:7] == "utf-16-" else ""
    (tmp_path / "timestamp.txt").write_text(f"{mark}2026-07-01 12:30:00 Europe/Paris\r\n", encoding)
    assert handed_in_at(tmp_path / "timestamp.txt", notes := []) == "2026-07-01 10:30:00 UTC" and not notes


@pytest.mark.parametrize("said", ["", "noon", "2026-03-01 12:30:00 PST", "2026-03-01 12:30 Mars/Base", "0001-01-01"])
def test_what_is_no_time_is_said(tmp_path, said):
    notes = []
    (tmp_path / "timestamp.txt").write_text(said)
    assert handed_in_at(tmp_path / "timestamp.txt", notes) == "" and "says no time" in notes[0]


# -- releases ----------------------------------------------------------------------------------------------------


def everything(course):
    folders = [course.home / "source" / NAME, course.home / "release" / NAME, course.home / "keys"]
    return {file: file.read_bytes() for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_release_that_is_refused_leaves_the_one_that_was_made(course, capsys):
    before = everything(course)
    enter(course, 1)
    source = hostile.source()
    source["cells"].insert(1, hostile.cell("markdown", "A hint.", "hint", locked=True))
    (course.sources / NAME / f"{NAME}.ipynb").write_text(json.dumps(source))
    assert command(course, "release") == 1
    assert "give the new version another name" in capsys.readouterr().err
    assert everything(course) == before


def test_another_accept_is_another_key(course):
    file = course.sources / NAME / f"{NAME}.ipynb"
    before = course.key(NAME)
    file.write_text(file.read_text().replace("unseen_row.mean()) < 1e-3", "unseen_row.mean()) < 1e-2"))
    assert command(course, "release") == 0
    after = course.key(NAME)
    assert before["code"] != after["code"] and before["questions"] == after["questions"]


def test_nothing_is_graded_without_a_whole_release(course, monkeypatch):
    hostile.hand_in(course.home, "honest-good", {})
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    shutil.rmtree(course.home / "release" / NAME)
    with pytest.raises(GradingError, match=f"not released: {NAME}"):
        pool.grade(course, [(NAME, "honest-good")], 1, False, walls.Limits(), False)


def test_a_lost_gradebook_is_said_and_a_new_one_is_made_only_when_told(course, capsys):
    hostile.hand_in(course.home, "honest-good", {})
    course.database.unlink()
    for verb in ("init", "release", "autograde", "feedback", "report", "backup"):
        assert command(course, verb) == 1
        assert "gradebook.db is missing, and with it every mark" in capsys.readouterr().err
        assert not course.database.exists()
    before = everything(course)
    assert command(course, "init", "--new-gradebook") == 0 and command(course, "report") == 3
    assert everything(course) == before, "the release and its key are as they were"
    assert "knows tiny" in capsys.readouterr().out
    assert command(course, "init", "--new-gradebook") == 1, "it is there and whole"


# -- accidents ----------------------------------------------------------------------------------------------------


def test_resume_tries_again_where_the_grader_itself_failed(course):
    hostile.hand_in(course.home, "honest-good", {})
    pair = NAME, "honest-good"
    record = Record("did not run", fingerprint=records.fingerprint(course, *pair))
    records.keep(course, *pair, record)
    assert pool.todo(course, [pair], True) == []
    record.accident = True
    records.keep(course, *pair, record)
    assert pool.todo(course, [pair], True) == [pair]


def test_shared_memory_is_counted_though_no_process_holds_it():
    import mmap

    import psutil

    before = sum(counts.shared([psutil.Process()]).values())
    with mmap.mmap(-1, 32 * walls.MB) as block:
        block[:] = bytes(len(block))
        if hasattr(mmap, "MADV_DONTNEED"):
            block.madvise(mmap.MADV_DONTNEED)
        assert sum(counts.shared([psutil.Process()]).values()) - before == 32 * walls.MB


# -- names that are mistyped ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["autograde", "feedback"])
@pytest.mark.parametrize(
    "words, said",
    [
        (["tini"], "'tini' was not released; there are: tiny"),
        (["--student", "bob"], "nothing of 'bob' in tiny; there is something of 'honest-good'"),
        (["--student", "bob", NAME], "nothing of 'bob' in tiny; there is something of 'honest-good'"),
    ],
)
def test_what_isnt_there_is_said_with_what_is(course, monkeypatch, capsys, verb, words, said):
    hostile.hand_in(course.home, "honest-good", {})
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    assert command(course, verb, *words) == 1
    assert capsys.readouterr().err == f"grading: {said}\n"


@pytest.mark.parametrize("verb", ["autograde", "feedback"])
def test_where_a_submission_lies_is_said_when_there_is_none(course, capsys, verb):
    assert command(course, verb) == 1
    assert capsys.readouterr().err.endswith(f"submitted/STUDENT/{NAME}/{NAME}.ipynb\n")


@pytest.mark.parametrize(
    "verb, option, values",
    [
        ("autograde", "seconds", ["0", "-1", "nan", "1e999", "soon", "1e7"]),
        ("autograde", "cell-seconds", ["0", "-1", "inf"]),
        ("autograde", "memory", ["1", "-5", "511", "4e3", "9" * 99]),
        ("autograde", "jobs", ["0", "-3", "two"]),
        ("autograde", "student", ["", " "]),
        ("autograde", "scheduler", [""]),
        ("feedback", "jobs", ["0", "1.5"]),
        ("feedback", "seconds", ["0", "nan"]),
        ("feedback", "student", [""]),
        ("mark", "port", ["-1", "65536", "99999", "http"]),
        ("mark", "marker", ["../../x", "a\x1b[2J", "", "-", "x" * 101]),
    ],
)
def test_a_value_that_makes_no_sense_is_a_usage_error_in_one_line(course, capsys, verb, option, values):
    for value in values:
        with pytest.raises(SystemExit) as ended:
            command(course, verb, f"--{option}={value}")
        out, said = capsys.readouterr()
        assert ended.value.code == 2 and not out and said.startswith(f"grading: argument --{option}: "), value
        assert said.count("\n") == 1 and "\x1b" not in said and f"grade {verb} --help says more" in said


def test_a_markers_name_may_be_a_persons(course):
    assert [words.called(name) for name in ("José Müller", "ann", "a.b+c@x.org", "")][-1] == ""


# -- Pythons ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("python, pinned", [("3.11.2", True), ("3.11.4", True), ("3.11.5", False), ("3.13.0", False)])
def test_pages_are_written_on_pythons_whose_regular_expressions_have_a_fault(python, pinned):
    """Before 3.11.5 possessive quantifiers match wrongly (gh-106052), and newer soupsieves are built on them.

    nbconvert, which asks it for pictures, then writes no page.
    """
    from packaging.requirements import Requirement

    from course_lib.setup.environment import requirements

    [one] = [one for one in map(Requirement, requirements("instructor")) if one.name == "soupsieve"]
    assert one.marker.evaluate({"python_full_version": python}) == pinned
    assert "2.10" in one.specifier and "3.0" not in one.specifier and "4.1.3" not in one.specifier


def test_pictures_are_found_on_this_python():
    from bs4 import BeautifulSoup

    assert len(BeautifulSoup("<img src=a><img alt=b>", "html.parser").select("img:not([alt])")) == 1
