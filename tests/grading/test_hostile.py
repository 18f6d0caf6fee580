"""The autograder under attack: submissions that want points, secrets, the machine, or only to break something."""

import contextlib
import csv
import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import needs

needs.nbgrader()
import psutil  # noqa: E402

from course_lib.grading.__main__ import main  # noqa: E402
from course_lib.grading.autograde.marking import well_formed  # noqa: E402
from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.release.source import seed_of  # noqa: E402
from course_lib.grading.sandbox import kernel, kernel_side, walls  # noqa: E402
from course_lib.handin import drawn  # noqa: E402
from course_lib.setup.environment import ROOT  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.hostile import ALL, ATTACKS, HONEST, MARK, NAME  # noqa: E402

# Where bubblewrap is, or CI is set, a sandbox that doesn't work fails these tests: nothing is graded then.
if sys.platform != "linux" or not (shutil.which("bwrap") or os.environ.get("CI")):
    pytest.skip("hostile submissions need the sandbox: bubblewrap, on Linux", allow_module_level=True)

LIMITS = ["--cell-seconds", "3", "--seconds", "20", "--memory", "1000", "--jobs", "2"]
CANARY = "COURSE_TEST_CANARY"  # a variable of the environment that no kernel may see
BIGGEST = 2_000_000  # bytes of an autograded notebook or a page


@dataclass
class Class:
    """What one grading of everybody left behind."""

    course: Course
    scratch: Path  # where temporary files went
    rows: dict[str, dict[str, str]]  # marks.csv, by student
    reasons: dict[str, list[str]]  # attention.csv, by student
    seconds: float


def play(base: Path, names: list[str]) -> Class:
    """Release, hand in, grade in one go, write pages and report."""
    home, sources, scratch = base / "grading", base / "sources", base / "scratch"
    for folder in (sources / NAME, scratch):
        folder.mkdir(parents=True)
    (sources / NAME / f"{NAME}.ipynb").write_text(json.dumps(hostile.source()))
    (sources / NAME / "wrong_answers.py").write_text(hostile.BANK)
    where = ["--folder", str(home), "--sources", str(sources)]
    assert main(["init", *where]) == 0 and main(["release", *where]) == 0
    course = Course(home, sources)
    choices, salt = {"slope": [2, 3, 4, 5, 6, 7]}, course.salt(NAME)
    mine = drawn("anothers-notebook", salt, choices)["slope"]
    others = [
        one for one in map("student{}".format, range(99)) if drawn(one, salt, choices)["slope"] not in (mine, mine / 2)
    ]  # (a half's answer is a slip of the bank)
    secrets = [home / "gradebook.db", home / "secret", home / "keys" / f"{NAME}.json", home / "source" / NAME,
               home / "release" / NAME / f"{NAME}.ipynb", home / "submitted" / "honest-good" / NAME / f"{NAME}.ipynb",
               sources / NAME / f"{NAME}.ipynb", scratch / MARK, ROOT / "course_lib" / "losses.py", ROOT / MARK,
               Path.home() / ".ipython" / "profile_default" / "startup" / f"{MARK}.py", "/etc/passwd",
               "/var/log", "/sys/kernel", "/dev/kmsg"]  # fmt: skip
    meaning = {"MARK": MARK, "HOME": str(home), "GRADEBOOK": str(course.database), "CANARY": CANARY,
               "OTHER": others[0], "PLACES": repr([str(one) for one in secrets])}  # fmt: skip
    for name in names:
        hostile.hand_in(home, name, meaning)
    started = time.monotonic()
    assert main(["autograde", *where, *LIMITS]) == 3, "some need attention"
    seconds = time.monotonic() - started
    assert main(["feedback", *where]) == 0
    assert main(["report", *where]) == 3, "and so does the report"

    def table(file: str) -> list[dict[str, str]]:
        with open(home / "report" / file, newline="", encoding="utf-8") as opened:
            return list(csv.DictReader(opened))

    reasons: dict[str, list[str]] = {}
    for row in table("attention.csv"):
        reasons.setdefault(row["student"], []).append(row["reason"])
    return Class(course, scratch, {row["student"]: row for row in table("marks.csv")}, reasons, seconds)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Everybody, graded once."""
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("hostile")
        patch.setenv("TMPDIR", str(base / "scratch"))
        patch.setenv(CANARY, "seen")
        yield play(base, sorted(ALL, key=lambda name: ALL[name].quick))


def written(name: str) -> str:
    """A folder's name as the tables write it."""
    text = hostile.student(name).encode("utf-8", "backslashreplace").decode()
    return f"'{text}" if text[0] in "=-+@" else text


