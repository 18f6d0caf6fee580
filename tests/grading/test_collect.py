"""From a platform's zip to submitted/: whose it is, which attempt, since when; and what a stranger's zip can't do."""

import io
import json
import os
import shutil
import stat
import struct
import time
import tracemalloc
import unicodedata
import warnings
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.report.origins import Origin  # noqa: E402
from course_lib.grading.students import enter  # noqa: E402
from course_lib.grading.submissions import archives, taken  # noqa: E402
from tests.grading.conftest import command  # noqa: E402

WHEN = (2026, 3, 1, 12, 0, 0)
CLASS = [
    ("s1", "Anna", "Lee", "anna.lee@example.org"),
    ("s2", "José", "Müller", "jm@example.org"),
    ("s3", "Łukasz", "Żak", ""),
    ("s4", "Mary Ann", "O'Neil-Smith", ""),
    ("s5", "Ada", "Lovelace", "countess@example.org"),
    ("s6", "小明", "王", ""),
]


def notebook(text="x = 1"):
    """A notebook as bytes; its text tells attempts apart."""
    cell = {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None, "id": "a"}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def packed(file, entries):
    """A zip of (name, content) or (name, content, date), or of a ZipInfo with its content."""
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # two members of one name are what some tests are about
        for one, content, *date in entries:
            info = one if isinstance(one, zipfile.ZipInfo) else zipfile.ZipInfo(one, *(date or [WHEN]))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return file


def moodle(name, number, file="pca.ipynb"):
    return f"{name}_{number}_assignsubmission_file_/{file}"


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A grading folder with a class, and two assignments that were never released."""
    base = tmp_path_factory.mktemp("collect")
    for name in ("pca", "vae"):
        (base / "sources" / name).mkdir(parents=True)
        (base / "sources" / name / f"{name}.ipynb").write_bytes(notebook())
    course = Course(base / "grading", base / "sources")
    assert command(course, "init") == 0
    enter(course, [dict(zip(("id", "first_name", "last_name", "email"), row, strict=True)) for row in CLASS])
    return base


@pytest.fixture
def course(empty, tmp_path):
    shutil.copytree(empty, tmp_path / "term")
    return Course(tmp_path / "term" / "grading", tmp_path / "term" / "sources")


@pytest.fixture
def collect(course, tmp_path, capsys):
    """Collect these entries; the status and what was said."""

    def run(entries, *words, kind="moodle", file="download.zip"):
        place = packed(tmp_path / file, entries) if isinstance(entries, list) else entries
        places = place if isinstance(place, tuple) else (place,)
        words = words if "--zone" in words else (*words, "--zone", "UTC")
        status = command(course, "collect", *map(str, places), "--from", kind, *words)
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def there(course):
    """What lies in submitted/: the text of each notebook's cell, by student and assignment."""
    found = {}
    for file in course.home.glob("submitted/*/*/*.ipynb"):
        who, name, named = file.relative_to(course.home / "submitted").parts
        assert named == f"{name}.ipynb"
        found[who, name] = json.loads(file.read_text())["cells"][0]["source"]
    return found


def stamp(course, who, name="pca"):
    file = course.home / "submitted" / who / name / "timestamp.txt"
    return file.read_text().strip() if file.exists() else None


def tree(place):
    """Every file below, with its content and its date."""
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in sorted(place.rglob("*")) if file.is_file()}


# -- whose it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label, who",
    [
        ("Anna Lee", "s1"),
        ("Lee Anna", "s1"),
        ("Lee, Anna", "s1"),
        ("anna lee", "s1"),
        ("José Müller", "s2"),
        ("Jose Muller", "s2"),
        ("Jose Mueller", "s2"),
        (unicodedata.normalize("NFD", "José Müller"), "s2"),
        ("José Müller".encode().decode("cp437"), "s2"),
        (unicodedata.normalize("NFD", "José Müller").encode().decode("cp437"), "s2"),
        ("José Müller".encode().decode("latin-1"), "s2"),
        ("Lukasz Zak", "s3"),
        ("ukasz Zak", "s3"),
        ("Ann Mary O Neil Smith", "s4"),
        ("s5", "s5"),
        ("S5", "s5"),
        ("countess@example.org", "s5"),
        ("countess", "s5"),
        ("s5_Ada Lovelace", "s5"),
        ("Ada Lovelace_s5", "s5"),
        ("王小明", "s6"),
        ("小明 王", "s6"),
    ],
)
def test_a_name_finds_its_student(course, collect, label, who):
    status, said = collect([(moodle(label, 1234567), notebook())])
    assert status == 0 and there(course) == {(who, "pca"): "x = 1"}, said


