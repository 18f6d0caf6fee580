"""The list of students: nothing that is known is wiped, nobody is there twice, no slip of the pen makes a ghost."""

import json

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading import records, students  # noqa: E402
from course_lib.grading.autograde import pool  # noqa: E402
from course_lib.grading.sandbox import walls  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402


def csv(course, text, encoding="utf-8"):
    file = course.home.parent / "class.csv"
    file.write_text(text, encoding)
    return str(file)


def known(course):
    """Everybody in the gradebook: id, names, e-mail."""
    with course.gradebook() as book:
        return {one.id: (one.first_name, one.last_name, one.email) for one in book.students}


def hand_in(course, who):
    folder = course.home / "submitted" / who / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes((course.home / "release" / NAME / f"{NAME}.ipynb").read_bytes())


def test_a_sparse_row_wipes_nothing(tiny):
    assert (
        command(tiny, "students", "--add", csv(tiny, "id,first_name,last_name,email\ns1,Ada,Lovelace,a@x.org\n")) == 0
    )
    assert command(tiny, "students", "--add", csv(tiny, "id,first_name,last_name,email\ns1,,King,\ns2\n")) == 0
    assert command(tiny, "init", "--students", csv(tiny, "id\ns1\n")) == 0
    assert known(tiny) == {"s1": ("Ada", "King", "a@x.org"), "s2": (None, None, None)}


@pytest.mark.parametrize(
    "text, said",
    [
        ("id\ns1\ns2\ns1\n", ["lines 2 and 4", "'s1'"]),
        ("id\nS1\ns2\n s1 \n", ["lines 2 and 4", "'S1'", "'s1'"]),
        ("id,first_name\ns1,a\ns2,b\ns1,c\ns2,d\n", ["lines 2 and 4", "lines 3 and 5"]),
        ("id\ns1\n../x\n", ["line 3", "'../x'"]),
        ("id\n\u00e9va\n", ["line 2"]),
        ("id,first_name\n,Ada\n", ["line 2"]),
        ("name\nAda\n", ["no column is called id", "name"]),
        ("", ["no column is called id"]),
        ("id,first_name,id\ns1,Ada,s2\n", ["2 columns are called id"]),
        ("ID,Id \ns1,s2\n", ["2 columns are called id"]),
        ("id,email,E-mail,email\ns1,a,b,c\n", ["2 columns are called email"]),
        ("id,first_name\ns1,Ada,Lovelace\n", ["line 2", "3 columns"]),
        ('id,first_name\ns1,"Ada\n', ["line"]),
        ("id\na/b\ns1\n\u00e9va\n.x\n", ["line 2", "'a/b'", "line 4", "line 5", "letters a to z"]),
        ("id,first_name\n1.23457E+11,Ada\n", ["line 2", "a spreadsheet has rounded"]),
        ("PK\x03\x04\x14\x00", ["save it there as CSV"]),
    ],
)
def test_a_wrong_list_is_one_line_with_the_rows_and_changes_nothing(tiny, capsys, text, said):
    assert command(tiny, "students", "--add", csv(tiny, text)) == 1
    heard = capsys.readouterr().err
    assert all(one in heard for one in said) and heard.count("\n") == 1 and not known(tiny)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(tiny, encoding, comma):
    text = 'ID,Surname,First name,Email address,Group\r\n s1 ,Müller,"José ",j@x.org,A\r\n,,,,\r\n'.replace(",", comma)
    assert command(tiny, "students", "--add", csv(tiny, text, encoding)) == 0
    assert known(tiny) == {"s1": ("José", "Müller", "j@x.org")}


def test_a_first_line_for_excel_alone_is_no_header(tiny, capsys):
    assert command(tiny, "students", "--add", csv(tiny, "sep=;\r\nid;first_name\r\ns1;Ada\r\n")) == 0
    assert known(tiny) == {"s1": ("Ada", None, None)} and "1 student is" in capsys.readouterr().out


