"""Every command against every damage: one line that says what to do, and marks, keys and records as they were."""

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import asdict

import pytest

from course_lib.ground import ROOT
from tests import needs
from tests.conftest import variables

needs.nbgrader()

from course_lib.grading import gradebook, records  # noqa: E402
from course_lib.grading.autograde import crew, home, pool, worker  # noqa: E402
from course_lib.grading.course import Course, GradingError  # noqa: E402
from course_lib.grading.records import Record  # noqa: E402
from course_lib.grading.report.marks import collect  # noqa: E402
from course_lib.grading.sandbox import walls  # noqa: E402
from course_lib.grading.upkeep import schema, secret  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

PAIR = NAME, "honest-good"
KEPT = ("secret", "gradebook.db", "keys", "state", "source", "release", "submitted", "autograded")  # marks stand on it
VERBS = {  # the commands that need a folder that is whole, with words that let them get far
    "students": [], "release": [], "autograde": [],
    "collect": ["{home}/../handed-in.zip", "--from", "folder", "--assignment", NAME],
    "mark": ["--no-browser"], "feedback": [], "report": [], "backup": ["{home}/../backup.zip"],
}  # fmt: skip


def grade(course: Course, points=(("soft", 3.0), ("double", 2.0), ("spread", 2.0))) -> None:
    """What a grading leaves, without a kernel."""
    hostile.hand_in(course.home, PAIR[1], {})
    file = course.home / "submitted" / PAIR[1] / NAME / f"{NAME}.ipynb"
    nb, untouched, _ = home.Release(course, NAME).restored(file, PAIR[1])
    home.put_out(course.folder("autograded", PAIR[1], NAME), f"{NAME}.ipynb", nb, "")
    with course.gradebook() as book:
        seal = gradebook.enter(book, *PAIR, dict(points), untouched, "", course.settings())
        [why] = [one for one in gradebook.grades(book.find_submission(*PAIR)) if one.name == "why"]
        why.manual_score, why.needs_manual_grade = 1.5, False
        book.db.commit()
    record = Record(records.GRADED, fingerprint=records.fingerprint(course, *PAIR), seal=seal)
    record.questions = {name: {"slip": "", "attempted": True, "right": [True, True]} for name, _ in points}
    records.keep(course, *PAIR, record)


@pytest.fixture(scope="module")
def graded(template, tmp_path_factory):
    """A course with one submission, graded and marked by hand."""
    base = tmp_path_factory.mktemp("graded") / "term"
    shutil.copytree(template, base)
    course = Course(base / "grading", base / "sources")
    grade(course)
    shutil.make_archive(str(base / "handed-in"), "zip", course.home / "submitted")
    return base


@pytest.fixture
def course(graded, tmp_path, monkeypatch):
    """A copy of it, to damage. No kernel is started, and no server."""
    from course_lib.grading.hand import server

    shutil.copytree(graded, tmp_path / "term")
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    monkeypatch.setattr(server, "serve", lambda *rest: 0)
    monkeypatch.setattr(pool, "grade", lambda *rest: {"graded": 0, "did not run": 0, "attention": 0})
    return Course(tmp_path / "term" / "grading", tmp_path / "term" / "sources")