@pytest.mark.parametrize(
    "label",
    [
        "Anna-Marie Lee",
        "Marie Lee",
        "Anna",
        "Lee",
        "s9",
        "s1_Ada Lovelace",
        "ad a",
        "Ada_Lovelace_Byron",
        "Anna Leeds",
        "A",
        "X",
    ],
)
def test_nobody_is_guessed(course, collect, label):
    status, said = collect([(moodle(label, 1), notebook())])
    assert status == 3 and not there(course) and "aliases.csv" in said


def test_a_group_that_moodle_puts_before_the_name_is_no_part_of_it(course, collect):
    entries = [(moodle("Group-A-Anna Lee", 1), notebook())]
    assert collect(entries)[0] == 3
    (course.home / "course.toml").write_text('[groups]\n"Group-A" = ["s1"]\n')
    assert collect(entries)[0] == 0 and ("s1", "pca") in there(course)


def test_a_group_of_two_before_the_name_needs_no_list_of_groups(course, collect):
    entries = [(moodle(f"Team 7-{name}", n), notebook(name)) for n, name in enumerate(("Anna Lee", "Ada Lovelace"))]
    assert collect(entries)[0] == 0 and there(course) == {("s1", "pca"): "Anna Lee", ("s5", "pca"): "Ada Lovelace"}


def test_what_canvas_hides_or_types_is_said_and_its_test_student_is_nobody(course, collect):
    entries = [("leeanna_1_text.html", b""), ("mullerjose_LATE_2_22_pca.ipynb", notebook("José")),
               ("studenttest_9_23_pca.ipynb", notebook()), ("anon_aBc12_24_pca.ipynb", notebook("hidden")),
               ("_6_25_pca.ipynb", notebook("王"))]  # fmt: skip
    status, said = collect(entries, kind="canvas")
    assert status == 3 and there(course) == {("s2", "pca"): "José"} and "s1: spoiled: no notebook in it, but" in said
    assert "Not matched: anon_aBc12\n" in said and "Not matched: _6\n" in said and "Test Student" in said
    (course.home / "aliases.csv").write_text("name,id\nanon_aBc12,s3\n_6,s6\n")
    assert collect(entries, kind="canvas")[0] == 3 and there(course)["s3", "pca"] == "hidden"
    assert there(course)["s6", "pca"] == "王" and Origin("canvas", "anon_aBc12_24_5_x.ipynb").user == ""


@pytest.mark.parametrize(
    "file, who",
    [
        ("s1_20002_9_pca.ipynb", "s2"),  # a display name that is somebody else's id, or e-mail, or number, or name
        ("anna.lee@example.org_20002_9_pca.ipynb", "s2"),
        ("20001_20002_9_pca.ipynb", "s2"),
        ("leeanna_20002_9_pca.ipynb", "s2"),
        ("s1_LATE_20001_9_pca.ipynb", "s1"),
        ("s3_20003_9_pca.ipynb", "s3"),  # whose number nobody knows
        ("s1_20009_9_pca.ipynb", ""),  # of nobody on the list, and surely not of s1
    ],
)
def test_canvas_own_number_counts_more_than_a_name_that_can_be_chosen(course, collect, file, who):
    enter(course, [{"id": "s1", "lms_user_id": "20001"}, {"id": "s2", "lms_user_id": "20002"}])
    status, said = collect([(file, notebook())], kind="canvas")
    assert [one for one, _ in there(course)] == ([who] if who else []) and ("Not matched" in said) == (not who)


@pytest.mark.parametrize("file", ["pca.json", "pca", "pca.ipynb (1).txt"])
def test_a_notebook_under_a_name_that_is_none_is_taken_and_said(course, collect, file):
    status, said = collect([(moodle("Anna Lee", 1, file), notebook()), (moodle("s2", 2, "pca.json"), b'{"a": 1}')])
    assert list(there(course)) == [("s1", "pca")] and ("was taken as pca.ipynb" in said) == (file != "pca")
    assert status == 3 and "s2: spoiled: no notebook" in said


def test_two_of_one_name_are_told_apart_by_an_alias_that_is_asked_for_once(course, collect):
    enter(course, [{"id": "s7", "first_name": "Anna", "last_name": "Lee"}])
    entries = [(moodle("Anna Lee", 11), notebook("one")), (moodle("Anna Lee", 22), notebook("two"))]
    status, said = collect(entries)
    assert status == 3 and not there(course) and "s1 or s7" in said
    file = course.home / "aliases.csv"
    before = file.read_text()
    assert collect(entries)[0] == 3 and file.read_text() == before
    file.write_text("name;id;perhaps\r\nAnna Lee_22;S1;\r\nAnna Lee_11;s7;\r\n", "cp1252")  # as a spreadsheet saves it
    status, said = collect(entries)
    assert status == 0 and there(course) == {("s1", "pca"): "two", ("s7", "pca"): "one"}, said


def test_two_on_the_platform_and_one_on_the_list_are_not_one(course, collect):
    status, said = collect([(moodle("Anna Lee", 11), notebook("one")), (moodle("Anna Lee", 22), notebook("two"))])
    assert status == 3 and not there(course) and "Anna Lee_11" in said and "Anna Lee_22" in said


