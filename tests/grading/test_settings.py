"""course.toml: what it may say, what is wrong with it told at once and with the right name; lateness is never lost."""

from datetime import datetime, timedelta

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading import gradebook, settings  # noqa: E402
from course_lib.grading.errors import GradingError  # noqa: E402
from course_lib.grading.report import marks  # noqa: E402
from course_lib.grading.submissions import stamps  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

NAMES, QUESTIONS = ["circle", "pca", "vae"], {"pca": ["center", "scores", "why"]}
DUE = "[due]\npca = 2026-03-01T12:00:00Z\n"


@pytest.fixture
def read(tmp_path):
    """The settings of this text."""

    def reader(text):
        (tmp_path / "course.toml").write_text(text, "utf-8")
        return settings.read(tmp_path / "course.toml", NAMES, lambda name: QUESTIONS.get(name, []))

    return reader


@pytest.mark.parametrize(
    "text, said",
    [
        ("[deu]\npca = 2026-03-01T12:00:00Z", ["[deu]", "'due'"]),
        ("[extension.s1]\npca = 2026-03-01T12:00:00Z", ["[extension]", "'extensions'"]),
        ("points_per_day = 2", ["'points_per_day' outside a section"]),
        ("[late]\npoint_per_day = 2", ["'point_per_day'", "'points_per_day'"]),
        ("[late]\npoints_per_day = 2\nper_week = 3", ["'per_week'"]),
        ("[due]\ncircel = 2026-03-01T12:00:00Z", ["'circel' is no assignment", "'circle'"]),
        ("[due]\nzzz = 2026-03-01T12:00:00Z", ["there are: circle, pca, vae"]),
        ('[due]\npca = "2026-03-01T12:00:00Z"', ["pca is due '2026-03-01T12:00:00Z'", "write 2026-12-01T23:59:00Z"]),
        ("[due]\npca = 2026-03-01", ["pca is due '2026-03-01'", "write 2026-12-01T23:59:00Z"]),
        ("[due]\npca = 12:00:00", ["pca is due '12:00:00'"]),
        ("[due]\npca = 1", ["pca is due '1'"]),
        ("[due.pca]\nat = 1", ["pca is due"]),
        ("due = 2026-03-01T12:00:00Z", ["due is a section"]),
        ("[[due]]\npca = 1", ["due is a section"]),
        ("[weights]\npca = -1", ["[weights] pca is -1"]),
        ("[weights]\npac = 1", ["'pac' is no assignment", "'pca'"]),
        ("[weights]\npca = inf", ["pca is inf"]),
        ("[points.pca]\ncentre = 3", ["'centre' is no question", "'center'"]),
        ("[points.pca]\ncenter = -0.5", ["center is -0.5"]),
        ("[points.pac]\ncenter = 1", ["'pac' is no assignment", "'pca'"]),
        ("[points]\npca = 3", ["[points] pca is a section of its own"]),
        ("[groups]\na = 3", ['a = ["s1", "s2"]']),
        ("[sections]\na = [1, 2]", ['a = ["s1", "s2"]']),
        ('[groups]\na = ["s1", "S1 "]', ["names 'S1 ' twice"]),
        ("[extensions]\ns1 = 2026-03-01T12:00:00Z", ["[extensions] s1 is a section of its own"]),
        ("[extensions.anna.lee]\npca = 2026-03-01T12:00:00Z", ['[extensions."anna.lee"]']),
        (DUE + "[extensions.s1]\npca = 2026-02-01T12:00:00Z", ["before the class's due date"]),
        (DUE + "[extensions.s1]\npac = 2026-03-02T12:00:00Z", ["[extensions.s1] 'pac'", "'pca'"]),
    ],
)
def test_a_wrong_name_or_value_is_said_with_the_right_one(read, text, said):
    with pytest.raises(GradingError) as error:
        read(text)
    assert all(one in str(error.value) for one in said), error.value
    assert "\n" not in str(error.value) and all(str(error.value).count(one) == 1 for one in said[:1])


def test_all_faults_are_said_together_and_each_once(read):
    with pytest.raises(GradingError) as error:
        read('[deu]\n[late]\npoints_per_day = "two"\n[weights]\nx = 1\n[points.pca]\ncenter = -1\n[due]\npca = 3')
    said = str(error.value)
    assert said.startswith("course.toml: ") and said.count("; ") >= 4
    assert all(said.count(one) == 1 for one in ("[deu]", "points_per_day", "'x'", "center", "pca is due"))