def snapshot(course):
    """Digests of all that must not change."""
    found = {}
    for name in KEPT:
        place = course.home / name
        for file in [place, *sorted(place.rglob("*"))] if place.is_dir() else [place]:
            if file.is_file():
                found[str(file.relative_to(course.home))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def say(course, verb, capfd, *words):
    """A command's status and the lines that it says on stderr, none of them a traceback."""
    filled = [word.format(home=course.home) for word in (*VERBS.get(verb, []), *words)]
    capfd.readouterr()
    status = command(course, verb, *filled)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err, out + err
    return status, err.splitlines()


def database(course, *statements):
    with sqlite3.connect(course.database) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def key(course, change):
    file = course.home / "keys" / f"{NAME}.json"
    said = json.loads(file.read_text())
    said.pop("sha256", None)  # as an older version made it: what is wrong is seen by itself
    file.write_text(json.dumps(change(said)))


def without(name):
    return lambda said: {one: value for one, value in said.items() if one != name}


def instead(place):
    """A folder where a file was."""
    place.unlink()
    place.mkdir()


def release(course):
    return course.home / "release" / NAME


def digit(file):
    """Another digit in a value that is expected."""
    raw = file.read_bytes()
    at = raw.index(b'"data": [') + len(b'"data": [-')
    file.write_bytes(raw[:at] + (b"7" if raw[at : at + 1] != b"7" else b"3") + raw[at + 1 :])


def halved(file):
    """The file's first half."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


# what is done to the folder, what is said of it, and the commands that go on all the same
DAMAGES = {
    "no secret": (lambda c: (c.home / "secret").unlink(), "`secret` is missing: put the right one back", ()),
    "empty secret": (lambda c: (c.home / "secret").write_text("\n"), "`secret` is empty: put the right one", ()),
    "another secret": (lambda c: (c.home / "secret").write_text("f" * 32), "`secret` is not the one that tiny was", ()),
    "half the secret": (lambda c: (c.home / "secret").write_text(c.secret[:16]), "`secret` is not the one that", ()),
    "a secret of bytes": (lambda c: (c.home / "secret").write_bytes(b"\xff\xfe\x00\x81" * 8), "can't be read", ()),
    "a folder for a secret": (lambda c: instead(c.home / "secret"), "`secret` can't be read", ()),
    "no gradebook": (lambda c: c.database.unlink(), "gradebook.db is missing, and with it every mark: put it", ()),
    "empty gradebook": (lambda c: c.database.write_bytes(b""), "gradebook.db is empty, 0 bytes: put it back", ()),
    "no database": (lambda c: c.database.write_text("marks\n" * 999), "gradebook.db is damaged (file is not a", ()),
    "half a gradebook": (lambda c: halved(c.database), "gradebook.db is damaged", ()),
    "zeros in it": (lambda c: c.database.write_bytes(c.database.read_bytes()[:8192] + bytes(160_000)), "damaged", ()),
    "folder for gradebook": (lambda c: instead(c.database), "gradebook.db is no file", ()),
    "another database": (lambda c: (c.database.unlink(), database(c, "CREATE TABLE a (b)")), "is no gradebook",
                         ("backup",)),
    "older schema": (lambda c: database(c, "UPDATE alembic_version SET version_num = '50a4d84c131a'"),
                     "is of an older nbgrader: first `python -m course_lib grade backup`", ("backup",)),
    "newer schema": (lambda c: database(c, "UPDATE alembic_version SET version_num = 'ffff'"),
                     "is of a newer nbgrader", ("backup",)),
    "a table lost": (lambda c: database(c, "DROP TABLE grade"), "is damaged (the table 'grade'", ("backup",)),
    "half a key": (lambda c: halved(c.home / "keys" / f"{NAME}.json"), "keys/tiny.json is damaged", ("release",)),
    "empty key": (lambda c: (c.home / "keys" / f"{NAME}.json").write_text(""), "tiny.json is damaged", ("release",)),
    "a key of bytes": (lambda c: (c.home / "keys" / f"{NAME}.json").write_bytes(b"\xff" * 9), "damaged", ("release",)),
    "a list for a key": (lambda c: key(c, lambda said: [said]), "damaged (it is no key)", ("release",)),
    "null for a key": (lambda c: key(c, lambda said: None), "damaged (it is no key)", ("release",)),
    "another digit": (lambda c: digit(c.home / "keys" / f"{NAME}.json"), "(it was changed)", ("release",)),
    "deep key": (lambda c: (c.home / "keys" / f"{NAME}.json").write_text("[" * 99_999), "is damaged", ("release",)),
    "no questions": (lambda c: key(c, without("questions")), "'questions' is missing", ("release",)),
    "no modules": (lambda c: key(c, without("modules")), "'modules' is missing", ("release",)),
    "odd question": (lambda c: key(c, lambda said: said | {"questions": {"soft": 3}}), "it is no question",
                     ("release",)),
    "odd points": (lambda c: key(c, lambda said: said | {"written": {"why": "3"}}), "no number", ("release",)),
    "folder for a key": (lambda c: instead(c.home / "keys" / f"{NAME}.json"), "is a folder, not an answer key",
                         ("release",)),
    "a key lost": (lambda c: (c.home / "keys" / f"{NAME}.json").unlink(), "key of the release tiny is missing",
                   ("release",)),
    "half a sheet": (lambda c: halved(release(c) / "assignment.json"), "assignment.json is damaged", ()),
    "bad settings": (lambda c: (c.home / "course.toml").write_text("[due]\ntiny = soon"), "course.toml can't be read",
                     ("students", "collect", "mark", "backup")),
    "settings of bytes": (lambda c: (c.home / "course.toml").write_bytes(b"\xff\x00"), "course.toml can't be read",
                          ("students", "collect", "mark", "backup")),
    "folder for settings": (lambda c: instead(c.home / "course.toml"), "course.toml can't be read, it is a folder",
                            ("students", "collect", "mark", "backup")),
}  # fmt: skip
ONLY_GRADING = {  # (the other commands don't need what is damaged)
    "no notebook": lambda c: (release(c) / f"{NAME}.ipynb").unlink(),
    "half a notebook": lambda c: halved(release(c) / f"{NAME}.ipynb"),
    "another notebook": lambda c: (release(c) / f"{NAME}.ipynb").write_text(json.dumps(hostile.source())),
    "no sheet": lambda c: (release(c) / "assignment.json").unlink(),
    "no source": lambda c: shutil.rmtree(c.home / "source" / NAME),
    "another source": lambda c: (c.home / "source" / NAME / f"{NAME}.ipynb").write_text('{"cells": []}'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_command_says_it_in_one_line_and_changes_nothing(course, capfd, damage):
    do, said, goes_on = DAMAGES[damage]
    do(course)
    before, faults = snapshot(course), {}
    for verb in ("init", *(one for one in VERBS if one != "release" or one not in goes_on)):
        status, lines = say(course, verb, capfd)
        if verb in goes_on or verb == "init" and status == 0:
            if status not in (0, 1, 3):
                faults[verb] = status, lines
        elif status != 1 or len(lines) != 1 or said not in lines[0]:
            faults[verb] = status, lines
        if snapshot(course) != before:
            faults[verb] = "something was changed"
    assert not faults
    assert not any(word in damage for word in ("secret", "gradebook", "database")) or say(course, "init", capfd)[0] == 1


@pytest.mark.parametrize("damage", ["half a key", "folder for a key", "a key lost"])
def test_a_key_is_made_again_by_a_release_and_marks_stay(course, capfd, damage):
    before = (course.home / "keys" / f"{NAME}.json").read_bytes()
    DAMAGES[damage][0](course)
    assert say(course, "release", capfd)[0] == 0
    assert (course.home / "keys" / f"{NAME}.json").read_bytes() == before
    [row] = [one for one in collect(course) if one.student == PAIR[1]]
    assert row.score == 8.5


def test_without_settings_no_mark_loses_its_lateness_and_a_lost_secret_is_said_once(course, capfd):
    (course.home / "course.toml").unlink()
    for verb in ("autograde", "feedback", "report"):
        status, [line] = say(course, verb, capfd)
        assert status == 1 and "course.toml is missing" in line and "backup" in line and "init" in line
    assert say(course, "init", capfd)[0] == 0 and say(course, "report", capfd)[0] in (0, 3)
    (course.home / "secret").unlink()
    capfd.readouterr()
    assert command(course, "doctor") == 3 and capfd.readouterr().out.count("`secret` is missing") == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_doctor_says_it_too(course, capfd, damage):
    do, _, _ = DAMAGES[damage]
    do(course)
    before = snapshot(course)
    assert command(course, "doctor") == 3
    out, err = capfd.readouterr()
    assert "✗" in out and "Traceback" not in out + err and not err
    assert snapshot(course) == before


@pytest.mark.parametrize("damage", ONLY_GRADING)
def test_nothing_is_graded_against_a_release_that_is_not_whole(course, capfd, damage):
    ONLY_GRADING[damage](course)
    before = snapshot(course)
    status, [line] = say(course, "autograde", capfd)
    assert status == 1 and line.startswith("grading: the release tiny is not whole:") and "backup" in line
    assert say(course, "report", capfd)[0] in (0, 3) and say(course, "doctor", capfd)[0] == 3
    assert snapshot(course) == before


@pytest.mark.parametrize("content", ["", "{", "[]", '"graded"', '{"status": 3}', '{"status": "fine"}',
                                     '{"status": "graded", "flags": "x"}', '{"status": "graded", "questions": [1]}',
                                     '{"status": "graded", "seconds": "long"}', "[" * 99_999])  # fmt: skip
def test_a_damaged_record_is_said_and_its_submission_is_to_be_graded_again(course, capfd, content):
    records.place(course, *PAIR).write_text(content)
    [row] = [one for one in collect(course) if one.student == PAIR[1]]
    assert row.reasons[0] == records.DAMAGED and row.score is None
    assert pool.todo(course, [PAIR], True) == [PAIR]
    assert say(course, "report", capfd)[0] in (0, 3) and say(course, "doctor", capfd)[0] == 3


def test_a_folder_in_place_of_a_record_is_said_with_its_name(course, capfd):
    instead(records.place(course, *PAIR))
    [row] = [one for one in collect(course) if one.student == PAIR[1]]
    said = f"state/{NAME}/{PAIR[1]}.json is a folder"
    assert said in row.reasons[0] and "move it away, then autograde --resume" in row.reasons[0] and row.score is None
    capfd.readouterr()
    assert command(course, "doctor") == 3 and said in capfd.readouterr().out


def test_where_no_folder_can_be_is_said(course, capfd):
    for where in ("secret/grading", *(["/proc/here"] if sys.platform == "linux" else [])):
        status, [line] = say(Course(course.home / where, course.sources), "init", capfd)
        assert status == 1 and "can't be made (" in line and "name another place with --folder" in line


@pytest.mark.parametrize("verb", ["init", *VERBS, "doctor"])
def test_a_folder_that_is_a_file_is_said(course, capfd, verb):
    shutil.rmtree(course.home)
    course.home.write_text("my notes")
    status, [line] = say(course, verb, capfd)
    assert status == 1 and "is a file, no folder: move it away" in line and course.home.read_text() == "my notes"


@pytest.mark.parametrize("verb", [*VERBS, "doctor"])
def test_a_folder_that_was_not_made_yet_is_said_and_not_made(course, capfd, verb):
    shutil.rmtree(course.home)
    status, [line] = say(course, verb, capfd)
    assert status == 1 and "is no grading folder yet: python -m course_lib grade init" in line
    assert not course.home.exists()


def test_what_nobody_foresaw_is_one_line_and_the_rest_is_kept(course, capfd, monkeypatch):
    monkeypatch.setattr(pool, "grade", lambda *rest: {}["nobody foresaw"])
    status, [line] = say(course, "autograde", capfd)
    assert status == 1 and "something unforeseen went wrong (KeyError: 'nobody foresaw')" in line
    assert "Traceback" in (course.home / "logs" / "errors.log").read_text()


def test_a_gradebook_in_use_is_said(course, capfd, monkeypatch):
    monkeypatch.setattr(gradebook, "url", lambda database: f"sqlite:///{database}?timeout=0.2")
    monkeypatch.setattr(schema, "WAIT", 0.2)
    holder = sqlite3.connect(course.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        for verb in ("report", "feedback", "release", "students"):
            status, [line] = say(course, verb, capfd)
            assert status == 1 and "gradebook.db is in use by another program" in line
    finally:
        holder.close()


# -- the secret ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["keys", "release", "state", "autograded", "gradebook.db"])
def test_a_secret_is_never_made_anew_where_something_stands_on_the_old_one(course, capfd, kept):
    for place in ("secret", "keys", "release", "state", "autograded", "gradebook.db", "source"):
        if place != kept:
            shutil.rmtree(course.home / place) if (course.home / place).is_dir() else (course.home / place).unlink()
    status, [line] = say(course, "init", capfd)
    assert status == 1 and "`secret` is missing: put the right one back" in line
    assert not (course.home / "secret").exists()


def test_keys_of_the_first_versions_know_their_secret_too(course, capfd):
    """They carried no digest, but seeds of 31 bits; the very first ones had only the release's salt."""
    said = course.secret
    salt = f"{secret.old_seed_of(said, 'numbers', NAME):x}"
    sheet = release(course) / "assignment.json"
    sheet.write_text(json.dumps(json.loads(sheet.read_text()) | {"salt": salt}))

    def older(seeds):
        def change(key):
            for name, question in key["questions"].items():
                question.pop("seed", None)
                question |= {"seed": secret.old_seed_of(said, NAME, name)} if seeds else {}
            return {one: value for one, value in key.items() if one not in ("secret", "salt", "shapes")}

        return change

    for seeds in (True, False):
        key(course, older(seeds))
        course.home.joinpath("secret").write_text(said + "\r\n")
        assert course.key(NAME)["questions"]["soft"]["seed"] == secret.old_seed_of(said, NAME, "soft")
        assert course.salt(NAME) == salt and say(course, "autograde", capfd)[0] in (0, 3)
        course.home.joinpath("secret").write_text("0" * 32)
        assert "is not the one" in say(course, "autograde", capfd)[1][0]


# -- a new version of the course in mid-term -------------------------------------------------------------------------


def test_an_assignment_whose_source_is_gone_keeps_its_marks(course, capfd):
    say(course, "report", capfd)
    before = (course.home / "report" / "marks.csv").read_bytes()
    shutil.rmtree(course.sources / NAME)
    assert say(course, "report", capfd)[0] in (0, 3)
    assert (course.home / "report" / "marks.csv").read_bytes() == before and b"8.5" in before
    assert say(course, "autograde", capfd)[0] in (0, 3) and say(course, "feedback", capfd)[0] == 0
    status, [line] = say(course, "release", capfd, NAME)
    assert status == 1 and "the source of 'tiny' is gone; what was released stays in force" in line
    assert command(course, "doctor") == 0
    assert "tiny is gone from" in capfd.readouterr().out


def test_a_source_that_changed_changes_nothing_until_it_is_released(course, capfd):
    before = course.source(NAME).questions["soft"].hidden
    file = course.sources / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text().replace("unseen_row", "another_row"))
    assert course.source(NAME).questions["soft"].hidden == before
    assert say(course, "autograde", capfd)[0] in (0, 3)


