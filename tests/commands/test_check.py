"""`python -m course_lib check`: what it says about every broken file, cell and answer, and about one that is ready."""

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.__main__ import main
from course_lib.books.handed_in import LARGEST, Refused
from course_lib.commands import check as preflight
from course_lib.commands.check import look
from course_lib.commands.check.notebook import load
from course_lib.commands.check.play import play
from course_lib.grading.submissions import reading
from course_lib.ground import ROOT

STUB = 'def double(x):\n    raise NotImplementedError("your answer here")'
TEST = 'assert double(2) == 4, "2 becomes 4"\nassert double(1.5) == 3, "numbers that aren\'t whole, too"'
RIGHT = "def double(x):\n    return 2 * x"
SETUP = """import sys
from pathlib import Path

home = next((str(folder) for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "course_lib").is_dir()), None)
assert home, "course_lib isn't here"
sys.path.insert(0, home)
from course_lib.handin import my_numbers"""
CELLS = [
    ("markdown", "title", "# A tiny assignment\n\nBe brief.", "fixed", 0),
    ("code", "setup", SETUP, "fixed", 0),
    ("code", "", 'STUDENT = ""', "", 0),
    ("code", "numbers", "numbers = my_numbers(STUDENT, slope=[2, 3, 4])\nprint(numbers)", "fixed", 0),
    ("code", "double", STUB, "answer", 0),
    ("code", "double-test", TEST, "fixed", 3),
    ("markdown", "why", "YOUR ANSWER HERE", "written", 2),
]


def cell_of(kind, name, source, **metadata):
    """A cell as JupyterLab stores it."""
    if name:
        metadata["nbgrader"] = {"grade_id": name, "schema_version": 3}
    cell = {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True), "id": name or "own"}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def own(source):
    """A student's cell."""
    return cell_of("code", "", source)