def test_a_file_that_no_one_can_read_is_one_line(read, tmp_path):
    with pytest.raises(GradingError, match="a time is written 2026-12-01T23:59:00Z"):
        read("[due]\npca = 1 March")
    (tmp_path / "course.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(GradingError, match="can't be read"):
        settings.read(tmp_path / "course.toml", NAMES, list)


def test_odd_times_are_remarked_on_and_hold(read):
    said = read(
        "[due]\npca = 2150-03-01T12:00:00Z\nvae = 2026-03-01T12:00:00\n[extensions.s1]\ncircle = 2026-01-01T00:00:00Z"
    )
    assert len(said.remarks) == 3 and said.dates["vae"] == datetime(2026, 3, 1, 12)
    assert "2150" in said.remarks[0] and "no zone" in said.remarks[1] and "circle has no due date" in said.remarks[2]


def test_the_file_that_init_writes_says_nothing_and_shows_everything(read):
    assert read(settings.SETTINGS) == settings.Settings()
    lines = [line.removeprefix("# ") for line in settings.SETTINGS.splitlines()[2:]]
    shown = "\n".join(lines)
    for name in ("due", "late", "extensions", "groups", "sections", "weights", "points"):
        assert f"[{name}" in shown
    assert read(shown.replace("QUESTION", "center")).points == {"pca": {"center": 3}}


def test_an_extension_is_a_students_or_the_latest_of_their_groups(read):
    said = read(
        DUE + '[groups]\nevening = ["s1", "S2"]\nteam = ["s2"]\n[sections]\nnorth = ["s3"]\n'
        "[extensions.evening]\npca = 2026-03-03T12:00:00Z\n[extensions.team]\npca = 2026-03-05T12:00:00+01:00\n"
        '[extensions.s1]\npca = 2026-03-02T12:00:00Z\n[extensions."NORTH"]\npca = 2026-03-04T12:00:00Z\n'
    )
    days = {who: said.due("pca", who).day for who in ("s1", "s2", "s3", "s4", "")}
    assert days == {"s1": 2, "s2": 5, "s3": 4, "s4": 1, "": 1}
    assert said.due("pca", "S1 ") == said.due("pca", "s1") and said.due("vae", "s1") is None
    assert said.extension("pca", "s2") == timedelta(days=3, hours=23) and said.extension("pca", "s4") is None


def test_students_of_the_settings_are_on_the_list(read):
    said = read(DUE + '[groups]\na = ["s1", "s22"]\n[extensions.s3x]\npca = 2026-03-02T12:00:00Z\n[extensions.A]\n')
    with pytest.raises(GradingError) as error:
        said.students(["S1", "s2", "s3"])
    assert "'s22' is no student of the list (did you mean 's2'?)" in str(error.value)
    assert "'s3x'" in str(error.value) and "'A'" not in str(error.value)
    said.students(["s1", "s22", "s3x"])


# -- what follows for the marks ---------------------------------------------------------------------------------


def row(course, who):
    return {row.student: row for row in marks.collect(course)}[who]


def graded(course, who, at):
    """A graded submission in the gradebook, with its record."""
    from course_lib.grading import records

    folder = course.home / "submitted" / who / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes((course.home / "release" / NAME / f"{NAME}.ipynb").read_bytes())
    if at:
        (folder / "timestamp.txt").write_text(at)
    notes = []
    when = stamps.handed_in_at(folder / "timestamp.txt", notes)
    with course.gradebook() as book:
        points = {"soft": 3, "double": 2, "spread": 2}
        seal = gradebook.enter(book, NAME, who, points, {"why"}, when, course.settings())
    record = records.Record(records.GRADED, seal=seal, notes=notes, fingerprint=records.fingerprint(course, NAME, who))
    records.keep(course, NAME, who, record)


def test_an_extension_counts_at_the_grading_and_when_it_is_given_afterwards(tiny):
    late = f"[due]\n{NAME} = 2026-03-01T12:00:00Z\n[late]\npoints_per_day = 2\n"
    given = late + f"[extensions.ada]\n{NAME} = 2026-03-03T12:00:00Z\n"
    (tiny.home / "course.toml").write_text(given)
    for who in ("ada", "bob"):
        graded(tiny, who, "2026-03-03 11:00:00 UTC")
    assert (row(tiny, "ada").penalty, row(tiny, "bob").penalty) == (0, 4)
    (tiny.home / "course.toml").write_text(late)
    tiny.settle()
    assert (row(tiny, "ada").penalty, row(tiny, "bob").penalty) == (4, 4)
    (tiny.home / "course.toml").write_text(given.replace("[extensions.ada]", '[groups]\nb = ["bob"]\n[extensions.b]'))
    tiny.settle()
    assert (row(tiny, "ada").penalty, row(tiny, "bob").penalty) == (4, 0)


@pytest.mark.parametrize(
    "at, said", [("", "no timestamp.txt"), ("yesterday", "says no time"), ("2150-01-01 00:00:00 UTC", "2150"),
                 ("2001-01-01", "2001"), ("2026-03-01 11:00:00 UTC", "")]  # fmt: skip
)  # fmt: skip
def test_where_it_is_due_a_time_that_is_none_is_on_the_attention_list(tiny, at, said):
    graded(tiny, "ada", at)
    due = tiny.home / "course.toml"
    due.write_text(f"[due]\n{NAME} = 2026-03-01T12:00:00Z\n")
    tiny.settle()
    reasons = row(tiny, "ada").reasons
    assert [said in one for one in reasons if "late (minus" not in one] == ([True] if said else [])
    due.write_text("")
    assert at or not row(tiny, "ada").reasons, "without a due date no time is needed"


def test_a_remark_is_said_once_and_a_fault_stops_the_command(tiny, capsys):
    (tiny.home / "course.toml").write_text(f"[due]\n{NAME} = 2150-03-01T12:00:00\n")
    graded(tiny, "ada", "2026-03-01 11:00:00 UTC")
    command(tiny, "report")
    said = capsys.readouterr().err
    assert said.count("2150: is that meant?") == 1 and said.count("names no zone") == 1
    (tiny.home / "course.toml").write_text(f"[due]\n{NAME}x = 2026-03-01T12:00:00Z\n")
    for verb in ("report", "feedback", "autograde"):
        assert command(tiny, verb) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and f"did you mean '{NAME}'?" in said