def test_an_alias_holds_for_the_next_assignment_and_a_dash_for_nobody(course, collect):
    (course.home / "aliases.csv").write_text("name,id,perhaps\nAugusta King,s5,\nTest Student,-,\n")
    entries = [(moodle("Augusta King", 77, "vae.ipynb"), notebook()), (moodle("Test Student", 78), notebook())]
    assert collect(entries)[0] == 0 and list(there(course)) == [("s5", "vae")]


def test_an_alias_for_an_unknown_id_is_said_with_the_nearest(course, collect):
    (course.home / "aliases.csv").write_text("name,id,perhaps\nAugusta King,s55,\n")
    status, said = collect([(moodle("Augusta King", 77), notebook())])
    assert status == 1 and "line 2" in said and "'s5'" in said and said.count("\n") == 1


@pytest.mark.parametrize("name, shown", [("Ev\x1b[2Jil", "Ev\\x1b[2Jil"), ("\u202egnp", "\\u202egnp"),
                                         ("a\tb\nc", "a\\tb\\nc"), ("=SUM(A1)", "=SUM(A1)"), ("'t Hooft", "'t Hooft"),
                                         ("x\u3164y", "x\\u3164y")])  # fmt: skip
def test_a_name_that_a_terminal_or_a_spreadsheet_obeys_is_spelled_out_and_known_again(course, collect, name, shown):
    entries, file = [(moodle(name, 7), notebook())], course.home / "aliases.csv"
    status, said = collect(entries)
    assert status == 3 and f"Not matched: {shown}\n" in said and "\x1b" not in said
    kept = file.read_text()
    assert kept == f"name,id,perhaps\n{chr(39) * (name[0] == '=')}{shown},,\n"
    assert collect(entries)[0] == 3 and file.read_text() == kept
    file.write_text(kept.replace(",,", ",s3,"))
    assert collect(entries)[0] == 0 and list(there(course)) == [("s3", "pca")]


def test_without_a_list_names_can_not_be_matched_but_folders_are_the_list(course, collect, tmp_path):
    with course.gradebook() as book:
        for one in book.students:
            book.remove_student(one.id)
    status, said = collect([(moodle("Anna Lee", 1), notebook())])
    assert status == 1 and "students --add" in said
    assert collect([("x1/pca/pca.ipynb", notebook())], kind="folder")[0] == 0 and ("x1", "pca") in there(course)


# -- shapes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, name, named",
    [
        ("moodle", "Anna Lee_1234567_assignsubmission_file_/pca.ipynb", "pca"),
        ("moodle", "Anna Lee_1234567_assignsubmission_file/pca.ipynb", "pca"),
        ("moodle", "Anna Lee_1234567_assignsubmission_file_pca.ipynb", "pca"),
        ("moodle", "Anna Lee_1234567_assignsubmission_file_/work/pca.ipynb", "pca"),
        ("moodle", "pca/Anna Lee_1234567_assignsubmission_file_/pca.ipynb", "pca"),
        ("moodle", "Anna Lee_1234567_assignsubmission_file_\\pca.ipynb", "pca"),
        ("canvas", "leeanna_12345_67890_pca.ipynb", "pca"),
        ("canvas", "leeanna_LATE_12345_67890_pca-1.ipynb", "pca"),
        ("canvas", "submissions/leeanna_12345_67890_vae-12.ipynb", "vae"),
        ("folder", "s1/pca.ipynb", "pca"),
        ("folder", "s1/pca/pca.ipynb", "pca"),
        ("folder", "S1/pca/pca.ipynb", "pca"),
        ("folder", "Anna Lee/PCA (3).ipynb", "pca"),
        ("folder", "submitted/s1/pca/pca.ipynb", "pca"),
        ("folder", "s1+pca+2026-03-01 12:00:00 UTC+abc/pca.ipynb", "pca"),
    ],
)
def test_every_shape_is_read(course, collect, kind, name, named):
    collect([(name, notebook())], kind=kind)
    assert list(there(course)) == [("s1", named)] and stamp(course, "s1", named) == "2026-03-01 12:00:00 UTC"


@pytest.mark.parametrize(
    "file",
    ["pca-1.ipynb", "pca (1).ipynb", "pca(12).ipynb", "pca - Copy.ipynb", "PCA.IPYNB", "pca.ipynb.txt", " pca .ipynb"],
)
def test_what_browsers_and_platforms_add_to_a_name_does_not_matter(course, collect, file):
    status, said = collect([(moodle("Anna Lee", 1, file), notebook())])
    assert status == 0 and list(there(course)) == [("s1", "pca")] and "taken" not in said