def outputs(graded: Class, name: str) -> str:
    """All that the autograded notebook shows."""
    file = graded.course.home / "autograded" / hostile.student(name) / NAME / f"{NAME}.ipynb"
    cells = json.loads(file.read_text("utf-8"))["cells"]
    return json.dumps([cell.get("outputs") for cell in cells], ensure_ascii=False)


@pytest.mark.parametrize("name", ALL)
def test_fair_points_or_a_reason(graded, name):
    attack, row, reasons = ALL[name], graded.rows[written(name)], graded.reasons.get(written(name), [])
    if attack.points is None:
        assert (row["status"], row["by tests"], row["score"]) == ("did not run", "", ""), reasons
        assert reasons[0].startswith("did not run: ")
    else:
        assert row["status"] in ("waits for a person", "graded"), reasons
        assert float(row["by tests"]) == attack.points, reasons
    assert any(re.search(attack.reason, reason) for reason in reasons) if attack.reason else not reasons, reasons


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].shows or ALL[name].hides])
def test_what_came_of_it(graded, name):
    said = outputs(graded, name)
    assert re.search(ALL[name].shows or ".", said, re.DOTALL), said[-3_000:]
    assert not ALL[name].hides or not re.search(ALL[name].hides, said), said[-3_000:]


def products(graded: Class, *folders: str) -> list[Path]:
    """The files that people open."""
    return [file for folder in folders for file in (graded.course.home / folder).rglob("*") if file.is_file()]


def test_everybody_has_a_page(graded):
    ran = [name for name in ALL if ALL[name].points is not None]
    pages = {file.parent.parent.name for file in products(graded, "feedback")}
    assert pages == {hostile.student(name) for name in ran}


def test_nothing_leaks(graded):
    course = graded.course
    sent = []
    draw, _, _ = kernel_side.tools(seed_of(course.secret, NAME, "soft"), lambda **_: None)
    unseen = draw(4, 7)
    expected = unseen.sign() * (unseen.abs() - 0.3).relu()
    for number in [*unseen.flatten().tolist(), *expected.flatten().tolist()]:
        sent.append(f"{abs(number):.4f}"[:6])
    sent = [text for text in sent if float(text) > 0.01]
    for file in products(graded, "feedback", "report"):
        text = file.read_text("utf-8")
        own = "honest-names" in file.parts  # whose own helpers have these names
        assert own or "unseen_batch" not in text and "unseen_row" not in text, file
        assert course.secret not in text and "BEGIN HIDDEN TESTS" not in text, file
    for name in (name for name in ALL if ALL[name].points is not None):
        said = outputs(graded, name)
        found = [number for number in sent if re.search(rf"(?<![\d.]){re.escape(number)}", said)]
        assert name == "honest-names" or "unseen_" not in said, name  # whose own helpers have these names
        assert course.secret not in said and not found, (name, found)


def test_nothing_is_left_running(graded):
    home, mine, left = str(graded.course.home), psutil.Process(), []
    for one in psutil.process_iter():
        try:
            line = " ".join(one.cmdline())
        except psutil.Error:
            continue
        if one.pid != mine.pid and (home in line or MARK in line):
            left.append(line[:200])
    assert not left


def test_nothing_is_left_lying(graded):
    home = graded.course.home
    assert not list(graded.scratch.iterdir()), "temporary folders"
    assert {file.name for file in home.iterdir()} <= {
        "secret", "course.toml", "nbgrader_config.py", "gradebook.db", "source", "release", "submitted", "autograded",
        "feedback", "keys", "state", "logs", "report", ".lock",
    }  # fmt: skip
    planted = [
        Path("/tmp"),
        Path("/dev/shm"),
        Path.home(),
        ROOT,
        home,
        Path.home() / ".ipython/profile_default/startup",
    ]
    assert not [file for place in planted for file in place.glob(f"*{MARK}*")]
    assert not [file for file in home.rglob(f"*{MARK}*")]
    for file in (course_file for folder in ("keys", "source", "release") for course_file in (home / folder).rglob("*")):
        assert file.is_dir() or MARK.encode() not in file.read_bytes(), file
    assert MARK.encode() not in (home / "gradebook.db").read_bytes() + (home / "secret").read_bytes()


def test_products_are_bounded(graded):
    large = [(file, file.stat().st_size) for file in products(graded, "autograded", "feedback", "report", "state")
             if file.stat().st_size > BIGGEST]  # fmt: skip
    assert not large


