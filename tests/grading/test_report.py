"""Marks and the class's pages: empty and never 0 where there is no mark, and nothing in them that does anything."""

import base64
import csv
import io
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from PIL import Image

from tests import needs

needs.nbgrader()

from course_lib.grading import gradebook, records  # noqa: E402
from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.records import Record  # noqa: E402
from course_lib.grading.report import marks, pages  # noqa: E402
from course_lib.grading.report.marks import GRADED, MISSING, NOT_RUN, OLD, WAITS, Row, collect, write_tables  # noqa: E402

EVIL = '<script>alert("x")</script>&'
PARTS = [{"name": "the example", "points": 1}, {"name": f"any batch {EVIL}", "points": 4}]
SOON = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
KEY = {"questions": {"kl": {"points": 5, "parts": PARTS}, "sample": {"points": 3, "parts": PARTS[:1]}}}


def grade(automatic=0.0, most=5.0, by_hand=None, waits=False, name=None):
    """One cell's grade, as the gradebook keeps it."""
    score = (automatic or 0) if by_hand is None else by_hand
    return SimpleNamespace(
        auto_score=automatic, manual_score=by_hand, score=score, max_score=most, needs_manual_grade=waits, name=name
    )


def entry(*grades, late=0.0, penalty=None):
    """A submission in the gradebook."""
    for one, name in zip(grades, ("kl-test", "sample-test", "why"), strict=False):
        one.name = one.name or name
    notebook = SimpleNamespace(grades=list(grades), late_submission_penalty=penalty)
    score, most = sum(one.score for one in grades), sum(one.max_score for one in grades)
    return SimpleNamespace(notebooks=[notebook], score=score, max_score=most, total_seconds_late=late)


class Class(Course):
    """A course whose gradebook and keys are made by hand."""

    def __init__(self, home):
        super().__init__(home)
        self.entries, self.students, self.names = {}, {}, ["pca", "vae"]

    def released(self):
        return self.names

    def key(self, assignment):
        return KEY

    @contextmanager
    def gradebook(self):
        from nbgrader.api import MissingEntry

        def find(assignment, student):
            assert re.fullmatch(r"\w[\w.]*", student), "no gradebook is asked for a name that can't be an id"
            if (assignment, student) not in self.entries:
                raise MissingEntry
            return self.entries[assignment, student]

        people = [SimpleNamespace(id=one, **about) for one, about in self.students.items()]
        yield SimpleNamespace(
            students=people, find_submission=find, find_assignment=lambda name: SimpleNamespace(max_score=10.0)
        )

    def enrol(self, student, first="Ada", last="Lovelace", email="ada@example.org"):
        """Put a student on the list."""
        self.students[student] = {"first_name": first, "last_name": last, "email": email}

    def hand_in(self, student, entry=None, assignment="pca", **about):
        """A submission, the record that the grader wrote of it, and what the gradebook says."""
        place = self.folder("submitted", student, assignment)
        (place / f"{assignment}.ipynb").write_text("{}")
        if about:
            seal = gradebook.seal(entry) if entry else "a seal"
            mark = records.fingerprint(self, assignment, student)
            records.keep(self, assignment, student, Record(**{"fingerprint": mark, "seal": seal} | about))
        if entry:
            self.entries[assignment, student] = entry

    def row(self, student, assignment="pca"):
        """Its row in the report."""
        return next(row for row in collect(self) if (row.assignment, row.student) == (assignment, student))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A class of nobody."""
    monkeypatch.setattr(gradebook, "at_once", lambda book: [])
    made = Class(tmp_path / "grading")
    made.folder()
    (made.home / "course.toml").write_text("")
    return made


def empty(row):
    """Whether a row has no number at all."""
    return (row.automatic, row.by_hand, row.score, row.penalty, row.hours_late) == (None, None, None, 0, 0)


def question(right="✓✓", slip="", attempted=True):
    """What the grader wrote down about one question."""
    return {"slip": slip, "right": [one == "✓" for one in right], "attempted": attempted}


def answer(points=5, *about, **more):
    """The same with its points, as a page is told of it."""
    return question(*about, **more) | {"points": points}


def read(text):
    """A CSV as a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(text, newline="")))


def tables(rows, folder):
    """The four tables."""
    write_tables(rows, folder)
    return {file.stem: read(file.read_bytes().decode("utf-8")) for file in folder.glob("*.csv")}


# -- one row ---------------------------------------------------------------------------------------------------------


