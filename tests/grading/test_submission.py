"""What a student handed in: any file is refused in plain words or put back into the shape of the release."""

import copy
import json
import os
import re

import nbformat
import pytest

from course_lib.books.handed_in import LARGEST, MOST_CELLS, MOST_TEXT, Refused
from course_lib.grading.submissions import reading
from course_lib.grading.submissions.reading import cells, load, restored
from course_lib.grading.submissions.recognised import FOUND, named

RELEASE = [  # type, id, text, locked, solution, grade
    ("markdown", "title", "# Tiny\n\n$a<b$ & more", True, False, False),
    ("code", "setup", "import torch", True, False, False),
    ("code", "", 'STUDENT = ""', False, False, False),
    ("code", "numbers", "numbers = {}", True, False, False),
    ("markdown", "kl-text", "## 1  Derive", True, False, False),
    ("code", "kl", "def kl():\n    raise NotImplementedError", False, True, False),
    ("code", "kl-test", "assert kl() == 1", True, False, True),
    ("markdown", "why", "YOUR ANSWER HERE", False, True, True),
]
IDS = [name for _, name, *_ in RELEASE if name]


def mark(name, locked, solution, grade):
    """nbgrader's metadata."""
    points = {"points": 4} if grade else {}
    return {"grade_id": name, "locked": locked, "solution": solution, "grade": grade, "task": False, **points}


def cell_of(kind, name, source, *flags):
    """A cell of the release."""
    metadata = {"nbgrader": mark(name, *flags), "deletable": False} if name else {}
    return reading.plain(kind, source, 0) | {"metadata": metadata, "id": f"release-{name or 'student'}"}