def test_no_markup_of_a_student_is_live(graded):
    """Scripts and handlers of theirs are gone or text; what the page itself brings carries no such word."""
    for file in products(graded, "feedback", "report"):
        if file.suffix == ".html":
            page = file.read_text("utf-8")
            body = page[page.index("<body") :]
            for tag in re.findall(r"<[a-zA-Z/!][^>]*>", body):
                kind = re.match(r"</?([a-zA-Z]*)", tag)[1].lower()
                assert kind not in ("iframe", "object", "form", "input", "math", "svg", "embed", "base", "meta"), (
                    file,
                    tag,
                )
                assert not re.search(r"\son\w+\s*=|(href|src)\s*=\s*[\"']?\s*(javascript|vbscript)", tag, re.I), (
                    file,
                    tag,
                )
                assert not (kind == "img" and "http" in tag), (file, tag)
            for script in re.findall(r"<script.*?</script>|<style.*?</style>", body, re.DOTALL):
                assert "planted" not in script and "display:none" not in script, (file, script)
    for file in products(graded, "autograded"):
        if file.suffix == ".ipynb":
            for cell in json.loads(file.read_text("utf-8"))["cells"]:
                kinds = {kind for one in cell.get("outputs", []) for kind in one.get("data", {})}
                assert kinds <= {"text/plain", "image/png", "image/jpeg"}, file
                assert set(cell["metadata"]) <= {"nbgrader", "deletable", "editable"}, file
                assert not cell.get("attachments"), file


def test_nothing_can_be_a_formula(graded):
    for file in (graded.course.home / "report").glob("*.csv"):
        with open(file, newline="", encoding="utf-8") as opened:
            assert not [one for row in csv.reader(opened) for one in row if one[:1] in ("=", "+", "-", "@")], file


def test_honest_students_are_not_disturbed(graded):
    for name in HONEST:
        assert written(name) not in graded.reasons


def test_grading_again_changes_nothing(graded, capsys):
    where = ["--folder", str(graded.course.home), "--sources", str(graded.course.sources)]
    assert main(["autograde", *where, *LIMITS, "--resume"]) == 3, "what needed attention still does"
    assert f"{len(ALL)} of {len(ALL)} are graded already" in capsys.readouterr().out


@pytest.mark.parametrize(
    "value",
    [
        {"shape": [4_097, 0], "data": []}, {"shape": [1] * 17, "data": [1.0]},
        {"shape": [90, 100], "data": [1.0] * 9_000},
        {"shape": [10**4_000] * 500, "data": []}, {"list": [{"list": [None] * 100}] * 200}, {"text": "x" * 2_001},
        {"dict": {"x" * 2_001: None}}, {"shape": [True], "data": [1.0]}, {"shape": [1], "data": [1]}, {}, [], "x", 1.0,
    ],
    ids=str,
)  # fmt: skip
def test_only_small_values_are_looked_at(value):
    assert not well_formed(value)


def test_there_are_enough_of_them():
    assert len(ATTACKS) >= 45 and len(HONEST) >= 6


@pytest.mark.parametrize("broken", [1, 2])
def test_a_kernel_that_does_not_start_is_tried_once_more(monkeypatch, broken):
    """Nothing of the student's has run by then: a neighbour's flood of processes is not his fault."""
    wrapped, lines = walls.wrapped, []

    def at_first_broken(*given, **named):
        lines.append(given)
        return wrapped(*given, **named) if len(lines) > broken else [shutil.which("false")]

    monkeypatch.setattr(walls, "wrapped", at_first_broken)
    monkeypatch.setattr(kernel, "PAUSE", 0)
    with contextlib.ExitStack() as stack:
        if broken == 2:
            stack.enter_context(pytest.raises(kernel.Stopped, match="its kernel did not start"))
        started = stack.enter_context(kernel.start({}, [], walls.Limits()))
        assert [output.text for output in started.run("print(6 * 7)")[0]] == ["42\n"]
    assert len(lines) == 2


def test_a_release_finds_its_modules_with_all_that_these_need_today():
    """Its key lists what its notebook imports; `evaluate` and `curves` were alone when older ones were made."""
    with kernel.start({}, ["evaluate", "curves"], walls.Limits()) as started:
        here = "import os, sys\nsys.path.insert(0, '.')\n"
        outputs, said = started.run(f"{here}import course_lib.evaluate, course_lib.curves\nprint(os.listdir())", 60)
        assert (said, [output.text for output in outputs]) == ("ok", ["['course_lib']\n"])