DUE = "[due]\npca = {due}\n"


@pytest.mark.parametrize(
    "said, asked",
    [
        ("", False),
        (DUE.format(due="2020-01-01T00:00:00Z"), True),
        (DUE.format(due=SOON), False),
        (DUE.format(due="2020-01-01T00:00:00Z") + f"[extensions.ada]\npca = {SOON}", False),
        (DUE.format(due="2020-01-01T00:00:00Z") + f"[groups]\nlate = ['ADA']\n[extensions.late]\npca = {SOON}", False),
        (DUE.format(due="2020-01-01T00:00:00Z") + f"[extensions.bob]\npca = {SOON}", True),
    ],
    ids=["never due", "over", "soon", "extended", "a group's extension", "somebody else's"],
)
def test_not_submitted_is_for_attention_when_it_is_due(course, said, asked):
    course.folder()
    course.folder("keys").joinpath("pca.json").write_text("{}")
    (course.home / "course.toml").write_text(said)
    course.enrol("ada")
    course.enrol("bob")
    row = course.row("ada")
    assert row.status == MISSING and empty(row) and row.reasons == [MISSING] * asked
    assert (row.first_name, row.last_name, row.email, row.most) == ("Ada", "Lovelace", "ada@example.org", 10)


def test_never_graded(course):
    course.hand_in("ada")
    row = course.row("ada")
    assert row.status == OLD and empty(row) and row.reasons == [OLD]


def test_cut_off(course):
    course.hand_in("ada", entry(grade(5)), status="running")
    row = course.row("ada")
    assert row.status == OLD and empty(row) and row.reasons == ["its grading was cut off: autograde --resume"]


@pytest.mark.parametrize("status", ["graded", "did not run"])
@pytest.mark.parametrize("what", ["pca.ipynb", "timestamp.txt", "key"])
def test_changed_since(course, status, what):
    course.hand_in("ada", entry(grade(5)), status=status)
    file = course.folder("submitted", "ada", "pca") / what if what != "key" else course.folder("keys") / "pca.json"
    file.write_text('{"new": 1}')
    row = course.row("ada")
    assert row.status == OLD and empty(row)
    assert row.reasons == ["it has changed since it was graded: autograde --resume"]


def test_did_not_run(course):
    course.hand_in(
        "ada", entry(grade(0)), status="did not run", reason="the kernel died", flags=["a flag"], notes=["a note"]
    )
    row = course.row("ada")
    assert row.status == NOT_RUN and empty(row)
    assert row.reasons == ["did not run: the kernel died", "a flag", "a note"]


def test_graded_but_not_in_the_gradebook(course):
    course.hand_in("ada", status="graded")
    row = course.row("ada")
    assert row.status == OLD and empty(row) and row.reasons == [records.ELSEWHERE]


def test_a_damaged_record_counts_as_never_graded(course):
    course.hand_in("ada", entry(grade(5)), status="graded")
    next(course.home.glob("state/pca/*")).write_text('{"status": "gra')
    assert course.row("ada").status == OLD and empty(course.row("ada"))


def test_graded(course):
    course.hand_in("ada", entry(grade(4), grade(0, by_hand=2.5)), status="graded")
    row = course.row("ada")
    assert (row.status, row.automatic, row.by_hand, row.score, row.reasons) == (GRADED, 4, 2.5, 6.5, [])


def test_a_real_0_is_a_0(course):
    course.hand_in("ada", entry(grade(0)), status="graded")
    row = course.row("ada")
    assert (row.status, row.automatic, row.by_hand, row.score) == (GRADED, 0, 0, 0)


def test_waiting_for_a_person_there_is_no_score(course):
    course.hand_in("ada", entry(grade(4), grade(0, waits=True)), status="graded")
    row = course.row("ada")
    assert (row.status, row.automatic, row.by_hand, row.score, row.reasons) == (WAITS, 4, None, None, [])


def test_late(course):
    course.hand_in("ada", entry(grade(5), late=30 * 3600, penalty=2), status="graded")
    row = course.row("ada")
    assert (row.hours_late, row.penalty, row.automatic, row.score) == (30, 2, 5, 3)
    assert row.reasons == ["handed in 30.0 hours late (minus 2 points)"]


def test_early_is_not_late(course):
    course.hand_in("ada", entry(grade(5), late=-3600), status="graded")
    assert course.row("ada").hours_late == 0 and course.row("ada").reasons == []