@pytest.mark.parametrize("file", ["pca_final.ipynb", "Anna_pca.ipynb", "Untitled.ipynb", "my work.ipynb"])
def test_one_notebook_of_another_name_is_taken_and_said(course, collect, file):
    status, said = collect([(moodle("Anna Lee", 1, file), notebook()), (moodle("Ada Lovelace", 2), notebook())])
    assert status == 0 and ("s1", "pca") in there(course) and f"{file} was taken as pca.ipynb" in said


def test_of_several_notebooks_the_one_of_the_right_name_counts(course, collect):
    entries = [(moodle("Anna Lee", 1, name), notebook(name)) for name in ("pca.ipynb", "pca_old.ipynb", "try.ipynb")]
    assert collect(entries)[0] == 0 and there(course) == {("s1", "pca"): "pca.ipynb"}


def test_a_thousand_notebooks_of_one_name_are_not_all_unpacked(course, collect, monkeypatch):
    """Each may have 20 MB: they were all held in memory, to see whether they differ."""
    read, plain = [], archives.bounded
    monkeypatch.setattr(archives, "bounded", lambda *rest: read.append(1) or plain(*rest))
    for differ, most in ((True, 3), (False, 12)):
        read.clear()
        entries = [(moodle("Ada Lovelace", 1, f"{n}/pca.ipynb"), notebook(str(n * differ))) for n in range(300)]
        status, said = collect(entries)
        assert status == 3 and "which one counts?" in said and len(read) <= most and not there(course)
    read.clear()
    status, said = collect([(moodle("Ada Lovelace", 1, f"{n}.txt"), b"{") for n in range(300)])
    assert status == 3 and "no notebook in it" in said and len(read) <= 30
    entries = [(moodle("Ada Lovelace", 1, f"{n}.txt"), b"{") for n in range(50)]
    assert collect([*entries, (moodle("Ada Lovelace", 1, "pca.json"), notebook())])[0] == 0 and there(course)


def test_a_request_for_another_look_comes_with_the_notebook(course, collect):
    ada, bob = moodle("Ada Lovelace", 1), moodle("Ada Lovelace", 1, "Regrade.txt")
    collect([(ada, notebook())])
    assert collect([(ada, notebook()), (bob, b"Please look\nat the third.")])[0] in (0, 3)
    [file] = course.home.glob("submitted/*/pca/regrade.txt")
    assert file.read_bytes() == b"Please look\nat the third." and len(there(course)) == 1


def test_several_of_the_wrong_name_are_a_question(course, collect):
    entries = [(moodle("Anna Lee", 1, name), notebook(name)) for name in ("pca_final.ipynb", "pca_best.ipynb")]
    status, said = collect(entries)
    assert status == 3 and not there(course) and "pca_best.ipynb, pca_final.ipynb" in said


def test_another_assignments_notebook_is_not_taken_for_this_one(course, collect):
    status, said = collect([(moodle("Anna Lee", 1, "vae.ipynb"), notebook())], "--assignment", "pca")
    assert status == 3 and not there(course) and "vae.ipynb" in said


def test_what_systems_leave_in_a_zip_is_not_handed_in(course, collect):
    names = ["__MACOSX/._pca.ipynb", ".ipynb_checkpoints/pca-checkpoint.ipynb", "._pca.ipynb", "pca.ipynb"]
    assert collect([(moodle("Anna Lee", 1, name), notebook(name)) for name in names])[0] == 0
    assert there(course) == {("s1", "pca"): "pca.ipynb"}


@pytest.mark.parametrize("kind", ["moodle", "canvas"])
def test_a_zip_of_another_kind_is_said_before_anything_is_written(course, collect, kind):
    status, said = collect([("s1/pca/pca.ipynb", notebook())], kind=kind)
    assert status == 1 and "--from" in said and said.count("\n") == 1 and not there(course)


@pytest.mark.parametrize(
    "words, hint", [(["--assignment", "pac"], "'pca'"), (["--zone", "Europe/Pariss"], "'Europe/Paris'")]
)
def test_a_mistyped_option_is_said_with_the_nearest(collect, words, hint):
    status, said = collect([(moodle("Anna Lee", 1), notebook())], *words)
    assert status == 1 and hint in said


def test_a_folder_is_taken_like_a_zip_and_its_links_are_not_followed(course, collect, tmp_path):
    for who in ("s1", "s2"):
        (tmp_path / "in" / who / "pca").mkdir(parents=True)
    (tmp_path / "in" / "s1" / "pca" / "pca.ipynb").write_bytes(notebook())
    (tmp_path / "in" / "s1" / "pca" / "timestamp.txt").write_text("2026-03-01 13:00:00 +0100", "utf-16")
    (tmp_path / "outside.ipynb").write_bytes(notebook("a secret"))
    (tmp_path / "in" / "s2" / "pca" / "pca.ipynb").symlink_to(tmp_path / "outside.ipynb")
    os.mkfifo(tmp_path / "in" / "s2" / "pca" / "vae.ipynb")
    status, said = collect(tmp_path / "in", kind="folder")
    assert status == 3 and there(course) == {("s1", "pca"): "x = 1"} and "link" in said
    assert stamp(course, "s1") == "2026-03-01 12:00:00 UTC"


