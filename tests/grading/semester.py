"""A term as the instructor's page has it: zips of two platforms, a class of full names, Formgrader in a real browser.

python -m tests.grading.semester --students 30 --jobs 2       every step by its command, every mark compared
python -m tests.grading.semester --assignments all --students 10    the whole bank, each assignment from a platform
"""

import argparse
import csv
import io
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path

from course_lib.grading.course import Course
from course_lib.ground import ROOT
from tests.grading.classroom import Expected, hand_in, wrong
from tests.needs import CHROMIUM

FIRST = ["Anna", "Zoë", "Björn", "José María", "Nguyễn", "Şebnem", "Łukasz", "O'Brien", "Jean-Luc", "李", "Mary Jane"]
LAST = ["Schmidt", "Müller", "Åkesson", "García López", "Văn Anh", "Çelik", "Wójcik", "Conor", "de la Fontaine", "小龙"]
KINDS = ["good", "slips", "late", "good", "broken", "hostile", "slips", "blank", "crash", "absent"]
DUE = "2026-03-01T12:00:00Z"
ON_TIME, LATE = (2026, 2, 28, 20, 0, 0), (2026, 3, 2, 18, 0, 0)
BY_HAND = 1.5  # what the marker gives to each written answer
NAMES = ["pca", "vae"]  # the assignments of the short term
PLATFORMS = ["moodle", "canvas"]  # the first from the one, the next from the other, and so on
ESCAPES = 3  # whose zip names a file outside: it spoils their hand-in, and nobody else's


def people(count: int) -> list[tuple[str, str, str]]:
    """Their id, first and last name; the first two have the same name."""
    found = [(f"s{1000 + 7 * n}", FIRST[n % len(FIRST)], LAST[n % len(LAST)]) for n in range(count)]
    found[1] = (found[1][0], *found[0][1:])
    return found


def plain(name: str) -> str:
    """A name as Canvas writes it into a file's: small letters, accents off, nothing between them."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"\W", "", bare or name).lower()


def settings(names: list[str], extended: str) -> str:
    """The term's course.toml: one due date, an extension of four days for one student, weights 1, 2, 3 ..."""
    due = "\n".join(f"{name} = {DUE}" for name in names)
    weights = "\n".join(f"{name} = {n}" for n, name in enumerate(names, 1))
    later = due.replace("-01T", "-05T")
    return f"[due]\n{due}\n[late]\npoints_per_day = 2\n[extensions.{extended}]\n{later}\n[weights]\n{weights}\n"


def handed_in(course: Course, scratch: Path, platforms: dict[str, str], count: int) -> dict[tuple[str, str], Expected]:
    """Everybody's notebook in a folder beside the course's, as classroom.py makes them."""
    (scratch / "release").parent.mkdir(parents=True, exist_ok=True)
    (scratch / "release").symlink_to(course.home / "release")
    elsewhere, expected = Course(scratch, course.sources), {}
    for name, platform in platforms.items():
        for n, (student, *_) in enumerate(people(count)):
            expected[name, student] = hand_in(elsewhere, name, student, KINDS[n % len(KINDS)], n)
        if platform == "moodle":
            expected[name, people(count)[ESCAPES][0]] = Expected("not submitted")
    return expected