@pytest.mark.parametrize(
    "grades", [[grade(5), grade(0, by_hand=5.5)], [grade(5), grade(0, by_hand=7), grade(0)]], ids=["all", "one"]
)
def test_above_the_maximum(course, grades):
    course.hand_in("ada", entry(*grades), status="graded")
    row = course.row("ada")
    assert row.reasons[0].startswith("a score above the maximum: ") and row.score is not None


def test_above_the_maximum_in_all_though_in_no_question(course):
    course.hand_in("ada", entry(grade(5), grade(5)), status="graded")
    course.entries["pca", "ada"].max_score = 8
    assert course.row("ada").reasons == ["a score above the maximum: 10 of 8"]


def test_another_gradebook_than_that_of_the_grading_gives_no_mark(course):
    """One taken back from a copy, say: its points are of an older grading, or of none."""
    for there in (entry(grade(5), grade(2)), entry(grade(5), grade(None)), entry(grade(3), grade(5))):
        course.hand_in("ada", entry(grade(5), grade(3)), status="graded")
        course.entries["pca", "ada"] = there
        row = course.row("ada")
        assert row.status == OLD and empty(row) and row.reasons == [records.ELSEWHERE]
    course.hand_in("bob", entry(grade(0.1), grade(0.2), grade(None, by_hand=2)), status="graded")
    assert course.row("bob").reasons == []


def test_a_record_of_the_version_before_is_read(course):
    """It had points and lines of text as well, and no seal: the gradebook's points count."""
    course.hand_in("ada", entry(grade(3), grade(1), grade(0, by_hand=2)), status="graded", flags=["a flag"])
    [file] = course.home.glob("state/pca/*")
    lines = ["✓ the example: 1 of 1", "✗ any batch: 0 of 4 (raised ValueError)", f"It looks like this slip: {EVIL}"]
    old = {"points": 3.0, "most": 5.0, "slip": EVIL, "lines": lines, "attempted": True}
    about = json.loads(file.read_text("utf-8")) | {"points": 4.0, "questions": {"kl": old}}
    file.write_text(json.dumps({name: about[name] for name in about if name not in ("seal", "accident")}))
    row = course.row("ada")
    assert (row.status, row.automatic, row.by_hand, row.score, row.reasons) == (GRADED, 4, 2, 6, ["a flag"])
    assert row.record.questions["kl"]["right"][:2] == [True, False] and row.record.questions["kl"]["slip"] == EVIL
    assert pages.write_report(course).startswith("2 marks: 1 final")


def test_everybody_has_a_row_in_everything(course):
    course.enrol("zoe")
    course.enrol("ada", None, None, None)
    course.hand_in("stranger", status="graded")
    course.hand_in("../odd name".replace("/", "-"), entry(grade(5)), status="did not run")
    course.hand_in("ada", assignment="unreleased")
    rows = collect(course)
    assert [(row.assignment, row.student) for row in rows] == [
        (name, student) for name in ("pca", "vae") for student in ("..-odd name", "ada", "stranger", "zoe")
    ]
    assert (rows[1].first_name, rows[1].last_name, rows[1].email) == ("", "", "")
    assert rows[0].status == NOT_RUN and empty(rows[0])


# -- tables ----------------------------------------------------------------------------------------------------------


def rows_by_hand():
    """Two assignments, three students: one with everything, one with nothing, one who waits."""
    ada = Row("pca", "ada", "Ada", "Lovelace", "ada@example.org", 20, GRADED, 17, 2.5, 30.04, 2, 17.5)
    bob = Row("pca", "bob", "Bob", "", "", 20, WAITS, 12)
    zero = Row("pca", "zero", "", "Zero", "z@example.org", 20, GRADED, 0, 0, score=0)
    none = [Row("vae", who.student, who.first_name, who.last_name, who.email, 10, status)
            for who, status in ((ada, MISSING), (bob, NOT_RUN), (zero, OLD))]  # fmt: skip
    for row in (ada, none[0]):
        row.section, row.groups, row.canvas = "B", ["red", "blue"], "4711"
    none[1].reasons = ["did not run: it took longer than 120 s", "a flag"]
    return [ada, bob, zero, *none]