def test_students_keep_their_numbers_when_a_release_is_made_again(course, capfd):
    """Also one whose salt a former version drew otherwise: they have their notebooks already."""
    sheet = release(course) / "assignment.json"
    sheet.write_text(json.dumps(json.loads(sheet.read_text()) | {"salt": "5eed"}))
    key(course, without("salt"))
    assert say(course, "release", capfd)[0] == 0
    assert course.salt(NAME) == "5eed" == json.loads(sheet.read_text())["salt"]


def older(course, steps):
    """The gradebook as an older nbgrader had it: without what the newest steps of its schema brought."""
    undo = [
        ["PRAGMA foreign_keys = OFF",
         "CREATE TABLE was (id VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, duedate DATETIME)",
         "INSERT INTO was SELECT id, name, duedate FROM assignment", "DROP TABLE assignment",
         "ALTER TABLE was RENAME TO assignment", "DROP TABLE course"],
        ["ALTER TABLE student DROP COLUMN lms_user_id"],
    ]  # fmt: skip
    database(course, *[one for step in undo[:steps] for one in step])
    database(course, f"UPDATE alembic_version SET version_num = '{schema.revisions()[steps]}'")


@pytest.mark.parametrize("steps", [1, 2])
def test_an_older_gradebook_is_upgraded_with_its_marks_and_the_old_one_kept(course, capfd, steps):
    assert say(course, "report", capfd)[0] in (0, 3)
    marks = (course.home / "report" / "marks.csv").read_bytes()
    older(course, steps)
    status, [line] = say(course, "report", capfd)
    assert status == 1 and "is of an older nbgrader" in line
    before = course.database.read_bytes()
    assert say(course, "init", capfd, "--upgrade-gradebook")[0] == 0
    [old] = course.home.glob("gradebook-before-*.db")
    assert old.read_bytes() == before and say(course, "report", capfd)[0] in (0, 3)
    assert (course.home / "report" / "marks.csv").read_bytes() == marks and b"honest-good" in marks
    assert say(course, "doctor", capfd)[0] == 0 and say(course, "feedback", capfd)[0] in (0, 3)