def test_another_case_is_the_same_student(tiny, capsys):
    command(tiny, "students", "--add", "S1")
    assert command(tiny, "students", "--add", csv(tiny, "id,first_name\ns1,Ada\n")) == 0
    assert known(tiny) == {"S1": ("Ada", None, None)} and "s1 is S1" in capsys.readouterr().out


def test_the_list_is_shown(tiny, capsys):
    command(tiny, "students", "--add", csv(tiny, "id,first_name,last_name\ns1,Ada,Lovelace\n"))
    capsys.readouterr()
    assert command(tiny, "students") == 0 and capsys.readouterr().out.startswith("s1  Ada Lovelace\n")


def test_nothing_of_a_list_moves_the_terminal(tiny, capsys):
    odd = "\x1b[2Jred\u202e"
    assert command(tiny, "students", "--add", csv(tiny, f"id,first_name,last_name\ns1,{odd},Lovelace\n")) == 0
    for words in ([], ["--remove", "s1"], ["--add", csv(tiny, f"x{odd},\0\1\n1,2\n")]):
        command(tiny, "students", *words)
        said = "".join(capsys.readouterr())
        assert "\\x1b[2Jred\\u202e" in said and not set("\x1b\0\1\u202e") & set(said), words


# -- ghosts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def graded(tiny, monkeypatch):
    """What autograde would grade: nothing is really run."""
    asked = []

    def grade(course, chosen, *rest):
        asked.extend(who for _, who in chosen)
        return {records.GRADED: len(chosen), records.NOT_RUN: 0, "attention": 0}

    monkeypatch.setattr(pool, "grade", grade)
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    return asked


def test_a_mistyped_folder_is_said_and_makes_no_student(tiny, graded, capsys):
    command(tiny, "students", "--add", "s10", "s20")
    for who in ("s10", "s1O", "S20", "zz z"):
        hand_in(tiny, who)
    assert command(tiny, "autograde") == 3 and graded == ["s10"]
    said = capsys.readouterr().err
    assert "'s1O' is nobody on the list (did you mean 's10'?)" in said and "students --add s1O" in said
    assert "'S20' is 's20' in other letters" in said and "'zz z'" in said and "--add zz z" not in said
    assert set(known(tiny)) == {"s10", "s20"}
    command(tiny, "students", "--add", "s1O")
    graded.clear()
    command(tiny, "autograde")
    assert graded == ["s10", "s1O"]
    assert command(tiny, "autograde", "--student", "zz z") == 1 and "zz z" in capsys.readouterr().err


def test_without_a_list_the_folders_are_it_also_later(tiny, graded):
    hand_in(tiny, "a")
    command(tiny, "autograde")
    assert graded == ["a"]
    with tiny.gradebook() as book:
        book.update_or_create_student("a")  # as its grading did
    hand_in(tiny, "b")
    graded.clear()
    command(tiny, "autograde")
    assert graded == ["a", "b"]


def test_an_older_folder_has_a_list_where_its_students_have_names(tiny, graded):
    with tiny.gradebook() as book:
        book.update_or_create_student("a", first_name="Ada")
    for who in ("a", "b"):
        hand_in(tiny, who)
    assert command(tiny, "autograde") == 3 and graded == ["a"]


# -- removing ---------------------------------------------------------------------------------------------------


def everything(course, who):
    """Traces of a student in every place."""
    hand_in(course, who)
    with course.gradebook() as book:
        book.update_or_create_student(who, first_name="Ada", last_name=who.title(), email=f"{who}@x.org")
        book.update_or_create_submission(NAME, who, timestamp="2026-03-01 12:00:00 UTC")
    records.keep(course, NAME, who, records.Record(records.GRADED))
    places = [f"autograded/{who}/{NAME}/{NAME}.ipynb", f"feedback/{who}/{NAME}/{NAME}.html", f"report/{who}.html"]
    places += [f"collected/{NAME}/{who}.json", f"submitted-before/{who}/{NAME}.1/{NAME}.ipynb"]
    for place in places:
        file = course.home / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    for place in ("logs/workers.log", "aliases.csv", "report/marks.csv"):
        (course.home / place).parent.mkdir(exist_ok=True)
        with open(course.home / place, "a") as file:
            file.write(f"Ada,{who},here\n")