def test_marks_csv(tmp_path):
    head, *rows = tables(rows_by_hand(), tmp_path)["marks"]
    assert head == ["student", "last name", "first name", "assignment", "status", "by tests", "by hand", "hours late",
                    "late penalty", "score", "maximum", "section", "groups"]  # fmt: skip
    assert rows == [
        ["ada", "Lovelace", "Ada", "pca", "graded", "17", "2.5", "30.0", "2", "17.5", "20", "B", "red, blue"],
        ["bob", "", "Bob", "pca", "waits for a person", "12", "", "", "", "", "20", "", ""],
        ["zero", "Zero", "", "pca", "graded", "0", "0", "", "", "0", "20", "", ""],
        ["ada", "Lovelace", "Ada", "vae", "not submitted", "", "", "", "", "", "10", "B", "red, blue"],
        ["bob", "", "Bob", "vae", "did not run", "", "", "", "", "", "10", "", ""],
        ["zero", "Zero", "", "vae", "not graded yet", "", "", "", "", "", "10", "", ""],
    ]


def test_canvas_csv_is_what_canvas_imports(tmp_path):
    head, most, *rows = tables(rows_by_hand(), tmp_path)["canvas"]
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "pca", "vae"]
    assert most == ["    Points Possible", "", "", "", "", "20", "10"]
    assert rows == [
        ["Lovelace, Ada", "4711", "", "ada", "B", "17.5", ""],
        ["Bob", "", "", "bob", "", "", ""],
        ["Zero", "", "", "zero", "", "0", ""],
    ]


def test_moodle_csv_is_what_moodle_imports(tmp_path):
    head, *rows = tables(rows_by_hand(), tmp_path)["moodle"]
    assert head == ["Username", "Email address", "pca", "vae"]
    assert rows == [["ada", "ada@example.org", "17.5", ""], ["bob", "", "", ""], ["zero", "z@example.org", "0", ""]]


def test_attention_csv_has_one_line_for_a_student(tmp_path):
    assert tables(rows_by_hand(), tmp_path)["attention"] == [
        ["assignment", "student", "reason"],
        ["vae", "bob", "did not run: it took longer than 120 s; a flag"],
    ]


def test_a_class_of_nobody(tmp_path):
    found = tables([], tmp_path)
    assert {name: len(lines) for name, lines in found.items()} == {
        "marks": 1, "totals": 1, "canvas": 2, "moodle": 1, "attention": 1
    }  # fmt: skip


@pytest.mark.parametrize("name", ['O"Neil', "Smith, Jr.", "two\nlines", "tab\there", "Ünïcødé 名", "semi;colon", "a'b"])
def test_odd_names_come_through(tmp_path, name):
    row = Row("pca", "ada", name, name, "e", 20, GRADED, 17, 0, score=17, reasons=[name])
    found = tables([row], tmp_path)
    assert found["marks"][1][1:3] == [name, name] and found["marks"][1][9] == "17"
    assert found["canvas"][2][0] == f"{name}, {name}" and found["attention"][1][2] == name


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://a")'])
def test_no_cell_is_a_formula(tmp_path, formula):
    row = Row("pca", formula, formula, formula, formula, 20, reasons=[formula])
    for lines in tables([row], tmp_path).values():
        for cell in (cell for line in lines for cell in line):
            assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell


def test_a_folders_broken_name_can_be_written(tmp_path):
    tables([Row("pca", "ada\udcff", "", "", "", 20, reasons=["x"])], tmp_path)
    assert (tmp_path / "marks.csv").is_file()


def test_numbers_are_written_short():
    assert [marks.cell(one) for one in (None, 0, 0.0, 2.5, 17.0, 1 / 3)] == ["", "0", "0", "2.5", "17", "0.333333"]


# -- pages -----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What is on a page: tags, their attributes, the text; everything that was opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.text = [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.attributes.append((tag, dict(attributes)))
        assert tag not in ("script", "iframe", "object", "form") and not any(
            name.startswith("on") for name, _ in attributes
        )
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        """The attributes of all such tags."""
        return [attributes for one, attributes in self.attributes if one == tag]


ANSWERS = [
    answer(5), answer(5), answer(1, "✓✗", "the mean for the sum"), answer(1, "✓✗", "the mean for the sum"),
    answer(1, "✓✗", EVIL), answer(0, "✗✗"), answer(0, "✗✗", "", attempted=False),
]  # fmt: skip


