"""The gradebook on a PostgreSQL server, which the test starts: marks, pages and tables as with SQLite's file."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from tests import needs

needs.nbgrader()
pytest.importorskip("psycopg", reason="the driver of PostgreSQL isn't installed: no server is tested")

from course_lib.grading import gradebook, records, server  # noqa: E402
from course_lib.grading.autograde import home  # noqa: E402
from course_lib.grading.autograde.home import Job  # noqa: E402
from course_lib.grading.course import Course, GradingError  # noqa: E402
from tests.conftest import until  # noqa: E402
from tests.grading import crowd, hostile  # noqa: E402
from tests.grading.by_hand import Server, by_hand, graded  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

PASSWORD = "not to be printed"


def tools():
    """The folder of PostgreSQL's programs; skips where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not there:
        pytest.skip("PostgreSQL isn't installed: no server is tested")
    return there[-1].parent


@pytest.fixture(scope="module")
def postgres():
    """A server of our own: how a new database's URL is made."""
    place, user = Path(tempfile.mkdtemp(prefix="pg-")), None
    if os.geteuid() == 0:  # it refuses to run as the superuser
        user = 65534
        os.chown(place, user, user)
    bin_, data = tools(), place / "data"
    extra = {"user": user, "group": user, "extra_groups": []} if user else {}
    (place / "password").write_text(PASSWORD)
    (place / "password").chmod(0o644)
    made = subprocess.run(
        [bin_ / "initdb", "-D", data, "-U", "teacher", "-A", "scram-sha-256", "--pwfile", place / "password", "-N"],
        capture_output=True, text=True, cwd=place, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, **extra,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(place / "log", "wb") as log:
        process = subprocess.Popen(
            [bin_ / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"], stdout=log, stderr=log,
            cwd=place, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, **extra,
        )  # fmt: skip
    secret = PASSWORD.replace(" ", "%20")

    def url(name):
        return f"postgresql://teacher:{secret}@127.0.0.1:{port}/{name}"

    def fresh(name):
        """The URL of a new database."""
        import psycopg

        with psycopg.connect(url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return url(name)

    def answers():
        import psycopg

        try:
            psycopg.connect(url("postgres"), connect_timeout=2).close()
            return True
        except psycopg.OperationalError:
            return False

    try:
        until(answers, 30)
        yield fresh
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def course(postgres, template, tmp_path, request):
    """The tiny assignment, released anew into a database of its own."""
    made = Course(tmp_path / "grading", template / "sources")
    made.folder()
    (made.home / "course.toml").write_text(
        f'[gradebook]\nurl = "{postgres(f"course{abs(hash(request.node.name))}")}"\n'
    )
    assert command(made, "init") == 0 and command(made, "release") == 0
    return made


def grade(course, student, points):
    """Grade without a kernel: these points are what comes out."""
    job = Job(str(course.home), str(course.sources), NAME, student, 120.0, 20.0, 4096)
    folder = course.home / "answers"
    folder.mkdir(exist_ok=True)
    crowd.stand_in(course, {student: points}, folder, 0)
    said = json.loads((folder / "answers.json").read_text("utf-8"))
    return home.finish(job, home.prepare(job), json.dumps(said["students"][student]))


def test_a_term_on_a_server(course, capsys):
    """Graded, marked by hand, graded again, reported, fed back: and there is no file."""
    expected = crowd.class_of_tiny(course, 3)
    for student, points in expected.items():
        assert (record := grade(course, student, points)).status == records.GRADED, record
    assert crowd.marks(course) == expected
    with course.gradebook() as book:
        assert book.engine.dialect.name == "postgresql"
        for entry in book.assignment_submissions(NAME):
            for one in gradebook.grades(entry):
                if one.name == "why":
                    one.manual_score, one.needs_manual_grade = 2.5, False
        book.db.commit()
    assert command(course, "report") in (0, 3)
    said = (course.home / "report" / "marks.csv").read_text("utf-8")
    assert all(student in said for student in expected)
    assert command(course, "feedback") in (0, 3)
    page = course.home / "feedback" / "student.0000" / NAME / f"{NAME}.html"
    assert "9.5" in page.read_text("utf-8") and not (course.home / "gradebook.db").exists()
    assert PASSWORD not in (out := capsys.readouterr()).out + out.err
    assert not any(PASSWORD in file.read_text("utf-8", "replace") for file in course.home.rglob("*.json"))


def test_marks_by_hand_on_a_server(course, tmp_path):
    """Given in Formgrader, kept by a regrade, taken up by the report; the password is in no page and no log."""
    graded(course, "ada")
    server = Server(course, tmp_path, "--marker", "eve")
    try:
        [answer] = server.answers()
        grade = server.grade(answer["id"])
        page = server.ask(f"/formgrader/submissions/{answer['id']}/")
        assert page[0] == 200 and "Because it is so." in page[1] and "ada" not in page[1]
        assert server.ask(f"/formgrader/api/grade/{grade['id']}", "PUT", {"manual_score": 2})[0] == 200
        assert server.grade(answer["id"])["manual_score"] == 2
    finally:
        server.end()
    assert server.process.returncode == 0 and PASSWORD not in page[1] + server.log.read_text()
    graded(course, "ada")
    assert by_hand(course, "ada")[:2] == (2, False) and command(course, "report") in (0, 3)
    table = (course.home / "report" / "marks.csv").read_text().splitlines()
    [row] = [line for line in table if line.startswith("ada,")]
    assert ",7,2,,,9," in row, "seven points by tests, two by hand"


def test_many_write_at_once(course):
    expected = crowd.class_of_tiny(course, 12)
    work = [threading.Thread(target=grade_in_turn, args=(course, dict(list(expected.items())[i::4]))) for i in range(4)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert crowd.marks(course) == expected


def grade_in_turn(course, expected):
    """As one of several graders, each with a folder for its answers."""
    for student, points in expected.items():
        job = Job(str(course.home), str(course.sources), NAME, student, 120.0, 20.0, 4096)
        folder = course.home / f"answers-{student}"
        folder.mkdir()
        crowd.stand_in(course, {student: points}, folder, 0)
        said = json.loads((folder / "answers.json").read_text("utf-8"))
        home.finish(job, home.prepare(job), json.dumps(said["students"][student]))


def test_the_variable_goes_before_the_file(course, postgres, monkeypatch):
    monkeypatch.setenv(server.VARIABLE, postgres("another"))
    assert gradebook.url(course.database).endswith("/another")
    with pytest.raises(GradingError, match="has no gradebook yet: python -m course_lib grade init"), course.gradebook():
        pass


@pytest.mark.parametrize("how", ["file", "variable"])
def test_init_in_another_folder_does_not_take_over_a_gradebook(course, tmp_path, capsys, monkeypatch, how):
    other = Course(tmp_path / "other", course.sources)
    if how == "file":
        other.folder()
        shutil.copy(course.home / "course.toml", other.home)
    else:
        monkeypatch.setenv(server.VARIABLE, server.elsewhere(course.database))
    assert command(other, "init") == 1
    said = capsys.readouterr().err
    assert {"file": "`secret` is missing", "variable": "has the gradebook of another folder"}[how] in said
    assert PASSWORD not in said and "%20" not in said


def test_init_again_leaves_all_as_it_is(course):
    hostile.hand_in(course.home, "honest-good", {})
    assert grade(course, "honest-good", {"soft": 3, "double": 2, "spread": 2}).status == records.GRADED
    before = crowd.marks(course)
    assert command(course, "init") == 0 and crowd.marks(course) == before != {}


def test_doctor_and_backup_know_of_it(course, capsys, tmp_path):
    capsys.readouterr()
    assert command(course, "backup", str(tmp_path / "b.zip")) == 0
    assert "pg_dump" in (said := capsys.readouterr().out) and PASSWORD not in said
    assert command(course, "doctor") in (0, 3), capsys.readouterr()
    assert "gradebook" not in (said := capsys.readouterr().out).replace("[gradebook]", "") or "server" in said


@pytest.mark.parametrize(
    "url, said",
    [
        ("postgresql://nobody:wrong@127.0.0.1:1/x", "the server of the gradebook"),
        ("mysql://u@h/d", "names no PostgreSQL database"),
        ("sqlite:///x.db", "names no PostgreSQL database"),
        ("postgresql://u@h", "names no PostgreSQL database"),
        ("nonsense", "is no address of a database"),
        (7, "is no address of a database"),
    ],
)
@pytest.mark.parametrize("verb", ["report", "init"])
def test_a_server_that_is_not_there_is_one_line(tiny, capsys, url, said, verb):
    with open(tiny.home / "course.toml", "a") as file:
        file.write(f"\n[gradebook]\nurl = {json.dumps(url)}\n")
    assert command(tiny, verb) == 1
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told and "wrong" not in told, told


def test_without_the_driver_the_command_says_what_to_install(tiny, monkeypatch):
    monkeypatch.setattr(server.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv(server.VARIABLE, "postgresql://u@h/d")
    with pytest.raises(GradingError, match=r"pip install 'psycopg"):
        gradebook.url(tiny.database)


def test_a_copy_and_a_trial_are_files(tmp_path, monkeypatch):
    monkeypatch.setenv(server.VARIABLE, "postgresql://u@h/d")
    assert gradebook.url(tmp_path / "gradebook.db").startswith("sqlite:")