# -- when it was handed in --------------------------------------------------------------------------------------


def test_a_zips_date_is_taken_in_the_zone_that_is_named(course, collect):
    summer = (2026, 7, 1, 12, 0, 0)
    entries = [(moodle("Anna Lee", 1), notebook()), (moodle("Ada Lovelace", 2), notebook(), summer)]
    status, said = collect(entries, "--zone", "Europe/Paris")
    assert (stamp(course, "s1"), stamp(course, "s5")) == ("2026-03-01 11:00:00 UTC", "2026-07-01 10:00:00 UTC")
    assert "Europe/Paris" in said


def test_another_zone_puts_the_stamps_right(course, collect):
    entries = [(moodle("Anna Lee", 1), notebook())]
    collect(entries, "--zone", "Europe/Paris")
    collect(entries, "--zone", "UTC")
    assert stamp(course, "s1") == "2026-03-01 12:00:00 UTC"


def test_dates_of_the_download_are_no_hand_ins(course, collect):
    (course.home / "course.toml").write_text("[due]\npca = 2020-01-01T00:00:00Z\n")
    now = tuple(time.gmtime()[:6])
    entries = [(moodle("Anna Lee", 1), notebook(), now), (moodle("Ada Lovelace", 2), notebook(), now)]
    status, said = collect(entries)
    assert status == 3 and stamp(course, "s1") is None and "download" in said and "s1, s5" in said
    assert collect(entries, "--times", "zip")[0] == 0 and stamp(course, "s1").startswith(f"{now[0]}-")


def test_dates_that_are_none_are_none(course, collect):
    entries = [(moodle("Anna Lee", 1), notebook(), (1980, 1, 1, 0, 0, 0)), (moodle("Ada Lovelace", 2), notebook())]
    collect(entries)
    assert stamp(course, "s1") is None and stamp(course, "s5")


SHEET = """Identifier,"Full name","Email address",Status,Grade,"Last modified (submission)","Feedback comments"
"Participant 11","Anna Lee",anna.lee@example.org,"Submitted for grading",,"Sunday, 1 March 2026, 10:15 PM",
"Participant 22","Anna Lee",other.lee@example.org,"Submitted for grading",,"Monday, 2 March 2026, 9:05 AM",
"Participant 33","Ada Lovelace",,"No submission",,-,
"""


def test_moodles_worksheet_tells_who_and_when(course, collect, tmp_path):
    enter(course, [{"id": "s7", "first_name": "Anna", "last_name": "Lee", "email": "Other.Lee@example.org"}])
    (tmp_path / "sheet.csv").write_text(SHEET)
    now = tuple(time.gmtime()[:6])
    entries = [(moodle("Anna Lee", 11), notebook("one"), now), (moodle("Participant", 22), notebook("two"), now)]
    words = "--worksheet", str(tmp_path / "sheet.csv"), "--zone", "Europe/Paris"
    status, said = collect(entries, *words)
    assert status == 0 and there(course) == {("s1", "pca"): "one", ("s7", "pca"): "two"}, said
    assert stamp(course, "s1") == "2026-03-01 21:15:00 UTC" and stamp(course, "s7") == "2026-03-02 08:05:00 UTC"


@pytest.mark.parametrize(
    "text, said",
    [
        ("a,b\n1,2\n", "no grading worksheet"),
        (SHEET.replace("1 March", "1 mars"), "mars"),
        (SHEET.replace("Participant 22", "nobody"), "line 3"),
    ],
)
def test_a_wrong_worksheet_is_said_before_anything_is_written(course, collect, tmp_path, text, said):
    (tmp_path / "sheet.csv").write_text(text)
    status, heard = collect([(moodle("Anna Lee", 11), notebook())], "--worksheet", str(tmp_path / "sheet.csv"))
    assert status == 1 and said in heard and heard.count("\n") == 1 and not there(course)


def test_canvas_says_late_and_that_is_not_lost(course, collect):
    now = tuple(time.gmtime()[:6])
    status, said = collect([("leeanna_LATE_12_34_pca.ipynb", notebook(), now)], kind="canvas")
    assert "LATE" in said and taken.notes(course, "pca", "s1") == ["the platform calls it late, and no time is known"]


def test_a_time_in_a_students_own_file_name_is_not_believed(course, collect):
    collect([(moodle("Anna Lee", 1, "pca_2020-01-01 00:00:00.ipynb"), notebook())])
    assert stamp(course, "s1") == "2026-03-01 12:00:00 UTC"


# -- which attempt ----------------------------------------------------------------------------------------------


