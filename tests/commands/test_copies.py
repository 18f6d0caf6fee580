"""The reader's copies: a new version of a lesson meets what was written, and nothing of it is lost."""

import itertools
import multiprocessing
import os
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import __main__ as launcher
from course_lib import ground
from course_lib.books import copies, merge
from course_lib.commands import lab, notebooks, reset, running
from tests.conftest import posix


def code(id, source, *said, **more):
    """A code cell that printed this."""
    outputs = [new_output("stream", text=text) for text in said]
    return new_code_cell(source, id=id, outputs=outputs, **more)


def lesson(*cells):
    """A lesson's page: its cells, or a small one."""
    usual = [
        new_markdown_cell("# 01  Lines", id="title"),
        code("train", "fit()", "error 4\n"),
        code("stub", "def f(): ..."),
    ]
    return new_notebook(cells=list(cells) or usual)


def changed(notebook, **sources):
    """The same with other sources in these cells."""
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    return notebook


def noted(notebook):
    return merge.noted(notebook, "01", "a stamp")


def told(notebook):
    """id: source, with own ids shortened."""
    return [(cell.id if not cell.id.startswith("yours-") else "yours", cell.source) for cell in notebook.cells]


OWN = code("own", "print(1)", "1\n", execution_count=3)
TITLE, TRAIN, STUB = ("title", "# 01  Lines"), ("train", "fit()"), ("stub", "def f(): ...")
ANSWER, NEW = "def f(): return 1", "def f(x): ..."
TABLE = {  # what the reader does, what the lesson does, what comes of it (id, source), what is said
    "nothing": (lambda it: it, {}, [TITLE, TRAIN, STUB], ""),
    "the lesson is renewed": (lambda it: it, {"train": "fit(2)"}, [TITLE, ("train", "fit(2)"), STUB], ""),
    "an answer": (
        lambda it: changed(it, stub=ANSWER), {"train": "fit(2)"},
        [TITLE, ("train", "fit(2)"), ("stub", ANSWER)], "1 cell that you changed",
    ),
    "an answer to what is asked anew": (
        lambda it: changed(it, stub=ANSWER), {"stub": NEW},
        [TITLE, TRAIN, ("stub", NEW), ("yours", ANSWER)],
        "1 cell that you changed (1 of them below the lesson's new version)",
    ),
    "both wrote the same": (lambda it: changed(it, stub=NEW), {"stub": NEW}, [TITLE, TRAIN, ("stub", NEW)], ""),
    "an own cell": (
        lambda it: it.cells.insert(2, OWN), {"title": "# 1"},
        [("title", "# 1"), TRAIN, ("own", "print(1)"), STUB], "1 cell of your own",
    ),
    "an own cell above all": (
        lambda it: it.cells.insert(0, OWN), {}, [("own", "print(1)"), TITLE, TRAIN, STUB], "1 cell of your own",
    ),
    "a cell taken out": (lambda it: it.cells.pop(1), {"title": "# 1"}, [("title", "# 1"), STUB], ""),
    "a cell taken out that is new": (
        lambda it: it.cells.pop(1), {"train": "fit(2)"}, [TITLE, ("train", "fit(2)"), STUB], "",
    ),
    "a cell twice": (
        lambda it: it.cells.append(code("stub", ANSWER)), {},
        [TITLE, TRAIN, STUB, ("yours", ANSWER)], "1 cell of your own",
    ),
    "another kind of cell": (
        lambda it: it.cells.__setitem__(2, new_markdown_cell("def f(): ...", id="stub")), {"title": "# 1"},
        [("title", "# 1"), TRAIN, STUB], "1 cell that you changed",
    ),
    "a note that is gone": (
        lambda it: (changed(it, stub=ANSWER), it.metadata.clear()), {"title": "# 1"},
        [("title", "# 1"), ("yours", TITLE[1]), TRAIN, ("stub", "def f(): ..."), ("yours", ANSWER)],
        "2 cells that you changed (2 of them below the lesson's new version), 1 output",
    ),
    "a note that is nonsense": (
        lambda it: it.metadata.update(course={"cells": [1, ["a"], ["stub", 1, 2]]}), {},
        [TITLE, TRAIN, STUB], "1 output",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_a_new_version_meets_what_was_written(case):
    does, sources, wanted, said = TABLE[case]
    old, new = noted(lesson()), noted(changed(lesson(), **sources))
    does(old)
    before = [cell.source for cell in old.cells]
    merged, yours = merge.merge(old, new)
    assert told(merged) == wanted and str(yours) == said
    assert [cell.source for cell in old.cells] == before, "an argument was changed"
    nbformat.validate(merged)
    again, _ = merge.merge(merged, new)
    assert told(again) == told(merged), "the same version once more changes something"


def test_a_lesson_s_cell_that_is_gone_goes_unless_it_was_changed():
    new = noted(lesson(new_markdown_cell("# 01", id="title")))
    assert told(merge.merge(noted(lesson()), new)[0]) == [("title", "# 01")]
    merged, yours = merge.merge(changed(noted(lesson()), stub=ANSWER), new)
    assert told(merged) == [("title", "# 01"), ("stub", ANSWER)] and yours.own == 1


def test_nothing_that_was_written_is_ever_lost():
    """All ways to change and take out two cells, and to move and add one, against all changes of the lesson."""
    ways = list(itertools.product(["as it is", "written", "out"], repeat=2))
    for mine, theirs, moved in itertools.product(ways, ways, [False, True]):
        old, new = noted(two()), two()
        for who, doing, notebook in (("mine", mine, old), ("theirs", theirs, new)):
            for i, way in enumerate(doing):
                notebook.cells[i].source = f"{who} {i}" if way == "written" else way
            notebook.cells = [cell for cell in notebook.cells if cell.source != "out"]
        old.cells = [OWN, *old.cells[::-1]] if moved else [*old.cells, OWN]
        merged, _ = merge.merge(old, noted(new))
        sources, ids = [cell.source for cell in merged.cells], [cell.id for cell in merged.cells]
        assert all(cell.source in sources for cell in old.cells if cell.source.startswith(("mine", "print")))
        assert all(cell.source in sources for cell in new.cells if cell.source.startswith("theirs"))
        assert len(ids) == len(set(ids))


def two():
    """A lesson of two cells."""
    return lesson(code("cell0", "as it is"), code("cell1", "as it is"))


def test_outputs_are_the_reader_s_where_the_text_is_the_same():
    old = noted(lesson())
    old.cells[1].update(outputs=[new_output("stream", text="error 3\n")], execution_count=7)
    merged, yours = merge.merge(old, noted(changed(lesson(), title="# 1")))
    assert merged.cells[1].outputs[0].text == "error 3\n" and merged.cells[1].execution_count == 7 and yours.ran == 1
    merged, _ = merge.merge(old, noted(changed(lesson(), train="fit(2)")))
    assert merged.cells[1].outputs[0].text == "error 4\n" and merged.cells[1].execution_count is None
    fresh = noted(lesson(new_markdown_cell("# 01  Lines", id="title"), code("train", "fit()", "error 2\n")))
    assert merge.merge(noted(lesson()), fresh)[0].cells[1].outputs[0].text == "error 2\n", "nobody ran it: renewed"


def test_a_copy_that_was_saved_without_ids_is_known_by_its_texts():
    old = changed(noted(lesson()), stub=ANSWER)
    for cell in old.cells:
        del cell["id"]
    merged, yours = merge.merge(old, noted(changed(lesson(), title="# 1")))
    assert told(merged) == [("title", "# 1"), TRAIN, ("yours", ANSWER)] and yours.own == 1


def test_pasted_pictures_are_written_too():
    old = noted(lesson())
    old.cells[0].attachments = {"a.png": {"image/png": "AAAA"}}
    assert merge.merge(old, noted(changed(lesson(), train="2")))[0].cells[0].attachments == old.cells[0].attachments


def test_names_that_are_drawn_anew_are_no_change():
    pages = [code("x", "x", '<div data-live="0123456789ab">a</div> mount("0123456789ab", {})') for _ in range(2)]
    pages[1].outputs[0].text = pages[1].outputs[0].text.replace("0123456789ab", "ba9876543210")
    assert merge.shown(pages[0]) == merge.shown(pages[1])


# -- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson and its glossary, an own Jupyter; the folders of both."""
    books, work = tmp_path / "notebooks", tmp_path / "work"
    books.mkdir()
    nbformat.write(lesson(), books / "01_lines.ipynb")
    (books / "glossary.md").write_text("### code\n")
    monkeypatch.setattr(copies, "BOOKS", books)
    monkeypatch.setattr(copies, "lessons", lambda start=False: sorted(books.glob("*.ipynb")))
    monkeypatch.setattr(copies, "page", lambda path: nbformat.read(path, 4))
    monkeypatch.setattr(time, "strftime", lambda pattern: "2026-01-02 03.04")
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("COURSE_WORK", str(work))
    assert copies.folder() == (work, "")
    return books, work


def written(file, *sources):
    """A copy whose last cells say this now."""
    notebook = nbformat.read(file, 4)
    for cell, source in zip(notebook.cells[::-1], sources, strict=False):
        cell.source = source
    nbformat.write(notebook, file)
    return file.read_bytes()


def published(books, **sources):
    """A new version of the lesson."""
    nbformat.write(changed(lesson(), **sources), books / "01_lines.ipynb")


def everything(work):
    return {file.relative_to(work).as_posix(): file.read_bytes() for file in work.rglob("*") if file.is_file()}


def test_a_copy_is_made_signed_and_left_alone_until_the_lesson_changes(course):
    books, work = course
    assert copies.renew(work) == []
    copy = work / "01_lines.ipynb"
    assert copies.notary().check_signature(nbformat.read(copy, 4)) and (work / "glossary.md").is_file()
    mine, before = written(copy, ANSWER), everything(work)
    assert copies.renew(work) == [] and everything(work) == before
    published(books, train="fit(2)")
    [line] = copies.renew(work)
    assert "01_lines has a new version. Yours stays: 1 cell that you changed" in line
    kept = "earlier/01_lines 2026-01-02 03.04.ipynb"
    assert kept in line and (work / kept).read_bytes() == mine
    assert told(nbformat.read(copy, 4)) == [TITLE, ("train", "fit(2)"), ("stub", ANSWER)]
    assert copies.renew(work) == []


def test_an_untouched_copy_is_renewed_without_a_word(course):
    books, work = course
    copies.renew(work)
    published(books, train="fit(2)")
    (books / "glossary.md").write_text("### code\nmore\n")
    assert copies.renew(work) == [] and not (work / "earlier").exists()
    assert "fit(2)" in (work / "01_lines.ipynb").read_text() and "more" in (work / "glossary.md").read_text()


def test_a_copy_is_trusted_only_as_far_as_its_reader_trusted_it(course):
    books, work = course
    copies.renew(work)
    written(work / "01_lines.ipynb", ANSWER)  # by something that signs nothing: a file from elsewhere, say
    published(books, train="fit(2)")
    copies.renew(work)
    assert not copies.notary().check_signature(nbformat.read(work / "01_lines.ipynb", 4))


def test_a_copy_that_is_open_is_left_alone_and_said(course):
    books, work = course
    copies.renew(work)
    before = everything(work)
    published(books, train="fit(2)")
    assert copies.renew(work, {"01_lines.ipynb"}) == [
        "01_lines has a new version: close it in JupyterLab, then start again."
    ]
    assert everything(work) == before


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"\xff\xfe", b"[]", b'{"nbformat": 4, "cells": 3}'])
def test_a_copy_that_can_t_be_read_is_kept(course, content):
    _, work = course
    copies.renew(work)
    (work / "01_lines.ipynb").write_bytes(content)
    [line] = copies.renew(work)
    assert "could not be read: it lies in earlier/01_lines 2026-01-02 03.04.ipynb" in line
    assert (work / "earlier" / "01_lines 2026-01-02 03.04.ipynb").read_bytes() == content
    assert told(nbformat.read(work / "01_lines.ipynb", 4)) == [TITLE, TRAIN, STUB]