def test_a_gradebook_that_cannot_be_upgraded_stays_as_it_was(course, capfd):
    """It says that it is older than it is."""
    database(course, "ALTER TABLE grade DROP COLUMN extra_credit", "ALTER TABLE student DROP COLUMN lms_user_id")
    database(course, f"UPDATE alembic_version SET version_num = '{schema.revisions()[-2]}'")
    before = course.database.read_bytes()
    status, lines = say(course, "init", capfd, "--upgrade-gradebook")
    assert status == 1 and len(lines) == 1 and "could not be upgraded" in lines[0]
    assert course.database.read_bytes() == before


# -- disks -------------------------------------------------------------------------------------------------------------

ON_A_DISK = """
import json, os, shutil, sys
from pathlib import Path
from tests.grading import test_nothing_lost as here
from tests.grading.conftest import command
base, full = Path(sys.argv[1]), sys.argv[2] == "full"
course = here.Course(base / "term" / "grading", base / "term" / "sources")
if full:
    shutil.copytree(sys.argv[3], base / "term")
    ballast = open(base / "ballast", "wb")
    try:
        while True:
            ballast.write(bytes(4096)); ballast.flush()
    except OSError:
        pass
from course_lib.grading.sandbox import walls
from course_lib.grading.hand import server
walls.check, server.serve = lambda *rest: None, lambda *rest: 0
said = {}
before = here.snapshot(course)
for verb in sys.argv[4:]:
    words = [word.format(home=course.home) for word in here.VERBS.get(verb, [])]
    print("####", verb, flush=True); print("####", verb, flush=True, file=sys.stderr)
    status = command(course, verb, *words)
    print("####", status, here.snapshot(course) == before, flush=True)
"""