def test_the_latest_attempt_counts(course, collect):
    names = ["leeanna_1_30_pca-2.ipynb", "leeanna_1_10_pca.ipynb", "leeanna_1_20_pca-1.ipynb"]
    collect([(name, notebook(name)) for name in names], kind="canvas")
    dated = [(moodle("Ada Lovelace", 1, "pca (2).ipynb"), notebook("older")),
             (moodle("Ada Lovelace", 1), notebook("newer"), (2026, 3, 2, 0, 0, 0))]  # fmt: skip
    collect(dated)
    assert there(course) == {("s1", "pca"): "leeanna_1_30_pca-2.ipynb", ("s5", "pca"): "newer"}


def test_the_same_zip_twice_changes_nothing(course, collect):
    entries = [(moodle(name, i), notebook(name)) for i, name in enumerate(("Anna Lee", "Ada Lovelace"))]
    collect(entries)
    before = tree(course.home / "submitted") | tree(course.home / "collected")
    status, said = collect(entries)
    assert status == 0 and "2 as before" in said
    assert tree(course.home / "submitted") | tree(course.home / "collected") == before
    assert not (course.home / "submitted-before").exists()


def test_only_a_later_hand_in_replaces_and_the_old_one_is_kept(course, collect, tmp_path):
    first = packed(tmp_path / "1.zip", [(moodle("Anna Lee", 1), notebook("first"))])
    second = packed(tmp_path / "2.zip", [(moodle("Anna Lee", 1), notebook("second"), (2026, 3, 2, 12, 0, 0))])
    collect((first,))
    status, said = collect((second,))
    assert status == 0 and there(course) == {("s1", "pca"): "second"} and "submitted-before" in said
    assert "first" in (course.home / "submitted-before" / "s1" / "pca.1" / "pca.ipynb").read_text()
    assert stamp(course, "s1") == "2026-03-02 12:00:00 UTC"
    assert (course.home / "submitted-before" / "s1" / "pca.1" / "timestamp.txt").read_text().startswith("2026-03-01")
    status, said = collect((first,))
    assert there(course) == {("s1", "pca"): "second"} and "that stays" in said
    collect((second, first))
    assert there(course) == {("s1", "pca"): "second"}


def test_without_times_the_later_download_and_the_higher_attempt_replace(course, collect):
    collect([("leeanna_1_10_pca.ipynb", notebook("first"))], "--times", "none", kind="canvas")
    collect([("leeanna_1_20_pca-1.ipynb", notebook("second"))], "--times", "none", kind="canvas")
    collect([("leeanna_1_10_pca.ipynb", notebook("first"))], "--times", "none", kind="canvas")
    assert there(course) == {("s1", "pca"): "second"}


def test_what_the_instructor_put_right_in_place_stays(course, collect):
    entries = [(moodle("Anna Lee", 1), notebook("theirs"))]
    collect(entries)
    (course.home / "submitted/s1/pca/pca.ipynb").write_bytes(notebook("put right"))
    collect(entries)
    assert there(course) == {("s1", "pca"): "put right"}


def test_a_failure_while_placing_leaves_what_was_there(course, collect, monkeypatch, tmp_path):
    from course_lib.grading.submissions import placing

    collect([(moodle("Anna Lee", 1), notebook("first"))])
    before, replace = tree(course.home / "submitted"), os.replace

    def full(here, where):
        if str(here).endswith("submitted/.new/s1/pca"):  # the old one is out of the way already
            assert not (course.home / "submitted" / "s1" / "pca").exists()
            raise KeyboardInterrupt
        replace(here, where)

    monkeypatch.setattr(placing.os, "replace", full)
    assert collect([(moodle("Anna Lee", 1), notebook("second"), (2026, 3, 2, 0, 0, 0))])[0] == 130
    assert tree(course.home / "submitted") == before


# -- a stranger's zip -------------------------------------------------------------------------------------------


def bytes_of(entries):
    """A zip in memory."""
    out = io.BytesIO()
    packed(out, entries)
    return out.getvalue()


def link(name):
    info = zipfile.ZipInfo(name, WHEN)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted(raw):
    """The same zip with its first entry said to be encrypted."""
    raw = bytearray(raw)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(mark) + at] |= 1
    return bytes(raw)


def claims_less(raw):
    """The same zip, whose headers say that it unpacks to 10 bytes."""
    raw = bytearray(raw)
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        raw[raw.index(mark) + at : raw.index(mark) + at + 4] = struct.pack("<I", 10)
    return bytes(raw)


def spoilt(raw):
    """The same zip, damaged in its first entry's content."""
    at = raw.index(b"pca.ipynb") + 12
    return raw[:at] + bytes(255 - one for one in raw[at : at + 8]) + raw[at + 8 :]