class Folder:
    """An assignment's folder, in which the notebook is changed and checked."""

    def __init__(self, place):
        self.place, self.file = place, place / "tiny.ipynb"
        digests = [hashlib.sha256(source.encode()).hexdigest() for _, _, source, _, _ in CELLS]
        self.sheet = {
            "assignment": "tiny", "salt": "abc", "seconds_a_cell": 20, "seconds": 60, "modules": ["handin"],
            "cells": [
                {"id": name, "kind": kind, "points": points, "sha256": digest * (kind == "fixed"), "stub": digest}
                for (_, name, _, kind, points), digest in zip(CELLS, digests, strict=True) if name
            ],
        }  # fmt: skip
        self.cells = [cell_of(kind, name, source) for kind, name, source, _, _ in CELLS]
        self.save()

    def cell(self, name):
        """The cell with this id, or the one whose text begins so."""
        return next(one for one in self.cells if name_in(one) == name or "".join(one["source"]).startswith(name))

    def answer(self):
        """All that is asked for."""
        self.cell("STUDENT")["source"] = ['STUDENT = " Ada"']
        self.cell("double")["source"] = [RIGHT]
        self.cell("why")["source"] = ["Because."]
        return self.save()

    def save(self, cells=None):
        """Write both files."""
        whole = {"cells": self.cells if cells is None else cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.file.write_text(json.dumps(whole), "utf-8")
        (self.place / "assignment.json").write_text(json.dumps(self.sheet), "utf-8")
        return self

    def shape(self):
        """What is said about the cells."""
        return look.shape(*load(self.save().file))

    def content(self):
        """What is said about the answers, and which are missing."""
        return look.content(*load(self.save().file))


def name_in(cell):
    """The id of a cell as it lies in the file."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


@pytest.fixture
def folder(tmp_path):
    """As it was handed out."""
    (tmp_path / "tiny").mkdir()
    return Folder(tmp_path / "tiny")


def refusal(file):
    """Why this file can't be checked."""
    with pytest.raises(Refused) as why:
        load(file)
    said = str(why.value)
    assert "\n" not in said and "Error" not in said and "{" not in said
    return said


# -- files that can't be checked --------------------------------------------------------------------------------

BROKEN = {
    "empty": (b"", "is empty: take a fresh copy"),
    "blank": (b"  \n\n", "is empty"),
    "no JSON": (b'{"cells": [\n\n  oh', "is damaged or no notebook (line 3)"),
    "a program": (b"print(1)", "is damaged or no notebook (line 1)"),
    "a list": (b"[1, 2]", "is no notebook, it has no cells"),
    "a number": (b"7", "is no notebook"),
    "null": (b"null", "is no notebook"),
    "an object": (b'{"name": "ada"}', "is no notebook"),
    "cells that are none": (b'{"cells": "none"}', "is no notebook"),
    "not UTF-8": ('{"cells": "é"}'.encode("latin-1"), "is damaged or no notebook"),
    "UTF-16": ('{"cells": []}'.encode("utf-16"), "is damaged or no notebook"),
    "an archive": (b"PK\x03\x04\x00\x00\xff", "is damaged or no notebook"),
    "very deep": (b"[" * 200_000, "is damaged or no notebook"),
    "an old format with nonsense": (b'{"worksheets": [7], "nbformat": 3}', "is damaged or no notebook"),
    "too many cells": (
        json.dumps({"cells": [own("1")] * 301}).encode(),
        "has 301 cells and 301 characters, 300 and 200,000 are graded at most",
    ),
    "too much text": (json.dumps({"cells": [own("#" * 200_001)]}).encode(), "has 1 cells and 200,001 characters"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cant_be_graded_is_refused_here_and_by_the_grader(folder, what):
    raw, why = BROKEN[what]
    folder.file.write_bytes(raw)
    assert why in refusal(folder.file) and "tiny.ipynb" in refusal(folder.file)
    with pytest.raises(Refused):
        reading.cells(reading.load(folder.file))


def test_a_file_that_is_too_large_is_refused_unread(folder):
    with open(folder.file, "wb") as file:
        file.truncate(LARGEST + 2**20)
    assert "has 21.0 MB, and 20 are graded at most: clear its outputs" in refusal(folder.file)


def test_a_name_that_isnt_there_or_isnt_a_file(folder):
    assert "there is no file" in refusal(folder.place / "nothing.ipynb")
    assert "tiny is a folder: name the notebook in it, tiny/tiny.ipynb" in refusal(folder.place)
    assert "can't be read" in refusal(folder.place / ("x" * 400))
    assert "there is no file" in refusal(folder.file / "below.ipynb")
    refusal(folder.place / "with\0in.ipynb")


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
def test_links_and_pipes(folder):
    os.symlink("round.ipynb", folder.place / "round.ipynb")
    assert re.search("can't be read|there is no file", refusal(folder.place / "round.ipynb"))
    os.mkfifo(folder.place / "pipe.ipynb")
    assert "is no ordinary file" in refusal(folder.place / "pipe.ipynb")


@pytest.mark.parametrize("name", ["tiny.ipynb", "assignment.json"])
def test_a_file_that_may_not_be_read(folder, monkeypatch, name):
    def denied(self, *_, **__):
        if self.name == name:
            raise PermissionError(13, "Permission denied")
        return plain[self.suffix](self)

    plain = {".ipynb": Path.read_bytes, ".json": lambda file: file.read_bytes().decode()}
    monkeypatch.setattr(Path, "read_text" if name.endswith("json") else "read_bytes", denied)
    assert re.search("can't be read: Permission denied|assignment.json beside it", refusal(folder.file))


def test_a_copy_with_another_name_is_sent_back(folder):
    copied = folder.file.rename(folder.place / "tiny (1).ipynb")
    assert "must be called tiny.ipynb, as it was handed out: rename tiny (1).ipynb" in refusal(copied)


def test_outside_of_its_folder_nothing_can_be_checked(folder, tmp_path):
    lonely = folder.file.rename(tmp_path / "tiny.ipynb")
    assert "there is no assignment.json beside tiny.ipynb: only assignments can be checked" in refusal(lonely)


def damaged(change):
    """assignment.json with a change."""
    return lambda sheet: json.dumps(change(sheet))


SHEETS = {
    "empty": lambda sheet: "",
    "cut off": lambda sheet: json.dumps(sheet)[:50],
    "a list": lambda sheet: "[]",
    "null": lambda sheet: "null",
    "nothing in it": lambda sheet: "{}",
    "deep": lambda sheet: "[" * 200_000,
    "no name": damaged(lambda sheet: sheet | {"assignment": 3}),
    "no time": damaged(lambda sheet: sheet | {"seconds": "long"}),
    "modules that are none": damaged(lambda sheet: sheet | {"modules": [["handin"]]}),
    "cells that are none": damaged(lambda sheet: sheet | {"cells": [1, None]}),
    "a cell without an id": damaged(lambda sheet: sheet | {"cells": [{"kind": "fixed", "sha256": "", "stub": ""}]}),
}


@pytest.mark.parametrize("what", SHEETS)
def test_a_damaged_assignment_file_is_to_be_fetched_again(folder, what):
    (folder.place / "assignment.json").write_text(SHEETS[what](folder.sheet), "utf-8")
    assert "assignment.json beside it is damaged: take it from the assignment again" in refusal(folder.file)


# -- files that are read all the same --------------------------------------------------------------------------


def test_what_was_handed_out_is_whole_and_empty(folder):
    assert folder.shape() == []
    faults, empty = folder.content()
    assert empty == ["double", "why"] and len(faults) == 1


def test_a_byte_order_mark_is_no_fault(folder):
    folder.answer()
    folder.file.write_text(folder.file.read_text("utf-8"), "utf-8-sig")
    assert look.shape(*load(folder.file)) == [] and look.content(*load(folder.file)) == ([], [])


def test_an_old_format_is_read(folder):
    folder.answer()
    old = nbformat.convert(nbformat.read(folder.file, 4), 3)
    folder.file.write_text(json.dumps(old), "utf-8")
    assert "worksheets" in old and look.shape(*load(folder.file)) == []
    assert look.content(*load(folder.file)) == ([], [])


def test_cells_that_are_none_are_passed_over(folder):
    odd = [None, 7, "text", [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": 5, "metadata": None}]
    odd += [{"cell_type": "code", "source": ["x", 3]}, {"cell_type": "heading", "source": "x"}, {"source": "x"}]
    for metadata in (None, [], "x", {"nbgrader": None}, {"nbgrader": ["x"]}, {"nbgrader": {"grade_id": {}}}):
        odd.append({"cell_type": "raw", "source": "my own", "metadata": metadata})
    folder.answer().save([*odd, *folder.cells, *odd])
    cells, wanted = load(folder.file)
    assert look.shape(cells, wanted) == [] and look.content(cells, wanted) == ([], [])
    assert [cell.id for cell in cells if cell.id] == [name for _, name, *_ in CELLS if name]


def test_half_a_surrogate_pair_breaks_nothing(folder, capsys):
    folder.answer().cells.insert(0, own('name = "\ud83d"'))
    folder.cells.append(cell_of("markdown", "\ud83d", "x"))
    folder.shape(), folder.content()
    assert load(folder.file)[0][0].text == 'name = "?"'


# -- cells -----------------------------------------------------------------------------------------------------


def test_missing_cells_are_named_with_what_they_are(folder):
    folder.cells = [one for one in folder.cells if name_in(one) not in ("double", "double-test", "why")]
    assert folder.shape() == [
        "the cell 'double' is missing (your answer): copy it from a fresh copy of the notebook",
        "the cell 'double-test' is missing (a fixed cell): copy it from a fresh copy of the notebook",
        "the cell 'why' is missing (your written answer): copy it from a fresh copy of the notebook",
    ]


def test_a_doubled_cell_is_named_and_the_last_one_counts(folder):
    folder.answer().cells.append(copy.deepcopy(folder.cell("double")))
    assert folder.shape() == ["the cell 'double' is there 2 times, only the last one counts: delete the others"]
    folder.cells[-1]["source"] = [STUB]
    assert folder.content()[1] == ["double"]


def test_a_changed_fixed_cell_is_found_by_its_number_or_its_first_line(folder):
    folder.cell("double-test")["source"] = ["assert True"]
    folder.cell("title")["source"] = ["# Something else, and a heading that is too long\n", "\n", "Be brief."]
    folder.cell("setup")["source"] = []
    assert folder.shape() == [
        "the text '# Something else, and a heading that ...' is fixed, but was changed: "
        "the original is graded, so put it back",
        "the cell 'setup' is fixed, but was changed: the original is graded, so put it back",
        "cell [4] (double-test) is fixed, but was changed: the original is graded, so put it back",
    ]


def test_space_at_the_ends_of_a_fixed_cell_is_no_change(folder):
    folder.cell("double-test")["source"] = ["\n", TEST, "\n\n"]
    assert folder.shape() == []


def test_an_answer_may_be_anything(folder):
    for answer in (RIGHT, "", "def (", "%%time\n" + RIGHT):
        folder.cell("double")["source"] = [answer]
        assert folder.shape() == []


def test_a_foreign_cell_is_named(folder):
    folder.cells.append(cell_of("code", "tripled", "3"))
    assert folder.shape() == ["the cell 'tripled' isn't this assignment's: it counts as a cell of your own"]


def test_dropped_marks_are_one_message_and_not_six(folder):
    for cell in folder.answer().cells:
        cell["metadata"] = {}
    [fault] = folder.shape()
    assert "none of the cells has its mark any more" in fault and "fresh copy" in fault


def test_reordered_cells_and_cells_of_ones_own_are_fine(folder):
    folder.cells = [own("1 + 1"), *reversed(folder.cells), own("2 + 2")]
    assert folder.shape() == []


# -- answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "YOUR ANSWER HERE", "\nYOUR ANSWER HERE  "])
def test_an_untouched_or_emptied_answer_is_not_attempted(folder, text):
    folder.answer().cell("why")["source"] = [text]
    assert folder.content() == ([], ["why"])


@pytest.mark.parametrize(
    "line", ['STUDENT = ""', "STUDENT = ''", 'STUDENT = " "', "STUDENT=''  # me", 'STUDENT = """"""']
)
def test_an_empty_name_is_found(folder, line):
    folder.answer().cell("STUDENT")["source"] = [line]
    [fault] = folder.content()[0]
    assert fault.startswith("STUDENT is empty: write the name under which you hand in")


@pytest.mark.parametrize(
    "line", ['STUDENT = "ada"', "STUDENT = name", "# STUDENT = ''", "STUDENT = 7", '""" STUDENT = "" """']
)
def test_another_name_is_not_called_empty(folder, line):
    folder.answer().cell("STUDENT")["source"] = [line]
    assert folder.content() == ([], [])


def test_no_name_is_asked_for_where_nothing_depends_on_it(folder):
    folder.cells.remove(folder.cell("numbers"))
    assert folder.content()[0] == []


FORBIDDEN = {
    "from course_lib import losses": ["losses"],
    "from course_lib.losses import squared_error": ["losses"],
    "import course_lib.models.linear as linear": ["models"],
    "def f():\n    from course_lib import handin, data, baselines": ["baselines", "data"],
    "%matplotlib inline\nfrom course_lib.data import digits": ["data"],
    "!ls\nfiles = !ls\n%%time\nfrom course_lib.data import digits": ["data"],
    "from course_lib.handin import my_numbers": [],
    "import torch\nfrom my_course_lib import losses": [],
    '"from course_lib import losses"': [],
    "from course_lib import (": [],
    "from . import losses": [],
}


@pytest.mark.parametrize("code", FORBIDDEN)
@pytest.mark.parametrize("where", ["own", "double"])
def test_what_the_grader_doesnt_have_cant_be_imported(folder, code, where):
    folder.answer()
    if where == "own":
        folder.cells.append(own(code))
    else:
        folder.cell("double")["source"] = [code]
    said = [fault for fault in folder.content()[0] if "shell" not in fault]
    number = 6 if where == "own" else 4
    assert [fault.partition("imports ")[2] for fault in said] == [
        f"course_lib.{module}: the grader doesn't have it" for module in FORBIDDEN[code]
    ]
    assert all(fault.startswith(f"cell [{number}] (") for fault in said)


def test_a_question_to_nobody_is_found(folder):
    folder.answer().cells.insert(3, own('x = int(input("name? "))'))
    assert folder.content() == (
        ["cell [3] (x = int(input(\"name? \"))) asks for input(): nobody is there to answer when it is graded"], []
    )  # fmt: skip
    folder.cells[3]["source"] = ['s = "input("\n', "# input()\n", "reader.input()"]
    assert folder.content() == ([], [])


@pytest.mark.parametrize("code", ["!pip install x", "  !ls", "%pip install x", "x = !ls", "%%bash\nls", "%conda list"])
def test_a_shell_line_is_found(folder, code):
    folder.answer().cells.append(own(code))
    [fault] = folder.content()[0]
    assert fault.startswith("cell [6] (") and "runs a shell command: the grader has no network" in fault


@pytest.mark.parametrize(
    "code", ["%matplotlib inline", "%%time\n1", "%timeit f()", 's = """\n!ls\n"""', "x = (7\n% 4)"]
)
def test_magic_and_text_that_harm_nothing_are_let_be(folder, code):
    folder.answer().cells.append(own(code))
    assert folder.content() == ([], [])


def test_a_pasted_picture_is_found(folder):
    folder.answer().cell("why")["source"] = "![image.png](attachment:image.png)"
    [fault] = folder.content()[0]
    assert "holds a picture: only text is graded" in fault


def test_what_shows_more_than_the_grader_takes_is_found(folder, monkeypatch):
    monkeypatch.setattr(sys.modules[play.__module__], "MOST_SHOWN", 1_000)
    folder.answer().cells.append(own("print('x' * 2_000)"))
    cells, wanted = load(folder.save().file)
    assert "prints and draws more than" in play(cells, folder.place, wanted, [])[1]


def test_what_stands_in_a_fixed_cell_is_not_the_students_doing(folder):
    folder.cell("setup")["source"] = [
        "!ls\n",
        "%pip install x\n",
        "input()\n",
        "from course_lib import data\n",
        "x = '\\w'",
    ]
    assert folder.answer().content() == ([], [])


def test_odd_escapes_say_nothing_on_stderr(folder, recwarn, capsys):
    folder.answer().cells.append(own(r"pattern = '\w \d'"))
    assert folder.content() == ([], [])
    assert not recwarn.list and not capsys.readouterr().err


# -- the whole command -----------------------------------------------------------------------------------------


def check(folder, capsys):
    """The command's status, and its lines."""
    before = folder.file.read_bytes(), sorted(folder.place.iterdir())
    status = preflight.check(folder.file)
    assert (folder.file.read_bytes(), sorted(folder.place.iterdir())) == before, "a check changes nothing"
    said = capsys.readouterr()
    assert said.err == ""
    return status, said.out.splitlines()


def test_ready(folder, capsys):
    folder.answer().cells.append(own("import os\nassert set(os.listdir()) == {'assignment.json', 'course_lib'}"))
    folder.cells.append(own("double(numbers['slope'])"))
    for cell in folder.cells:  # JupyterLab and other editors leave such things
        cell["metadata"] |= {"tags": ["raises-exception"], "collapsed": True}
        cell["outputs"] = [{"output_type": "error", "ename": "E", "evalue": "old", "traceback": []}]
    status, said = check(folder.save(), capsys)
    assert status == 0 and said[0] == "Running a copy from the top in a fresh kernel ..."
    assert re.fullmatch(
        r"✓ tiny.ipynb is ready: all cells are there, it runs from the top in \d+ s, the visible tests pass.", said[1]
    )
    assert said[2:] == ["Your numbers are those of 'Ada': hand in under this name."]


def test_what_a_module_of_the_assignment_needs_is_there_but_not_for_the_student(folder, capsys):
    """An assignment of an older version lists `evaluate` alone: today it needs others."""
    folder.sheet["modules"].append("evaluate")
    folder.answer().cells.append(own("from course_lib.evaluate import psnr"))
    assert check(folder.save(), capsys)[0] == 0
    folder.cells.append(own("from course_lib import shapes"))
    assert check(folder.save(), capsys)[1][0].endswith("imports course_lib.shapes: the grader doesn't have it")


def test_slips_and_gaps(folder, capsys):
    """A failing test, a cell that is stopped, cells that need what isn't there; every one found by its number."""
    folder.answer().cell("double")["source"] = ["def double(x):\n    return 4"]
    folder.cell("why")["source"] = ["YOUR ANSWER HERE"]
    folder.sheet["seconds_a_cell"] = 1
    folder.cells[2:2] = [own(code) for code in (
        "", "while True: pass", "open('numbers.csv')", "def later():\n    raise NotImplementedError\nlater()",
        "from course_lib import losses", "raise ValueError('first\\nsecond')", "input()",
    )]  # fmt: skip
    status, said = check(folder.save(), capsys)
    assert status == 1
    start = said.index("Running a copy from the top in a fresh kernel ...")
    assert [line.split(" ")[0] for line in said[:start]] == ["✗", "✗", "○"]
    assert said[start - 1] == "○ why: not attempted (2 points)"
    expected = [
        "✗ cell [2] (while True: pass) takes longer than 1 s: it would be stopped",
        "✗ cell [3] (open('numbers.csv')): FileNotFoundError: [Errno 2] No such file or directory: 'numbers.csv' "
        "(the grader has your notebook and no other file)",
        "✗ cell [5] (from course_lib import losses): ImportError: cannot import name 'losses' from 'course_lib'",
        "✗ cell [6] (raise ValueError('first\\nsecond')): ValueError: first",
        "✗ cell [7] (input()): StdinNotImplementedError: ",
        "✗ cell [11] (double-test): AssertionError: numbers that aren't whole, too",
    ]
    ran = said[start + 1 : -2]
    assert len(ran) == len(expected) and all(map(str.startswith, ran, expected)), ran
    assert said[-2] == (
        "8 things to mend (✗) and 1 answer missing (○). "
        "You can hand it in as it is: whatever is right earns its points."
    )


def test_nothing_done_yet(folder, capsys):
    """The tests of what wasn't attempted fail, and so does what builds on it: no word about either."""
    folder.cells.append(own("print(double(3))"))
    status, said = check(folder.save(), capsys)
    assert status == 1 and said == [
        "✗ STUDENT is empty: write the name under which you hand in, your numbers depend on it",
        "○ double: not attempted (3 points)",
        "○ why: not attempted (2 points)",
        "Running a copy from the top in a fresh kernel ...",
        "1 thing to mend (✗) and 2 answers missing (○). "
        "Don't hand it in yet: answers worked out with nobody's numbers earn nothing.",
    ]


def test_the_kernel_dies_in_a_process_of_its_own(folder):
    """As a user calls it, from another folder."""
    folder.answer().cells.insert(3, own("import os\nos._exit(1)"))
    folder.save()
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [sys.executable, "-m", "course_lib", "check", "tiny.ipynb"]
    answer = subprocess.run(command, cwd=folder.place, env=env, capture_output=True, text=True, encoding="utf-8")
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert answer.stdout.splitlines()[1:] == [
        "✗ cell [3] (import os): the kernel died (out of memory, exit, or a crash)",
        "1 thing to mend (✗). As it is, nothing in it would be graded.",
        "Your numbers are those of 'Ada': hand in under this name.",
    ]


@pytest.mark.parametrize(
    ("change", "ran", "status", "last"),
    [
        ("", ([], ""), 0, "✓ tiny.ipynb is ready"),
        ("", (["cell [4]: a fault"], ""), 1, "1 thing to mend (✗). You can hand it in as it is"),
        ("", ([], "the kernel died"), 1, "1 thing to mend (✗). As it is, nothing in it would be graded."),
        ("why", ([], ""), 1, "1 answer missing (○). You can hand it in as it is"),
        ("STUDENT", ([], ""), 1, "1 thing to mend (✗). Don't hand it in yet: answers worked out with nobody's numbers"),
        ("title", (["a fault"], "too long"), 1, "3 things to mend (✗). As it is, nothing in it would be graded."),
    ],
)
def test_only_what_is_whole_right_and_filled_in_is_ready(folder, capsys, monkeypatch, change, ran, status, last):
    folder.answer()
    if change:
        folder.cell(change)["source"] = {"why": [], "STUDENT": ['STUDENT = ""'], "title": ["# Mine"]}[change]
    monkeypatch.setattr(preflight, "play", lambda *_: ran)
    got, said = check(folder.save(), capsys)
    assert got == status and next(line for line in said if line.startswith(last))
    assert all(f"✗ {fault}" in said for fault in [*ran[0], *filter(None, [ran[1]])])


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_without_a_name_nothing_is_ready(folder, capsys, monkeypatch, name):
    """It said "hand it in as it is", and every answer with numbers of one's own was another's."""
    folder.answer().cell("STUDENT")["source"] = [f"STUDENT = {name!r}"]
    monkeypatch.setattr(preflight, "play", lambda *_: ([], ""))
    status, said = check(folder.save(), capsys)
    assert status == 1 and not any("as it is" in line or "Your numbers are those of" in line for line in said)


def test_nothing_that_a_cell_raises_reaches_the_terminal_as_a_command(folder, capsys, monkeypatch):
    monkeypatch.setattr(preflight, "play", lambda *_: (["cell [4]: \x1b]0;title\x07\x1b[31mred\u202e"], "\x9b2Jdied"))
    _, said = check(folder.answer(), capsys)
    assert "✗ cell [4]: red" in said and "✗ died" in said


def test_what_cant_be_checked_is_one_line(folder, capsys):
    folder.file.write_text("{broken")
    status, said = check(folder, capsys)
    assert status == 1 and len(said) == 1 and said[0].startswith("✗ tiny.ipynb is damaged or no notebook")


def test_ctrl_c_is_no_traceback(folder, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(preflight, "play", interrupted)
    assert preflight.check(folder.answer().file) == 130
    assert capsys.readouterr().out.endswith("Interrupted. Nothing was changed.\n")


@pytest.mark.parametrize(("words", "status"), [([], 2), (["--help"], 0), (["-h"], 0), (["--fast"], 2), (["a", "b"], 2)])
def test_help(words, status, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["check", *words])
    said = "".join(capsys.readouterr())
    assert ended.value.code == status and "usage: python -m course_lib check [-h] FILE.ipynb" in said
    assert ("Your file stays as it is" in said) == (status == 0)