def on_a_disk(graded, tmp_path, kind, verbs):
    """What these commands say on a disk of this kind: status, whether all is as it was, lines on stderr."""
    place = tmp_path / "disk"
    place.mkdir()
    if kind == "full":
        mount = ["--size", str(3 * 2**20), "--tmpfs", str(place)]
    else:
        shutil.copytree(graded, place / "term")
        mount = ["--ro-bind", str(place), str(place)]
    line = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *mount, sys.executable, "-c", ON_A_DISK,
            str(place), kind, str(graded), *verbs]  # fmt: skip
    env = variables(ROOT, PYTHONWARNINGS="ignore", TQDM_DISABLE="1")
    ran = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=env, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr
    ends = [one.split()[1:] for one in ran.stdout.splitlines() if one.startswith("####") and len(one.split()) == 3]
    errors = [part.splitlines()[1:] for part in ran.stderr.split("#### ")[1:]]
    return {verb: (int(end[0]), end[1] == "True", lines) for verb, end, lines in zip(verbs, ends, errors, strict=True)}


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap makes the disk")
@pytest.mark.parametrize("kind, said", [("full", "the disk is full: make room"), ("read-only", "read-only|written")])
def test_a_disk_that_takes_nothing_costs_nothing(graded, tmp_path, kind, said):
    verbs = ["release", "collect", "autograde", "feedback", "report", "backup", "init"]
    faults = {}
    for verb, (status, same, lines) in on_a_disk(graded, tmp_path, kind, verbs).items():
        if verb in ("init", "collect") and status in (0, 3) and same:
            continue  # nothing was to be written
        if status != 1 or not same or len(lines) != 1 or not any(word in lines[0] for word in said.split("|")):
            faults[verb] = status, same, lines
    assert not faults