def zipped(scratch: Path, name: str, platform: str, count: int, file: Path) -> None:
    """The platform's zip of one assignment: odd names of files, attempts, a damaged notebook, a hostile zip."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:

        def add(path: str, content: str | bytes, when: tuple = ON_TIME) -> None:
            out.writestr(zipfile.ZipInfo(path, when), content)

        for n, (student, first, last) in enumerate(people(count)):
            book = scratch / "submitted" / student / name / f"{name}.ipynb"
            if not book.exists():
                continue
            when, text = LATE if KINDS[n % len(KINDS)] == "late" else ON_TIME, book.read_text("utf-8")
            called = [f"{name}.ipynb", f"{name}-1.ipynb", f"{name} (1).ipynb", "my homework.ipynb"][n % 4]
            if platform == "moodle":
                folder = f"{first} {last}_{4_000_000 + n}_assignsubmission_file_"
                add(f"{folder}/{called}", text, when)
                if n == ESCAPES:
                    add(f"{folder}/../../../../escaped.ipynb", text)
            else:
                late = "_LATE" if when == LATE else ""
                label, number = plain(last + first) or f"student{n}", f"{20_000 + n}_{90_000 + n}"
                if n == 4:  # an attempt before, which doesn't count
                    add(f"{label}_{number}_{name}.ipynb", '{"cells": []}', (2026, 2, 20, 8, 0, 0))
                    number, called = f"{20_000 + n}_{99_000 + n}", f"{name}-2.ipynb"
                add(f"{label}{late}_{number}_{called}", text, when)


def command(course: Course, *words: str, allowed: tuple[int, ...] = (0, 3)) -> str:
    """One of the instructor's commands; what it says."""
    line = [sys.executable, "-m", "course_lib", "grade", *words, "--folder", str(course.home)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in allowed, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return (done.stdout + done.stderr).strip()


def aliases(course: Course, count: int) -> int:
    """Fill in what `collect` could not match, as the instructor would: by the platform's number. How many."""
    file = course.home / "aliases.csv"
    rows, ids = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))), [one for one, *_ in people(count)]
    fields, filled = list(rows[0]), 0
    for row in rows:
        number = re.search(r"_(?:40000|200)(\d\d)\b", " ".join(filter(None, row.values())))
        if number and not (row.get("id") or "").strip():
            row["id"], filled = ids[int(number[1])], filled + 1
    with open(file, "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fields)
        writer.writeheader()
        writer.writerows(rows)
    return filled


def marked_in_a_browser(course: Course, name: str, points: float) -> int:
    """Give everybody's written answer these points in Formgrader, in a real Chromium; how many."""
    from playwright.sync_api import sync_playwright

    line = [sys.executable, "-m", "course_lib", "grade", "mark", "--no-browser", "--port", "0", "--marker", "ann"]
    server = subprocess.Popen([*line, "--folder", str(course.home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[-1]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page, count = browser.new_page(viewport={"width": 1280, "height": 1000}), 0
            page.set_default_timeout(60_000)
            page.goto(address)
            for _ in range(2):
                page.locator("#main-table").get_by_role("link", name=name).click()
                page.wait_for_load_state("networkidle")
            listing = page.url
            links = page.get_by_role("link", name=re.compile(r"^Submission #"))
            for which in range(links.count()):
                page.goto(listing)
                page.wait_for_load_state("networkidle")
                links.nth(which).click()
                page.wait_for_load_state("networkidle")
                assert not [one for one in people(40) if one[0] in page.locator("body").inner_text()], "a student's id"
                for box in page.locator("input.score:not([disabled])").all():
                    written = box.get_attribute("placeholder") in ("", None)
                    if written and not box.input_value():
                        with page.expect_response(lambda one: "/api/grade/" in one.url and one.request.method == "PUT"):
                            box.fill(f"{points:g}")
                            box.press("Tab")
                        count += 1
            browser.close()
        return count
    finally:
        server.terminate()
        server.wait(20)


def not_exact(course: Course, expected: dict, rows: list[dict[str, str]], weights: dict[str, int]) -> list[str]:
    """Where a final mark or a total isn't what the tests, the marker, lateness and the weights make of it."""
    faults, reached = [], defaultdict(float)
    for row in rows:
        want, score = expected[row["assignment"], row["student"]], None
        if want.automatic is not None:
            by_hand = BY_HAND if want.status == "waits for a person" else 0
            score = max(0.0, want.automatic + by_hand - want.penalty)
            reached[row["student"]] += weights[row["assignment"]] * score / float(row["maximum"])
        if row["score"] != ("" if score is None else f"{score:g}"):
            faults.append(f"{row['assignment']}, {row['student']}: {row['score']!r} points in the end, not {score}")
    for row in csv.DictReader(io.StringIO((course.home / "report" / "totals.csv").read_text("utf-8"))):
        total = 100 * reached[row["student"]] / sum(weights.values())
        if abs(float(row["total with 0 for the rest"] or 0) - total) > 0.005:
            faults.append(f"{row['student']}: {row['total with 0 for the rest']} per cent, not {total:.4f}")
    return faults


def main() -> int:
    """The term, a line for each step; 0 when every mark is as expected."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--students", type=int, default=30)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--assignments", nargs="+", default=NAMES, metavar="NAME", help="or all (pca and vae)")
    p.add_argument("--folder", type=Path, help="keep everything here")
    options = p.parse_args()
    begin = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begin:5.0f} s  {what}", flush=True)

    with tempfile.TemporaryDirectory(prefix="term-") as scratch:
        place = options.folder or Path(scratch)
        return term(Course(place / "grading"), place, options, say)


def term(course: Course, place: Path, options: argparse.Namespace, say) -> int:
    """All steps of the instructor's page."""
    count, jobs = options.students, options.jobs
    names = course.assignments() if options.assignments == ["all"] else options.assignments
    platforms = {name: PLATFORMS[n % len(PLATFORMS)] for n, name in enumerate(names)}
    roster = place / "class.csv"
    place.mkdir(parents=True, exist_ok=True)
    lines = [f'{one},"{first}","{last}",{one}@example.org' for one, first, last in people(count)]
    roster.write_text("\n".join(["id,first_name,last_name,email", *lines]) + "\n", "utf-8")
    say(command(course, "init", "--students", str(roster)))
    extended = people(count)[KINDS.index("late")][0]
    (course.home / "course.toml").write_text(settings(names, extended), "utf-8")
    say(command(course, "release", *names))
    expected = handed_in(course, place / "handed", platforms, count)
    for name, platform in platforms.items():
        zipped(place / "handed", name, platform, count, file := place / f"{name}-{platform}.zip")
        take = ["collect", str(file), "--from", platform, "--zone", "UTC", "--assignment", name]
        say(command(course, *take))
        if (course.home / "aliases.csv").exists():
            say(f"{aliases(course, count)} aliases filled in; once more: {command(course, *take)}")
    assert not list(place.rglob("escaped*")), "a zip wrote outside"
    say(command(course, "autograde", "--jobs", str(jobs)))
    for (_, student), want in expected.items():  # an extension covers them
        want.penalty, want.flagged = (0, False) if student == extended else (want.penalty, want.flagged)
    faults = wrong(course, expected)
    say(f"{len(expected) - len(faults)} of {len(expected)} marks of the tests as expected")
    number = 0
    for name in names:
        number += (done := marked_in_a_browser(course, name, BY_HAND))
        say(f"{name}: {done} written answers marked in a browser")
    command(course, "report")
    before = (course.home / "report" / "marks.csv").read_text("utf-8")
    say(command(course, "autograde", names[0], "--student", people(count)[0][0]))
    for name, platform in platforms.items():
        say(command(course, "feedback", name, "--as", platform, "--jobs", str(jobs)))
        back = zipfile.ZipFile(course.home / f"feedback-{platform}" / f"{name}.zip").namelist()
        ran = sum(
            want.status not in ("not submitted", "did not run") for (one, _), want in expected.items() if one == name
        )
        faults += [] if len(back) == ran else [f"{len(back)} pages go back to {platform}, not {ran}"]
    say(command(course, "report"))
    after = (course.home / "report" / "marks.csv").read_text("utf-8")
    faults += [] if after == before else ["a regrade of an unchanged hand-in changed the marks"]
    rows = list(csv.DictReader(io.StringIO(after)))
    faults += not_exact(course, expected, rows, dict(zip(names, range(1, 99), strict=False)))
    by_hand = [row for row in rows if float(row["by hand"] or 0)]
    faults += [] if number and len(by_hand) == number else [f"{len(by_hand)} marks by hand, not {number}"]
    for fault in faults:
        print(f"WRONG  {fault}")
    say(f"{len(expected)} marks, {len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