def test_removing_takes_every_trace_and_nobody_elses(tiny, capsys):
    for who in ("marie.curie", "marie", "mariella"):
        everything(tiny, who)
    (tiny.home / "course.toml").write_text('[groups]\na = ["marie"]\n')
    others = {who: sorted(map(str, tiny.home.rglob(f"*{who}*"))) for who in ("marie.curie", "mariella")}
    assert command(tiny, "students", "--remove", "marie") == 1, "it asks, or wants --yes"
    assert set(known(tiny)) == {"marie.curie", "marie", "mariella"}
    assert command(tiny, "students", "--remove", "Marie", "--yes") == 0
    said = capsys.readouterr().out
    assert (
        "gradebook with 1 submissions" in said and "submitted/marie" in said and "course.toml still names marie" in said
    )
    assert set(known(tiny)) == {"marie.curie", "mariella"}
    (tiny.home / "course.toml").write_text("")
    for line in ("logs/workers.log", "aliases.csv"):
        assert (tiny.home / line).read_text() == "Ada,marie.curie,here\nAda,mariella,here\n"
    for who, files in others.items():
        now = sorted(map(str, tiny.home.rglob(f"*{who}*")))
        assert now == files, "a name that begins alike is somebody else's"
    assert not list(tiny.home.rglob("marie")) and not list(tiny.home.rglob("marie.json"))
    assert b"marie@x.org" not in tiny.database.read_bytes(), "the database forgets too"


def test_all_assignments_of_a_student_go(tiny):
    everything(tiny, "marie")
    with tiny.gradebook() as book:
        for name in ("two", "three", "four"):
            book.update_or_create_assignment(name)
            book.update_or_create_submission(name, "marie")
    assert command(tiny, "students", "--remove", "marie", "--yes") == 0 and not known(tiny)
    with tiny.gradebook() as book:
        assert not [one for name in (NAME, "two", "three", "four") for one in book.assignment_submissions(name)]


def test_a_student_named_like_an_assignment_takes_nothing_else_away(tiny):
    everything(tiny, NAME)
    everything(tiny, "ada")
    assert command(tiny, "students", "--remove", NAME, "--yes") == 0
    assert set(known(tiny)) == {"ada"} and not (tiny.home / "submitted" / NAME).exists()
    assert (tiny.home / "submitted" / "ada" / NAME / f"{NAME}.ipynb").is_file()
    assert records.place(tiny, NAME, "ada").is_file() and (tiny.home / "keys" / f"{NAME}.json").is_file()
    assert (tiny.home / "autograded" / "ada" / NAME / f"{NAME}.ipynb").is_file()


def test_whoever_is_not_there_can_not_be_removed_and_nobody_is(tiny, capsys):
    everything(tiny, "marie")
    assert command(tiny, "students", "--remove", "marie", "mary", "--yes") == 1
    assert "did you mean 'marie'?" in capsys.readouterr().err and set(known(tiny)) == {"marie"}


def test_a_ghosts_folder_can_be_removed(tiny):
    command(tiny, "students", "--add", "s1")
    hand_in(tiny, "no id at all")
    records.keep(tiny, NAME, "no id at all", records.Record(records.NOT_RUN))
    assert command(tiny, "students", "--remove", "no id at all", "--yes") == 0
    assert not (tiny.home / "submitted" / "no id at all").exists() and not list((tiny.home / "state" / NAME).glob("*"))


def test_the_table_of_what_was_graded_is_json_still(tiny):
    everything(tiny, "marie")
    everything(tiny, "ada")
    command(tiny, "students", "--remove", "marie", "--yes")
    assert json.loads(records.place(tiny, NAME, "ada").read_text())["status"] == records.GRADED
    assert students.unlisted(tiny, [(NAME, "marie")])["marie"].startswith("'marie' is nobody on the list")