@pytest.mark.skipif(os.name == "nt", reason="grading needs pipes")
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "no space"), sqlite3.OperationalError("database or disk is full")]
)
def test_a_disk_that_fills_up_while_it_grades_is_said_once_and_no_submission_is_blamed(course, monkeypatch, error):
    def prepare(job):
        raise error

    monkeypatch.setattr(home, "prepare", prepare)
    job = home.Job(str(course.home), str(course.sources), NAME, "ada", 9, 9, 99)
    out, into = os.pipe()
    os.write(into, json.dumps(worker.told({"do": "grade", "job": asdict(job)})).encode() + b"\n"), os.close(into)

    class Says:
        fileno, answer, end, pieces = lambda self: out, crew.Worker.answer, 1e12, []
        give = kill = dismiss = lambda self, *rest: None

    state = snapshot(course)
    with pool.Crew(course, 1, course.home, []) as workers:
        monkeypatch.setattr(workers, "hire", Says)
        with pytest.raises(GradingError, match="the disk is full: make room.*--resume"):
            list(workers.grade([job] * 3))
    os.close(out)
    assert snapshot(course) == state


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be somebody else")
def test_a_folder_of_somebody_else_is_said(course, capfd, monkeypatch):
    """As a user without rights: what belongs to root, and is closed to others, may not be read."""
    os.chmod(course.home.parent.parent, 0o755)
    before = snapshot(course)
    code = (
        "import os, sys; from tests.grading.conftest import command; from tests.grading import test_nothing_lost as t;"
        "c = t.Course(sys.argv[1], sys.argv[2]); import pathlib; pathlib.Path.home = lambda: pathlib.Path('/');"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "[print('####', verb, command(c, verb), file=sys.stderr, flush=True) for verb in sys.argv[3:]]"
    )
    env = variables(ROOT, PYTHONWARNINGS="ignore", PYTHONDONTWRITEBYTECODE="1")
    verbs = ["init", "students", "release", "feedback", "report", "doctor"]
    line = [sys.executable, "-c", code, str(course.home), str(course.sources), *verbs]
    ran = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=env, timeout=120)
    assert ran.stderr.count("#### ") == len(verbs) and "Traceback" not in ran.stderr, ran.stderr
    lines = ran.stderr.splitlines()
    assert [one.split()[-1] for one in lines if one.startswith("####")] == ["1"] * len(verbs), ran.stderr
    assert len(lines) == 2 * len(verbs) and all("belongs to root" in one for one in lines[::2]), ran.stderr
    assert snapshot(course) == before