@pytest.fixture
def release():
    """As it was handed out."""
    listed = [cell_of(*one) for one in RELEASE]
    return {
        "cells": listed,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def file(tmp_path, release):
    """submitted/ada/tiny/tiny.ipynb, as it was handed out."""
    place = tmp_path / "submitted" / "ada" / "tiny"
    place.mkdir(parents=True)
    (place / "tiny.ipynb").write_text(json.dumps(release), "utf-8")
    return place / "tiny.ipynb"


def own(source, kind="code"):
    """A student's cell, as `cells` says it."""
    return {"type": kind, "source": source, "id": ""}


def taken(release):
    """What `cells` makes of the release: a submission in which nothing was done."""
    return cells(copy.deepcopy(release))


def put(handed_in, release):
    """The restored submission: valid, and nothing in it but texts and the release's own metadata."""
    before = copy.deepcopy(release)
    result, notes = restored(handed_in, release)
    assert release == before, "the release is shared by a class"
    nbformat.validate(nbformat.from_dict(json.loads(json.dumps(result))))
    assert result["metadata"] == release["metadata"] and {*result} == {*release}
    marks = {
        one["metadata"]["nbgrader"]["grade_id"]: one["metadata"]["nbgrader"]
        for one in release["cells"]
        if "nbgrader" in one["metadata"]
    }
    seen = []
    for one in result["cells"]:
        assert {*one} <= {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}
        assert not one.get("outputs") and one.get("execution_count") is None
        name = one["metadata"].get("nbgrader", {}).get("grade_id", "")
        assert one["metadata"] == ({"nbgrader": marks[name]} if name else {})
        seen += [name] if name else []
    assert len(seen) == len(set(seen)), "an id that is there twice would be graded twice"
    assert {name for name, one in marks.items() if one["locked"] or one["grade"]} <= set(seen)
    assert all(re.fullmatch(r"[a-z].*[^.]", note) and len(note) < 120 and "\n" not in note for note in notes)
    texts = ["".join(one["source"]) for one in result["cells"]]
    names = [one["metadata"].get("nbgrader", {}).get("grade_id", "") for one in result["cells"]]
    return list(zip(names, texts, strict=True)), notes


# -- files ---------------------------------------------------------------------------------------------------------


def refusal(file):
    """Why the file is refused: a line that can stand on the attention list."""
    with pytest.raises(Refused) as why:
        cells(load(file))
    said = str(why.value)
    assert said and "\n" not in said and len(said) < 150
    return said


def test_what_was_handed_out_is_read_as_it_is(file, release):
    assert load(file) == release
    assert [(one["type"], one["id"]) for one in cells(load(file))] == [(kind, name) for kind, name, *_ in RELEASE]


BROKEN = {
    "empty": b"", "cut off": b'{"cells": [', "words": b"hello", "a list": b"[]", "null": b"null", "a number": b"1",
    "no cells": b"{}", "cells are a text": b'{"cells": "x"}', "cells are an object": b'{"cells": {}}',
    "worksheets are a text": b'{"worksheets": "x"}', "a broken old one": b'{"worksheets": [3], "nbformat": 3}',
    "an old one without a number": b'{"worksheets": []}', "not UTF-8": b'{"cells": ["\xff"]}',
    "UTF-16": '{"cells": []}'.encode("utf-16"), "deep": b"[" * 300_000, "deep objects": b'{"a":' * 300_000,
    "binary": bytes(range(256)) * 10,
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_refused(file, what):
    file.write_bytes(BROKEN[what])
    assert "tiny.ipynb" in refusal(file)


def test_a_missing_file_and_a_folder(file, tmp_path):
    hint = f"there is no other.ipynb (there is {file.name!r}: give it that name)"
    assert refusal(file.with_name("other.ipynb")) == hint
    file.unlink()
    assert refusal(file) == f"there is no {file.name}"
    file.mkdir()
    assert "no ordinary file" in refusal(file)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
def test_links_and_pipes_are_refused_unread(file, tmp_path):
    target = file.rename(tmp_path / "elsewhere.ipynb")
    file.symlink_to(target)
    assert "is a link or no ordinary file" in refusal(file)
    file.unlink()
    os.mkfifo(file)
    assert "is a link or no ordinary file" in refusal(file)
    file.unlink()
    os.link(target, file)
    load(file)
    for folder in (file.parent, file.parent.parent):
        moved = folder.rename(tmp_path / "moved")
        folder.symlink_to(moved, target_is_directory=True)
        assert "its folder is a link" in refusal(file)
        folder.unlink()
        moved.rename(folder)
    load(file)


def test_a_file_that_is_too_large_is_refused_unread(file):
    with open(file, "wb") as opened:
        opened.truncate(LARGEST + 1)
    assert "MB; 20 at most" in refusal(file)


def test_a_byte_order_mark_is_no_fault(file, release):
    file.write_text(json.dumps(release), "utf-8-sig")
    assert load(file) == release


def test_an_old_format_is_brought_up_to_date(file, release):
    old = nbformat.convert(nbformat.from_dict(release), 3)
    file.write_text(json.dumps(old), "utf-8")
    found = cells(load(file))
    assert "worksheets" in old and [one["id"] for one in found if one["id"]] == IDS
    assert found[5] == {"type": "code", "source": RELEASE[5][2], "id": "kl"}


@pytest.mark.parametrize("unit", [b"[0],", b'{"":0},', b"{},", b'"\xc4\x81",'])
def test_what_would_fill_the_memory_is_refused_unread(file, unit):
    """Of 20 MB it made 0.8 GB; in an old format 2.4 GB and a minute, while the class was collected."""
    file.write_bytes(b'{"cells": [], "x": [' + unit * (2_100_000 // sum(map(unit.count, b',[{:"'))) + b"0]}")
    assert "2,000,000 values" in refusal(file)


def test_an_old_format_takes_no_time_or_words_for_what_is_not_graded(file, recwarn):
    one = {"cell_type": "code", "language": "python", "input": "1", "outputs": [], "metadata": {"x": [{}] * 99}}
    old = {"worksheets": [{"cells": [one] * 5_000, "metadata": {"x": [{}] * 50_000}}], "metadata": {"y": [{}] * 50_000}}
    file.write_text(json.dumps(old | {"nbformat": 3, "nbformat_minor": 0}))
    assert "301 cells" in refusal(file) and not recwarn.list


def test_what_a_worker_sends_is_counted_before_it_is_read():
    from course_lib.grading.autograde.task import taken_in

    for told in ("[" + "0," * 2_000_001 + "0]", "[" * 300 + "]" * 300):
        with pytest.raises(Refused, match="too long"):
            taken_in(told, None)


def test_too_many_cells_and_too_much_text(file, release):
    one = {"cell_type": "code", "source": "1"}
    file.write_text(json.dumps({"cells": [one] * MOST_CELLS}))
    assert len(cells(load(file))) == MOST_CELLS
    file.write_text(json.dumps({"cells": [one] * (MOST_CELLS + 1)}))
    assert "at most 300 and 200,000 characters" in refusal(file)
    file.write_text(json.dumps({"cells": [one | {"source": "x" * (MOST_TEXT + 1)}]}))
    assert "too much text" in refusal(file)


# -- cells ---------------------------------------------------------------------------------------------------------


def test_what_is_no_cell_is_passed_over():
    odd = [None, 1, "x", [], {}, {"cell_type": "heading", "source": "x"}, {"source": "x"}, {"cell_type": ["code"]}]
    odd += [{"cell_type": "code", "source": source} for source in (None, 1, {}, ["x", 1], [["x"]])]
    assert cells({"cells": odd}) == []


def test_odd_metadata_makes_a_cell_the_students_own():
    odd = [None, [], "x", 7, {"nbgrader": None}, {"nbgrader": []}, {"nbgrader": {}}, {"nbgrader": {"grade_id": 7}}]
    found = cells({"cells": [{"cell_type": "code", "source": "1", "metadata": one} for one in odd]})
    assert found == [own("1")] * len(odd)


def test_a_text_may_be_a_list_of_lines_or_missing():
    found = cells({"cells": [{"cell_type": "code", "source": ["a\n", "b"]}, {"cell_type": "markdown"}]})
    assert [one["source"] for one in found] == ["a\nb", ""]


def test_raw_cells_become_text():
    assert cells({"cells": [{"cell_type": "raw", "source": "<b>"}]})[0]["type"] == "markdown"


def test_half_a_surrogate_pair_can_be_stored():
    [found] = cells({"cells": [{"cell_type": "code", "source": 's = "\ud83d"'}]})
    assert found["source"] == 's = "?"'


@pytest.mark.parametrize(
    "live", ["<script>", "<IMG src=x>", "</p>", "<!--", "&lt;", "&#60;", "![x](http://a)", "[x](JavaScript:a)"]
)
def test_markup_in_text_is_only_text(live):
    [found, code] = cells({"cells": [{"cell_type": kind, "source": f"x {live} y"} for kind in ("markdown", "code")]})
    assert found["source"] != f"x {live} y" and found["source"].replace(" ", "") == f"x{live}y".replace(" ", "")
    assert code["source"] == f"x {live} y", "code is shown as it is, and run"


@pytest.mark.parametrize(
    "text", ["$a < b$, $x>0$ & more", "**bold** `x & y`", "[link](https://example.org)", "5 ! 3", "a <3"]
)
def test_ordinary_text_stays_what_it_is(text):
    assert cells({"cells": [{"cell_type": "markdown", "source": text}]})[0]["source"] == text


@pytest.mark.parametrize("kind", ["code", "markdown"])
def test_nobodys_text_opens_a_hidden_region(kind):
    [found] = cells({"cells": [{"cell_type": kind, "source": "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"}]})
    assert "HIDDEN TESTS" not in found["source"]


# -- the shape of the release -----------------------------------------------------------------------------------------


def test_an_untouched_submission_is_the_release(release):
    found, notes = put(taken(release), release)
    assert found == [(name, text) for _, name, text, *_ in RELEASE] and notes == []


def test_answers_and_cells_of_ones_own_are_kept_in_order(release):
    handed_in = [own("first"), *taken(release), own("last", "markdown")]
    handed_in[3]["source"] = 'STUDENT = "ada"'
    handed_in[6]["source"] = "def kl():\n    return 1"
    handed_in.insert(7, own("kl()"))
    handed_in[9]["source"] = "Because."
    found, notes = put(handed_in, release)
    assert notes == []
    assert found == [
        ("", "first"), *[(name, text) for _, name, text, *_ in RELEASE[:2]], ("", 'STUDENT = "ada"'),
        *[(name, text) for _, name, text, *_ in RELEASE[3:5]], ("kl", "def kl():\n    return 1"), ("", "kl()"),
        ("kl-test", "assert kl() == 1"), ("why", "Because."), ("", "last"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["title", "setup", "numbers", "kl-text", "kl-test"])
def test_a_changed_locked_cell_is_the_releases_again(release, name):
    handed_in = taken(release)
    next(one for one in handed_in if one["id"] == name)["source"] = "assert True"
    found, notes = put(handed_in, release)
    assert found == [(name, text) for _, name, text, *_ in RELEASE]
    assert notes == [f"a locked cell was changed: the release's is used ({name!r})"]


def test_space_around_a_locked_cell_is_no_change(release):
    handed_in = taken(release)
    handed_in[6]["source"] = "\n" + handed_in[6]["source"] + "  \n"
    found, notes = put(handed_in, release)
    assert found[6] == ("kl-test", "assert kl() == 1") and notes == []


def test_the_text_of_an_answer_is_never_locked_by_the_student(release):
    """The student's metadata has no say: it is the release that knows what is locked and what it is worth."""
    theirs = copy.deepcopy(release)
    for one in theirs["cells"]:
        if one["metadata"]:
            one["metadata"]["nbgrader"] |= {"locked": False, "solution": True, "grade": True, "points": 99}
            one["metadata"]["tags"], one["attachments"] = ["raises-exception"], {"a.png": {"image/png": "AAAA"}}
        if one["cell_type"] == "code":
            one["outputs"] = [{"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}]
            one["execution_count"], one["source"] = 7, "pass"
    found, notes = put(cells(theirs), release)
    assert dict(found)["kl-test"] == "assert kl() == 1" and dict(found)["kl"] == "pass"
    assert notes == ["of the locked cells 3 were changed: the release's are used ('setup', 'numbers', 'kl-test')"]


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n"), lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace(" == ", "==").replace("'", '"'), lambda text: f"({text},)",
], ids=["Windows", "no-break spaces", "spaces and quotes", "brackets"])  # fmt: skip
def test_what_an_editor_or_a_formatter_does_is_no_change_and_hides_no_cell(release, change):
    theirs = copy.deepcopy(release)
    for one in theirs["cells"]:
        one["source"] = change("".join(one["source"]))
    assert put(cells(theirs), release)[1] == []
    for one in theirs["cells"]:
        one["metadata"] = {}
    assert [one["id"] for one in named(cells(theirs), release)[0] if one["id"]] == IDS


def test_hundreds_of_foreign_cells_are_one_short_note(release):
    handed_in = [*taken(release), *({"type": "code", "source": "1", "id": f"foreign-{n}"} for n in range(250))]
    [note] = put(handed_in, release)[1]
    assert (
        note == "of its cells 250 have ids that the release doesn't know ('foreign-0', 'foreign-1', 'foreign-2', ...)"
    )


def test_a_picture_in_an_answer_is_asked_for(release):
    handed_in = taken(release)
    handed_in[7]["source"] = "See ![my page.png](attachment:my%20page.png)"
    assert put(handed_in, release)[1] == [
        "a picture was pasted into 'why': only text is kept, so look at the hand-in itself"
    ]


@pytest.mark.parametrize("where, found", [(8, True), (7, False), (4, False)])
def test_an_answer_in_a_cell_of_ones_own_below_the_blank_one_is_asked_about(release, where, found):
    handed_in = taken(release)
    handed_in.insert(where, own("Because of the mean.", "markdown"))
    notebook, _ = restored(handed_in, release)
    assert [*reading.beside(notebook, {"why", "kl"})] == ["why"] * found
    assert not reading.beside(notebook, {"kl"}), "it isn't blank"
    notebook["cells"][where]["source"] = " "
    assert not reading.beside(notebook, {"why", "kl"})


@pytest.mark.parametrize("name", IDS)
def test_a_missing_cell(release, name):
    handed_in = [one for one in taken(release) if one["id"] != name]
    found, notes = put(handed_in, release)
    if name == "kl":
        assert name not in dict(found) and notes == ["the answer cell 'kl' is missing"]
        return
    assert sorted(found) == sorted((name, text) for _, name, text, *_ in RELEASE)
    names = [name for name, _ in found]
    assert [one for one in names if one] == IDS and names.index("") < names.index("numbers")
    assert notes == ([f"the cell {name!r} is missing: it was put back"] if name in ("kl-test", "why") else [])


@pytest.mark.parametrize(
    "kept", [[], ["why"], ["setup", "why"], ["kl", "why"], ["kl-test"], ["title"], ["numbers", "kl"]], ids=str
)
def test_missing_cells_come_back_in_their_order(release, kept):
    handed_in = [own("mine"), *[one for one in taken(release) if one["id"] in kept], own("mine too")]
    found, _ = put(handed_in, release)
    names = [name for name, _ in found if name]
    assert names == [name for name in IDS if name != "kl" or "kl" in kept]


def test_a_notebook_without_any_mark_keeps_its_code_before_the_tests(release):
    """Some editors drop metadata: what the student wrote still runs, and the release's tests after it."""
    handed_in = [one | {"id": ""} for one in taken(release)]
    found, notes = put(handed_in, release)
    assert found[: len(RELEASE)] == [("", one["source"]) for one in handed_in]
    assert [name for name, _ in found[len(RELEASE) :]] == [name for name in IDS if name != "kl"]
    assert notes == [
        "the answer cell 'kl' is missing", "the cell 'kl-test' is missing: it was put back",
        "the cell 'why' is missing: it was put back",
    ]  # fmt: skip


def test_where_an_editor_lost_the_ids_cells_are_found_by_their_text(release):
    """Colab and others drop them; put back blank, a written answer had 0 points."""
    handed_in = [one | {"id": ""} for one in taken(release)]
    handed_in[5]["source"], handed_in[7]["source"] = "def kl():\n    return 1", "My words."
    handed_in[5:5] = [own("helper = 1"), {"type": "markdown", "source": "thoughts", "id": ""}]
    found, notes = named(handed_in, release)
    assert {one["id"]: one["source"] for one in found if one["id"] in ("kl", "kl-test", "why")} == {
        "kl": "def kl():\n    return 1", "kl-test": "assert kl() == 1", "why": "My words."}  # fmt: skip
    assert [one["id"] for one in found if one["id"]] == IDS and notes == [FOUND] and not restored(found, release)[1]
    assert named(taken(release), release) == (taken(release), [])


@pytest.mark.parametrize("kept", [[], ["title", "why"], ["setup", "numbers"]], ids=str)
def test_a_notebook_of_another_assignment_is_refused_and_no_hand_in_of_no_points(release, kept):
    handed_in = [*[one for one in taken(release) if one["id"] in kept], own("def loss(): pass"), own("assert loss")]
    handed_in += [{"type": "markdown", "source": "## 1", "id": "loss-text"}, {**own("x"), "id": "loss"}]
    with pytest.raises(Refused, match="no question of this assignment"):
        named(handed_in, release)


def test_of_a_doubled_answer_the_last_counts_and_all_run(release):
    handed_in = taken(release)
    handed_in.insert(5, {"type": "code", "source": "def kl():\n    return 0", "id": "kl"})
    handed_in[6]["source"] = "def kl():\n    return 1"
    found, notes = put(handed_in, release)
    assert found[5:7] == [("", "def kl():\n    return 0"), ("kl", "def kl():\n    return 1")]
    assert notes == ["the cell 'kl' is there more than once"]


def test_of_a_doubled_locked_cell_one_is_left(release):
    handed_in = taken(release)
    handed_in[3:3] = [{"type": "code", "source": "assert True", "id": "kl-test"}] * 3
    found, notes = put(handed_in, release)
    assert found == [(name, text) for _, name, text, *_ in RELEASE]
    assert notes == ["the cell 'kl-test' is there more than once"]


def test_a_foreign_id_is_a_cell_of_ones_own(release):
    handed_in = [*taken(release), {"type": "code", "source": "1", "id": "bonus" * 50}]
    found, notes = put(handed_in, release)
    assert found[-1] == ("", "1") and len(notes) == 1
    assert notes[0].startswith("a cell has an id that the release doesn't know ('bonus")


def test_reordered_cells_stay_where_the_student_put_them(release):
    found, notes = put(taken(release)[::-1], release)
    assert [name for name, _ in found] == [name for _, name, *_ in RELEASE][::-1] and notes == []


def test_a_cell_of_another_kind_is_the_releases_kind_again(release):
    handed_in = taken(release)
    handed_in[5]["type"], handed_in[7]["type"] = "markdown", "code"
    result, _ = restored(handed_in, release)
    assert [one["cell_type"] for one in result["cells"]] == [kind for kind, *_ in RELEASE]


def test_every_cell_has_an_id_of_its_own(release):
    handed_in = [own("1"), *taken(release), own("2"), *taken(release)][:-2]
    result, _ = restored(handed_in, release)
    ids = [one["id"] for one in result["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_same_note_stands_once(release):
    handed_in = [*taken(release), *[{"type": "code", "source": "1", "id": "bonus"}] * 9]
    assert len(put(handed_in, release)[1]) == 1


# -- whose it says that it is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code, said",
    [
        ('STUDENT = ""', []),
        ('STUDENT = "Ada "', []),
        ("x = 1\nSTUDENT='ada'  # me", []),
        ('# STUDENT = "bob"', []),
        ('STUDENT = "bob"\nSTUDENT = "ada"', []),
        ('STUDENT = "Ada Lovelace"', ["STUDENT is 'Ada Lovelace', the folder 'ada'"]),
        ("STUDENT   =   'bob'", ["STUDENT is 'bob', the folder 'ada'"]),
    ],
)
def test_a_name_that_is_not_the_folders_is_noted(code, said):
    notebook = {"cells": [{"cell_type": "markdown", "source": "STUDENT = 'x'"}, {"cell_type": "code", "source": code}]}
    assert [note.split(":")[0] for note in reading.other_name(notebook, "ada")] == said
