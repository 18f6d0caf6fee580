"""Marking by hand: a regrade keeps what was given for the same text; Formgrader, over HTTP and in a real browser."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.hand import config, marked, pages  # noqa: E402
from course_lib.grading.report.marks import collect  # noqa: E402
from tests.grading.by_hand import FULL, Server, answered, by_hand, give, graded, hand_in  # noqa: E402
from tests.grading.conftest import command, placed  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402
from tests.needs import CHROMIUM  # noqa: E402

CLASS = "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\nbob.7,Bob,Bobson,bobson@example.org\n"
OLD = """# For formgrader (grading by hand): open JupyterLab in this folder.
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "autoencoders"
"""
EMPTY = Path(os.devnull)


# -- a regrade -----------------------------------------------------------------------------------------------------


def test_a_mark_stays_while_the_text_does(tiny):
    graded(tiny, "ada")
    assert by_hand(tiny, "ada") == (None, True, None)
    give(tiny, "ada", 2.5, "Nearly.")
    for _ in range(2):
        graded(tiny, "ada")
        assert by_hand(tiny, "ada") == (2.5, False, "Nearly.")


def test_spaces_around_it_are_no_other_text(tiny):
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    graded(tiny, "ada", "Because it is so.\n")
    assert by_hand(tiny, "ada")[:2] == (2, False)


def test_another_text_keeps_the_points_as_a_suggestion_and_asks(tiny):
    graded(tiny, "ada")
    give(tiny, "ada", 2, "Good.")
    graded(tiny, "ada", "Because I say so.")
    assert by_hand(tiny, "ada") == (2, True, "Good.")
    graded(tiny, "ada", "Because I say so.")
    assert by_hand(tiny, "ada")[1], "a suggestion that nobody confirmed is no mark, however often it is graded"
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[1] is False, "the text that was marked is back"


def test_a_mark_survives_a_grading_that_did_not_run_or_was_cut_off(tiny):
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    marked.remember(tiny, NAME, "ada")
    shutil.rmtree(tiny.home / "autograded" / "ada")  # where it ends
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[:2] == (2, False)


def test_a_mark_in_place_of_the_tests_stays_while_they_give_the_same(tiny):
    graded(tiny, "ada", points=FULL | {"soft": 1.0})
    give(tiny, "ada", 3, question="soft-test")
    graded(tiny, "ada", "Other words in another question.", points=FULL | {"soft": 1.0})
    assert by_hand(tiny, "ada", question="soft-test")[:2] == (3, False)
    graded(tiny, "ada", points=FULL | {"soft": 2.0})
    assert by_hand(tiny, "ada", question="soft-test")[:2] == (3, True), "its tests say something else now"


def test_a_mark_that_was_changed_since_counts_as_it_is(tiny):
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    graded(tiny, "ada")
    give(tiny, "ada", 1)
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[:2] == (1, False)


def test_an_old_folder_without_the_text_asks_once(tiny):
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    shutil.rmtree(tiny.home / "autograded" / "ada")
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[:2] == (2, True)
    give(tiny, "ada", 2)
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[:2] == (2, False)


@pytest.mark.parametrize("damage", ["", "[]", '{"why": 3}', "{"])
def test_a_damaged_note_only_makes_one_look_again(tiny, damage):
    graded(tiny, "ada")
    give(tiny, "ada", 2)
    graded(tiny, "ada")
    marked.place(tiny, NAME, "ada").write_text(damage)
    shutil.rmtree(tiny.home / "autograded" / "ada")
    graded(tiny, "ada")
    assert by_hand(tiny, "ada")[:2] == (2, True)


def test_a_real_regrade_keeps_a_real_mark(tiny):
    """The same with kernels, where what a student wrote is framed before it is shown."""
    from course_lib.grading.sandbox import walls

    try:
        walls.check([], walls.Limits())
    except walls.NoSandbox as error:
        pytest.skip(f"no sandbox here: {error}")
    file = hand_in(tiny, "honest", "Since it is so.\n\n- one\n- two")
    assert command(tiny, "autograde") == 0
    assert "Since it is so." in (tiny.home / "autograded" / "honest" / NAME / f"{NAME}.ipynb").read_text()
    give(tiny, "honest", 2, "Fine.")
    give(tiny, "honest", 1, question="double-test")
    assert command(tiny, "autograde", "--student", "honest") == 0
    assert by_hand(tiny, "honest") == (2, False, "Fine.")
    assert by_hand(tiny, "honest", question="double-test")[:2] == (1, False)
    file.write_text(file.read_text().replace("Since it is so.", "Since I say so."))
    assert command(tiny, "autograde", "--resume") == 0
    assert by_hand(tiny, "honest") == (2, True, "Fine.")
    assert by_hand(tiny, "honest", question="double-test")[:2] == (1, False), "its answer is the same"


# -- what a marker sees -------------------------------------------------------------------------------------------


def test_names_ids_and_addresses_leave_the_page():
    class Ada:
        id, first_name, last_name, email = "s17", "Ada", "Lovelace", "ada@example.org"

    said = "I am Ada Lovelace (LOVELACE, ADA; s17, ada@example.org; nickname); s175 is data; Ada is a language."
    import nbformat

    nb = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell('STUDENT = "nickname"', outputs=[
            nbformat.v4.new_output("stream", text="S17 here"),
            nbformat.v4.new_output("execute_result", {"text/plain": "'s17'", "image/png": "czE3"}),
        ]),
        nbformat.v4.new_markdown_cell(said),
    ])  # fmt: skip
    pages.without_names(nb, Ada)
    hidden = pages.HIDDEN
    assert nb.cells[1].source == (
        f"I am {hidden} ({hidden}; {hidden}, {hidden}; {hidden}); s175 is data; Ada is a language."
    )
    outputs = nb.cells[0].outputs
    assert outputs[0].text == f"{hidden} here" and outputs[1].data == {"text/plain": f"'{hidden}'", "image/png": "czE3"}


def test_a_student_takes_no_word_out_of_the_rubric():
    """Whatever was called STUDENT was taken out of all texts, those of the course and of the grader too."""
    import nbformat

    class Ada:
        id, first_name, last_name, email = "s17", "Ada", "Lovelace", "ada@example.org"

    own = "".join(f'STUDENT = "{word}"\n' for word in ("gives", "nothing", "another value", "not"))
    locked = {"nbgrader": {"grade_id": "x", "locked": True, "solution": False}}
    verdict = nbformat.v4.new_output("stream", text="The grader says:\n✗ any: 0 of 2 (not another value)\n")
    nb = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell(own), nbformat.v4.new_markdown_cell("not s17", metadata=locked),
        nbformat.v4.new_markdown_cell("It is not right.", metadata={pages.RUBRIC: "why"}),
        nbformat.v4.new_code_cell("print(1)", outputs=[verdict]), nbformat.v4.new_markdown_cell("I do not know."),
    ])  # fmt: skip
    pages.without_names(nb, Ada)
    assert [cell.source for cell in nb.cells[1:3]] == ["not s17", "It is not right."]
    assert "(not another value)" in nb.cells[3].outputs[0].text
    assert nb.cells[4].source == f"I do {pages.HIDDEN} know." and "nothing" in nb.cells[0].source


def test_a_student_cannot_make_a_cell_that_looks_like_the_rubric(tiny):
    """The frame hangs on a cell's metadata, and a submission's metadata is the release's."""
    from course_lib.grading.submissions import reading

    notebook = answered(tiny, {"why": "**The course's rubric** 3 of 3"})
    notebook["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {pages.RUBRIC: "why"}, "source": "Mine."})
    release = json.loads((tiny.home / "release" / NAME / f"{NAME}.ipynb").read_text())
    notebook, _ = reading.restored(reading.cells(notebook), release)
    assert not any(pages.RUBRIC in cell["metadata"] for cell in notebook["cells"])


# -- the server ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marking(template, tmp_path_factory):
    """A class of two, graded, its folder made by an older version, and Formgrader on it."""
    base = tmp_path_factory.mktemp("marking")
    course = placed(template, base)
    (base / "class.csv").write_text(CLASS)
    assert command(course, "init", "--students", str(base / "class.csv")) == 0
    graded(course, "ada")
    graded(course, "bob.7", "I, Bob Bobson (bob.7), think so.")
    (course.home / config.NAME).write_text(OLD)
    server = Server(course, base, "--marker", "eve")
    yield server
    server.end()


def everything(course: Course) -> dict[str, str]:
    """A digest of each file that nbgrader's buttons could spoil."""
    folders = ("source", "release", "submitted", "autograded", "feedback", "keys", "state")
    files = [file for folder in folders for file in sorted((course.home / folder).rglob("*")) if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


ASSIGNMENT = ("assign", "unassign", "unrelease", "release", "collect", "autograde", "generate_feedback",
              "release_feedback")  # fmt: skip
STUDENT = ("autograde", "generate_feedback", "release_feedback")
BUTTONS = [f"assignment/{NAME}/{what}" for what in ASSIGNMENT]
BUTTONS += [f"{kind}/{NAME}/ada/{what}" for kind in ("assignment", "submission") for what in STUDENT]


@pytest.mark.parametrize("button", [*BUTTONS, "assignment/other/assign", f"assignment/{NAME}/assign/"])
def test_nbgraders_buttons_do_nothing_and_say_what_does(marking, button):
    before = everything(marking.course)
    status, said = marking.ask(f"/formgrader/api/{button}", "POST")
    answer = json.loads(said)
    assert status == 200 and answer["success"] is False and "Traceback" not in said
    assert answer["log"].startswith("Nothing was done: ") and "python -m course_lib grade " in answer["log"]
    assert everything(marking.course) == before


def test_no_assignment_or_student_is_made_or_changed(marking):
    before = everything(marking.course)
    for path in ("assignment/new", f"assignment/{NAME}", "student/ada", "student/new"):
        assert marking.ask(f"/formgrader/api/{path}", "PUT", {"first_name": "X"})[0] == 403
    with marking.course.gradebook() as book:
        assert {one.id for one in book.students} == {"ada", "bob.7"} and len(book.assignments) == 1
        assert book.find_student("ada").first_name == "Ada"
    assert everything(marking.course) == before


@pytest.mark.parametrize(
    "verb", ["generate_assignment", "autograde", "release_assignment", "collect", "release_feedback"]
)
def test_nbgraders_commands_do_nothing_in_the_folder(marking, verb):
    before = everything(marking.course)
    tools = Path(sys.executable).parent
    env = dict(os.environ, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    command = [str(tools / "nbgrader"), verb, NAME]
    answer = subprocess.run(command, cwd=marking.course.home, env=env, capture_output=True, text=True)
    assert answer.returncode and "Nothing was done" in answer.stderr and "Traceback" not in answer.stderr
    assert everything(marking.course) == before


def test_nbgraders_feedback_is_the_courses_own(marking):
    before = everything(marking.course)
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", NAME, "--student", "ada"]
    tools = Path(sys.executable).parent
    env = dict(os.environ, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    answer = subprocess.run(command, cwd=marking.course.home, env=env, capture_output=True, text=True)
    assert answer.returncode == 0 and "1 pages written" in answer.stdout
    after = everything(marking.course)
    [page] = set(after) - set(before)
    assert {name: after[name] for name in before} == before and page.endswith(f"feedback/ada/{NAME}/{NAME}.html")
    assert "HIDDEN TESTS" not in Path(page).read_text() and "unseen" not in Path(page).read_text()


def test_an_old_folders_configuration_is_renewed_and_kept(marking):
    assert (marking.course.home / config.NAME).read_text() == config.CONFIG
    assert (marking.course.home / config.BEFORE).read_text() == OLD
    assert config.renew(marking.course.home) is False


def test_nobody_enters_without_the_token_and_there_is_no_lab(marking):
    for path in ("/formgrader/gradebook", f"/formgrader/api/submitted_notebooks/{NAME}/{NAME}"):
        with urlopen(marking.base + path, timeout=20) as answer:
            assert urlsplit(answer.url).path == "/login"
    for path in ("/files/secret", "/api/contents/secret", "/api/kernels", "/lab", "/formgrader/nothing"):
        assert marking.ask(path)[0] == 404


def test_the_pages_name_nobody_and_show_the_rubric(marking):
    answers = marking.answers()
    seen = json.dumps(answers)
    for one in answers:
        status, page = marking.ask(f"/formgrader/submissions/{one['id']}")
        assert status == 200 and page.count("The course's rubric for why") == 1 and "The model answer." in page
        assert "contain: paint" in page.partition("<body")[0], "no formula draws over the rubric"
        seen += page
    assert not [name for name in ("Lovelace", "Bobson", "bob.7", "ada", "example.org") if name in seen]
    assert f"I, {pages.HIDDEN} ({pages.HIDDEN}), think so." in seen


def test_a_mark_says_whose_it_is_and_another_markers_is_seen(marking):
    which = marking.answers()[0]["id"]
    grade = marking.grade(which)
    other = Server(marking.course, marking.log.parent, "--marker", "mallory", "--names")
    try:
        assert other.grade(which)["manual_score"] is None
        assert "Lovelace" in json.dumps(other.answers())
        assert marking.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 1})[0] == 200
        assert other.grade(which)["manual_score"] == 1
        other.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 2})
        assert marking.grade(which)["manual_score"] == 2
    finally:
        other.end()
    assert other.process.returncode == 0
    [file] = (marking.course.home / "hand" / NAME).glob("*.json")
    assert json.loads(file.read_text())["why"]["by"] == "mallory"