BOMB = b" " * (50 * 2**20)
HOSTILE = {
    "up": [("../../../pca.ipynb", notebook())],
    "absolute": [("/tmp/h13-evil/pca.ipynb", notebook())],
    "drive": [("C:\\evil\\pca.ipynb", notebook())],
    "backslash": [("..\\..\\pca.ipynb", notebook())],
    "up beside a good one": [("pca.ipynb", notebook()), ("../x.txt", b"")],
    "link": [(link("pca.ipynb"), notebook())],
    "bomb": [("pca.ipynb", BOMB)],
    "empty": [("pca.ipynb", b"")],
    "no notebook": [("pca.ipynb", b"%PDF-1.4")],
    "a list": [("pca.ipynb", b"[]")],
    "another file": [("pca.pdf", b"%PDF-1.4")],
    "a folder that looks like one": [("pca.ipynb/readme.txt", b"")],
    "twice": [("pca.ipynb", notebook("one")), ("pca.ipynb", notebook("two"))],
    "a deep list": [("pca.ipynb", b"[" * 100_000)],
}


@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("nested", [False, True], ids=["in the zip", "in a zip of theirs"])
def test_a_bad_entry_spoils_that_students_hand_in_and_no_others(course, collect, how, nested, tmp_path):
    around = "Anna Lee_1_assignsubmission_file_/"
    entries = HOSTILE[how]
    if nested:
        entries = [(around + "pca.zip", bytes_of(entries))]
    else:
        moved = []
        for one, content in entries:
            name = one.filename if isinstance(one, zipfile.ZipInfo) else one
            name = (
                around + name if not name.startswith(("/", "C:")) else name.replace("pca.ipynb", around + "pca.ipynb")
            )
            info = link(name) if isinstance(one, zipfile.ZipInfo) else name
            moved.append((info, content))
        entries = moved
    before = tree(tmp_path)
    status, said = collect([*entries, (moodle("Ada Lovelace", 2), notebook())])
    assert status == 3 and there(course) == {("s5", "pca"): "x = 1"}, said
    assert "s1: spoiled: " in said and "1 collected, 1 spoiled" in said
    assert taken.read(course, "pca", "s1").spoiled and taken.notes(course, "pca", "s1")
    new = {
        file.relative_to(course.home).parts[0]
        for file in set(tree(tmp_path)) - set(before)
        if file.is_relative_to(course.home)
    }
    assert new <= {"submitted", "collected", ".lock"} and not Path("/tmp/h13-evil").exists()


@pytest.mark.parametrize("damage", [encrypted, claims_less, spoilt])
@pytest.mark.parametrize("nested", [False, True], ids=["in the zip", "in a zip of theirs"])
def test_a_damaged_entry_spoils_that_students_hand_in_and_no_others(course, collect, damage, nested, tmp_path):
    content = bytes(range(256)) * 2**12 if damage is claims_less else notebook("y = 2" * 50)
    if nested:
        inner = damage(bytes_of([("pca.ipynb", content)]))
        file = packed(
            tmp_path / "d.zip", [(moodle("Anna Lee", 1, "x.zip"), inner), (moodle("Ada Lovelace", 2), notebook())]
        )
    else:
        file = tmp_path / "d.zip"
        file.write_bytes(damage(bytes_of([(moodle("Anna Lee", 1), content), (moodle("Ada Lovelace", 2), notebook())])))
    status, said = collect((file,))
    assert status == 3 and there(course) == {("s5", "pca"): "x = 1"} and "s1: spoiled: " in said, said


def test_a_bomb_is_bounded_by_what_is_read():
    """Whatever the header claims: not even twice the bound is unpacked."""
    read = 0

    class Endless:
        def read(self, size):
            nonlocal read
            read += size
            assert read < 2 * archives.LARGEST, "it reads on"
            return b"\0" * size

    with pytest.raises(archives.Spoiled, match="more than 20 MB"):
        archives.bounded(Endless(), archives.LARGEST)


@pytest.mark.parametrize("zips, mb, said", [(9, 8, ""), (31, 0, "31 zips; at most 30"), (3, 80, "200 MB together")])
def test_the_zips_of_one_student_are_bounded_together_and_read_one_by_one(course, collect, zips, mb, said):
    """Each packs to 100 KB, and all of them were held in memory until one of their notebooks was chosen."""
    inner = bytes(mb * 2**20) + bytes_of([("pca.ipynb", notebook())])
    entries = [(moodle("Anna Lee", 1, f"{n}.zip"), inner) for n in range(zips)]
    tracemalloc.start()
    status, heard = collect([*entries, (moodle("Ada Lovelace", 2), notebook())])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2.5 * len(inner) + 15 * 2**20, f"{most >> 20} MB"
    assert status == (3 if said else 0) and said in heard and len(there(course)) == (1 if said else 2)