def test_copies_of_one_minute_have_names_of_their_own(course):
    _, work = course
    copies.renew(work)
    first, second, third = (copies.keep(work / "a.ipynb", text) for text in (b"1", b"2", b"1"))
    assert first != second and third == first and second.name == "a 2026-01-02 03.04 (2).ipynb"


@pytest.mark.parametrize("at", [0, 1])
def test_a_full_disk_leaves_all_as_it_was(course, monkeypatch, at):
    """At the copy with the date, and at the new copy itself."""
    books, work = course
    copies.renew(work)
    mine = written(work / "01_lines.ipynb", ANSWER)
    published(books, train="fit(2)")
    write, times = ground.write, itertools.count()

    def full(file, content, private=False):
        if next(times) >= at:
            raise OSError(28, "No space left on device")
        write(file, content, private)

    monkeypatch.setattr(ground, "write", full)
    [line] = copies.renew(work)
    assert line == "01_lines could not be copied (No space left on device): what you have is as it was."
    assert (work / "01_lines.ipynb").read_bytes() == mine
    monkeypatch.undo()


def test_what_is_saved_in_the_middle_of_a_renewal_stays(course, monkeypatch):
    books, work = course
    copies.renew(work)
    written(work / "01_lines.ipynb", ANSWER)
    published(books, train="fit(2)")
    untouched = merge.untouched
    monkeypatch.setattr(merge, "untouched", lambda old: written(work / "01_lines.ipynb", "later") and untouched(old))
    [line] = copies.renew(work)
    assert "it was written meanwhile" in line
    assert nbformat.read(work / "01_lines.ipynb", 4).cells[-1].source == "later"