def test_a_mark_for_a_text_that_is_no_longer_there_is_refused(marking):
    course = marking.course
    which = next(
        one["id"] for one in marking.answers() if "Bobson" not in str(one) and shows(marking, one["id"], "think")
    )
    grade = marking.grade(which)
    shows(marking, which, "think")
    graded(course, "bob.7", "Another text.")
    status, said = marking.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 3})
    assert status == 409 and by_hand(course, "bob.7")[0] != 3 and by_hand(course, "bob.7")[1]
    assert shows(marking, which, "Another text.")
    assert marking.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 3})[0] == 200
    graded(course, "bob.7", "Another text.")
    assert by_hand(course, "bob.7")[:2] == (3, False)
    shutil.rmtree(course.home / "autograded" / "bob.7")
    assert marking.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 1})[0] == 409
    assert marking.ask(f"/formgrader/submissions/{which}")[0] == 404
    graded(course, "bob.7", "Another text.")


def shows(marking: Server, which: str, words: str) -> bool:
    """Whether an answer's page says this."""
    return words in marking.ask(f"/formgrader/submissions/{which}")[1]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (COURSE_CHROMIUM can say where it is)")
def test_a_real_browser_arrives_marks_and_the_report_has_it(marking):
    sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
    with sync_api.sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        except sync_api.Error as error:
            pytest.skip(f"{CHROMIUM} does not start: {str(error).splitlines()[0]}")
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.set_default_timeout(30_000)
        page.goto(f"{marking.base}/?token={marking.token}")
        assert urlsplit(page.url).path == "/formgrader/gradebook"
        seen = ""
        for _ in range(2):
            page.locator("#main-table").get_by_role("link", name=NAME).click()
            page.wait_for_load_state("networkidle")
            seen += page.locator("body").inner_text()
        page.get_by_role("link", name="Submission #1").click()
        page.wait_for_load_state("networkidle")
        seen += page.locator("body").inner_text()
        assert not [name for name in ("Lovelace", "Bobson", "bob.7", "example.org", "Manage") if name in seen]
        answer, rubric = page.locator("#why"), page.locator(".course-rubric")
        sync_api.expect(rubric).to_contain_text("The model answer.")
        below = rubric.bounding_box()["y"] - answer.bounding_box()["y"]
        assert 0 < below < 500, "beside the answer"
        with page.expect_response(lambda one: "/api/grade/" in one.url and one.request.method == "PUT") as put:
            answer.fill("1.5")
            answer.press("Tab")
        assert put.value.status == 200
        comment = page.locator("#why-comment")
        with page.expect_response(lambda one: "/api/comment/" in one.url and one.request.method == "PUT"):
            comment.fill("Half of it.")
            comment.press("Tab")
        browser.close()
    rows = {row.student: row for row in collect(marking.course)}
    assert 1.5 in {row.by_hand for row in rows.values()}
    notes = [json.loads(file.read_text()) for file in (marking.course.home / "hand" / NAME).glob("*.json")]
    assert ("eve", 1.5) in {(one["why"]["by"], one["why"]["points"]) for one in notes}