def test_a_hundred_thousand_entries_are_that_students_own_trouble(course, collect):
    inner = bytes_of([(f"{i}", b"") for i in range(2000)] + [("pca.ipynb", notebook())])
    many = [(f"Anna Lee_1_assignsubmission_file_/{i}.txt", b"") for i in range(20_000)]
    status, said = collect(
        [*many, (moodle("Ada Lovelace", 2, "pca.zip"), inner), (moodle("José Müller", 3), notebook())]
    )
    assert status == 3 and list(there(course)) == [("s2", "pca")]
    assert "1000 entries" in said and len(said) < 2000


def test_a_zip_in_a_zip_is_opened_once(course, collect):
    once = bytes_of([("work/pca.ipynb", notebook("inner")), ("data.csv", b"1")])
    twice = bytes_of([("inner.zip", once)])
    status, said = collect([(moodle("Anna Lee", 1, "hand-in.zip"), once), (moodle("Ada Lovelace", 2, "x.zip"), twice)])
    assert status == 3 and there(course) == {("s1", "pca"): "inner"} and "s5: spoiled" in said
    assert stamp(course, "s1") == "2026-03-01 12:00:00 UTC"


def test_a_spoiled_attempt_leaves_the_good_one_and_is_noted_until_a_better_comes(course, collect):
    collect([(moodle("Anna Lee", 1), notebook("good"))])
    status, said = collect([(moodle("Anna Lee", 1), b"broken", (2026, 3, 2, 0, 0, 0))])
    assert status == 3 and there(course) == {("s1", "pca"): "good"} and taken.notes(course, "pca", "s1")
    collect([(moodle("Anna Lee", 1), notebook("better"), (2026, 3, 3, 0, 0, 0))])
    assert there(course) == {("s1", "pca"): "better"} and not taken.notes(course, "pca", "s1")


def test_a_file_that_is_no_zip_is_said_before_anything_is_written(course, collect, tmp_path):
    good, bad = packed(tmp_path / "good.zip", [(moodle("Anna Lee", 1), notebook())]), tmp_path / "bad.zip"
    bad.write_bytes(b"<html>log in first</html>")
    status, said = collect((good, bad))
    assert status == 1 and not there(course) and said.count("\n") == 1
    assert collect((tmp_path / "none.zip",))[0] == 1


@pytest.mark.parametrize("damage", ["its name", "its version", "its extra field"])
def test_an_entry_that_python_can_not_read_costs_its_student_only(course, collect, damage, tmp_path):
    names = [moodle("José Müller", 1), moodle("Anna Lee", 2), moodle("Ada Lovelace", 3)]
    raw = bytearray(bytes_of([(name, notebook()) for name in names]))
    entry = [at for at in range(len(raw)) if raw.startswith(b"PK\1\2", at)][1]
    if damage == "its version":
        raw[entry + 6] = 99
    elif damage == "its name":
        raw[entry + 9] |= 8  # it says that it is UTF-8, and isn't
        raw[entry + 46 + len(names[1]) - 9] = 0xFF
    else:
        raw[entry + 30 : entry + 32] = struct.pack("<H", 4)
        end = raw.index(b"pca.ipynb", entry) + 9
        raw[end:end] = b"\x01\x00\xff\xff"
        at = raw.rindex(b"PK\5\6")
        raw[at + 12 : at + 16] = struct.pack("<I", struct.unpack_from("<I", raw, at + 12)[0] + 4)
    (tmp_path / "d.zip").write_bytes(raw)
    status, said = collect((tmp_path / "d.zip",))
    assert status == 3 and set(there(course)) == {("s2", "pca"), ("s5", "pca")} and "s1: spoiled: " in said, said


@pytest.mark.parametrize(
    "name, status", [("pca.ipynb", 3), ("x/work.zip", 3), ("../../etc/passwd", 3), ("grades.csv", 0)]
)
def test_what_is_nobodys_is_said_and_needs_a_person_where_it_may_be_a_hand_in(course, collect, name, status):
    got, said = collect([(moodle("Anna Lee", 1), notebook()), (name, notebook())])
    assert got == status and "Nobody's: " in said and list(there(course)) == [("s1", "pca")]


def test_control_characters_in_names_reach_no_terminal(collect):
    status, said = collect([(moodle("Anna \x1b[2J Lee", 1), notebook()), (moodle("s1", 2, "\x1b]0;pca.txt"), b"")])
    assert status == 3 and "\x1b" not in said


def test_the_summary_says_who_is_missing(collect):
    _, said = collect([(moodle("Anna Lee", 1), notebook())])
    assert "missing, of 6: s2, s3, s4, s5, s6" in said


def test_dates_in_a_zip_that_has_seconds_since_1970_need_no_zone(course, collect):
    info = zipfile.ZipInfo(moodle("Anna Lee", 1), WHEN)
    moment = int(datetime.fromisoformat("2026-03-01T09:30:00+00:00").timestamp())
    info.extra = struct.pack("<HHBi", 0x5455, 5, 1, moment)
    collect([(info, notebook())], "--zone", "Asia/Tokyo")
    assert stamp(course, "s1") == "2026-03-01 09:30:00 UTC"