def test_a_lesson_that_is_gone_leaves_what_was_written(course):
    books, work = course
    copies.renew(work)
    (books / "01_lines.ipynb").unlink()
    written(work / "01_lines.ipynb", ANSWER)
    (work / "mine.ipynb").write_text("{}")
    before = everything(work)
    assert copies.renew(work) == [] and everything(work) == before
    written(work / "01_lines.ipynb", STUB[1])
    copies.renew(work)
    assert not (work / "01_lines.ipynb").exists() and (work / "mine.ipynb").exists()


def test_a_changed_glossary_is_kept_beside(course):
    books, work = course
    copies.renew(work)
    (work / "glossary.md").write_text("mine")
    [line] = copies.renew(work)
    assert "You changed glossary.md: yours lies in earlier/glossary 2026-01-02 03.04.md" in line
    assert (work / "earlier" / "glossary 2026-01-02 03.04.md").read_text() == "mine"
    (work / copies.KNOWN).write_text("nonsense")
    assert copies.renew(work) == []


@posix
def test_two_starts_at_once_make_each_copy_once(course):
    books, work = course
    copies.renew(work)
    mine = written(work / "01_lines.ipynb", ANSWER)
    published(books, stub=NEW)
    fork = multiprocessing.get_context("fork")
    calls = [fork.Process(target=copies.renew, args=(work,)) for _ in range(3)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(60)
    assert told(nbformat.read(work / "01_lines.ipynb", 4))[2:] == [("stub", NEW), ("yours", ANSWER)]
    assert [file.read_bytes() for file in (work / "earlier").iterdir()] == [mine]


def test_where_the_copies_lie(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.setattr(copies, "ROOT", tmp_path / "course")
    monkeypatch.setattr(copies, "data_folder", lambda: tmp_path / "user")
    assert copies.folder() == (tmp_path / "course" / "work", "")
    monkeypatch.setattr(copies, "ROOT", tmp_path / "file")
    (tmp_path / "file").touch()  # nobody, root neither, can make a folder below a file
    work, said = copies.folder()
    assert work == tmp_path / "user" / "work" and str(work) in said and work.is_dir()
    monkeypatch.setattr(copies, "data_folder", lambda: tmp_path / "file")
    work, said = copies.folder()
    assert work.is_dir() and "KEEP THEM ELSEWHERE" in said
    work.rmdir()


# -- commands ------------------------------------------------------------------------------------------------


@pytest.fixture
def command(course, monkeypatch):
    """`main`, in this process, on that course; JupyterLab is only noted."""
    books, work = course
    calls = []
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for module in (lab, reset):
        monkeypatch.setattr(module, "environment", lambda: "python")
        monkeypatch.setattr(module, "go_on", lambda python, arguments: None)
        monkeypatch.setattr(module, "choose", lambda names: notebooks.choose(names, books))
    for module in (lab, reset):
        monkeypatch.setattr(module, "BOOKS", books)
    monkeypatch.setattr(lab, "hand_over", lambda command, env: calls.append(command) or 0)
    monkeypatch.setattr(running, "labs", lambda work: [])
    monkeypatch.chdir(work)
    return launcher.main, work, calls


def test_the_course_opens_on_its_start_page_then_where_it_was_left(command):
    main, work, calls = command
    assert main([]) == main(["--no-browser", "--port=9000"]) == main(["lab", "01", "--port", "9000"]) == 0
    first, second, third = calls
    assert f"--ServerApp.root_dir={work}" in first and "--LabApp.default_url=/lab/tree/00_start.ipynb" in first
    assert "--LabApp.default_url=/lab" in second and second[-2:] == ["--no-browser", "--port=9000"]
    assert "--LabApp.default_url=/lab/tree/01_lines.ipynb" in third and third[-2:] == ["--port", "9000"]
    assert str(lab.OURS) in os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert main(["lab", "nonsense"]) == 2 and len(calls) == 3


def test_another_notebook_opens_where_it_lies(command, tmp_path):
    main, work, calls = command
    (tmp_path / "pca").mkdir()
    for place in (tmp_path / "pca" / "pca.ipynb", work / "mine.ipynb"):
        nbformat.write(lesson(), place)
        assert main(["lab", str(place)]) == 0
        assert f"--ServerApp.root_dir={place.parent}" in calls[-1]
        assert f"--LabApp.default_url=/lab/tree/{place.name}" in calls[-1]


def test_a_course_that_is_open_already_is_shown_again(command, monkeypatch, capsys):
    main, work, calls = command
    there = running.Lab("http://localhost:9000/", "secret", work.resolve())
    monkeypatch.setattr(running, "labs", lambda work: [there])
    monkeypatch.setattr(running.Lab, "ask", lambda self, what: [{"path": "01_lines.ipynb"}, {"path": "no/01.ipynb"}])
    opened = []
    monkeypatch.setattr(lab.webbrowser, "open", opened.append)
    assert main(["lab", "01"]) == main(["--no-browser"]) == 0 and not calls
    assert opened == ["http://localhost:9000/lab/tree/01_lines.ipynb?token=secret"]
    assert running.open_copies(work, [there]) == {"01_lines.ipynb"}
    assert main(["reset", "01"]) == 1 and "open in JupyterLab" in capsys.readouterr().err


def test_reset_gives_a_fresh_copy_and_keeps_the_old(command, capsys):
    main, work, _ = command
    assert main(["reset", "01"]) == 0
    mine = written(work / "01_lines.ipynb", ANSWER)
    assert main(["reset", "01"]) == 0
    assert "01_lines is fresh; as it was before: earlier/01_lines 2026-01-02 03.04.ipynb." in capsys.readouterr().out
    assert told(nbformat.read(work / "01_lines.ipynb", 4)) == [TITLE, TRAIN, STUB]
    assert [file.read_bytes() for file in (work / "earlier").iterdir()] == [mine]
    assert main(["reset", "02"]) == 2
    assert (
        main(["reset", str(work / "01_lines.ipynb")]) == 0
        and told(nbformat.read(work / "01_lines.ipynb", 4))[0] == TITLE
    )
    nbformat.write(lesson(), work.parent / "notebooks" / "01b_more.ipynb")
    nbformat.write(lesson(), work / "mine.ipynb")
    assert main(["reset", "01"]) == 0 and not (work / "01b_more.ipynb").exists()
    before = everything(work)
    assert main(["reset", str(work / "mine.ipynb")]) == 2 and everything(work) == before


def test_who_is_asked_for_open_copies(tmp_path, monkeypatch):
    runtime, work = tmp_path / "runtime", tmp_path / "home" / "work"
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr(running.Lab, "ask", lambda self, what: 1 / (self.url != "dead") and [])
    servers = {"our": work, "above": work.parent, "other": tmp_path / "other"}
    for name, root in servers.items():
        (runtime / f"jpserver-{name}.json").write_text(
            f'{{"url": "{name}", "token": "", "root_dir": "{root.as_posix()}"}}'
        )
    (runtime / "jpserver-broken.json").write_text("{")
    assert [one.url for one in running.labs(work)] == ["above", "our"]