def test_a_question_page_says_mean_spread_parts_and_slips():
    text = pages.question_page("vae", "kl", KEY["questions"]["kl"], ANSWERS)
    page = Page(text)
    assert "7 graded, 6 attempted. Mean 1.86 of 5 points, standard deviation 2.19." in page.text
    assert re.findall(r'<td class="number">(\w+)</td>', text) == ["1", "5", "4", "2", "2", "1"]
    assert "1 more lost points in a way that no slip of the bank explains." in page.text
    assert page.text.index("the mean for the sum") < page.text.index(EVIL, page.text.index("commonest slips"))
    assert page.text.startswith("vae: kl") or "vae: kl" in page.text


def test_the_histogram_has_a_text_and_is_a_picture():
    page = Page(pages.question_page("vae", EVIL, KEY["questions"]["kl"], ANSWERS))
    [image] = page.all("img")
    assert image["alt"] == "Histogram of the points: mean 1.86 of 5, 7 students"
    kind, data = image["src"].split(",")
    assert kind == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    assert picture.size == (660, 330) and picture.convert("L").getextrema() == (0, 255)


def test_half_points_and_a_single_student_can_be_shown():
    page = Page(pages.question_page("vae", "kl", KEY["questions"]["kl"], [answer(2.5, "✓✗")]))
    assert "1 graded, 1 attempted. Mean 2.50 of 5 points, standard deviation 0.00." in page.text
    assert "None that has a name." in page.text


def test_a_page_of_nothing():
    page = Page(pages.question_page("vae", "kl", KEY["questions"]["kl"], []))
    assert "Nothing is graded yet." in page.text and not page.all("img")


def test_a_page_is_one_of_its_own():
    text = pages.question_page("vae", EVIL, KEY["questions"]["kl"], [])
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}] and {"charset": "utf-8"} in page.all("meta")
    assert f"vae: {EVIL}" in page.text and EVIL not in text and "http" not in text


def test_the_index_names_the_commonest_slip_and_every_reason():
    row = Row("pca", EVIL, "", "", "", 20, reasons=[f"a reason {EVIL}", "another"])
    list_of = [("vae", "kl", "vae-kl.html", ANSWERS, 5), ("vae", "sample", "vae-sample.html", [], 3)]
    text = pages.index_page([row], list_of)
    page = Page(text)
    assert "1.86 of 5" in page.text and "the mean for the sum (2)" in page.text and "nothing graded yet" in page.text
    assert "For your attention (1)" in page.text and f"a reason {EVIL}; another" in page.text and EVIL not in text
    links = {one["href"] for one in page.all("a")}
    assert links == {"#attention", "marks.csv", "totals.csv", "canvas.csv", "moodle.csv", "vae-kl.html",
                     "vae-sample.html"}  # fmt: skip
    assert [one for one in page.all("h2") if one.get("id") == "attention"]
    assert "An empty mark means: not submitted, did not run, or waits for a person." in page.text


def test_an_index_without_doubts():
    assert "Nothing." in Page(pages.index_page([], [])).text


def test_the_whole_report(course):
    course.enrol("absent")
    course.hand_in("ada", entry(grade(3), grade(1), grade(0, by_hand=2)), status="graded",
                   questions={"kl": question("✓✗", EVIL), "sample": question("✓")})  # fmt: skip
    course.hand_in(
        "bob", entry(grade(5), grade(None, waits=True, name="why")), status="graded", questions={"kl": question()}
    )
    course.hand_in("crash", entry(grade(0)), status="did not run", reason=EVIL, questions={})
    course.hand_in("stale", entry(grade(5)), status="graded", questions={"kl": question()}, fingerprint="old")
    said = pages.write_report(course)
    assert said.startswith("10 marks: 1 final, 1 wait for a person, 8 empty; 2 on the attention list.\n")
    folder = course.home / "report"
    for file in folder.glob("*.html"):
        Page(file.read_text("utf-8"))
    files = {"index.html", "marks.csv", "totals.csv", "canvas.csv", "moodle.csv", "attention.csv"}
    files |= {f"{name}-{one}.html" for name in ("pca", "vae") for one in ("kl", "sample")}
    assert {file.name for file in folder.iterdir()} == files
    assert "2 graded, 2 attempted. Mean 4.00 of 5" in Page((folder / "pca-kl.html").read_text("utf-8")).text, (
        "neither what did not run nor what has changed since is counted as 0"
    )
    assert "1 graded" in (folder / "pca-sample.html").read_text("utf-8")
    assert "Nothing is graded yet." in (folder / "vae-kl.html").read_text("utf-8")
    assert f"did not run: {EVIL}" in Page((folder / "index.html").read_text("utf-8")).text
