"""A release is put in force whole, or not at all: what was released before stays, in the folder and the gradebook."""

import os

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading.release import publish  # noqa: E402
from course_lib.grading.upkeep import releases  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.conftest import command  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402


def everything(folder):
    """All files of a folder with their bytes; all folders."""
    return {
        str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None for one in sorted(folder.rglob("*"))
    }


@pytest.fixture
def places(tmp_path):
    """Four things that were made, three of which replace something."""
    made, there = tmp_path / "made", tmp_path / "there"
    for folder in (made, there):
        (folder / "source").mkdir(parents=True)
        (folder / "release").mkdir()
        (folder / "source" / "a.ipynb").write_text(f"{folder.name} source")
        (folder / "release" / "a.ipynb").write_text(f"{folder.name} release")
        (folder / "a.zip").write_text(f"{folder.name} zip")
    (made / "key.json").write_text("the first key")
    return {made / name: there / name for name in ("source", "release", "a.zip", "key.json")}


def test_all_is_put_in_its_place(places, tmp_path):
    wanted = everything(tmp_path / "made")
    publish.put_in_force(tmp_path / "before", places)
    assert everything(tmp_path / "there") == wanted


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
@pytest.mark.parametrize("step", range(7))
def test_a_step_that_fails_takes_all_the_others_back(places, tmp_path, monkeypatch, step, error):
    before, rename, steps = everything(tmp_path / "there"), os.rename, []

    def failing(*where):
        steps.append(where)
        if len(steps) == step + 1:
            raise error
        rename(*where)

    monkeypatch.setattr(publish.os, "rename", failing)
    with pytest.raises(type(error)):
        publish.put_in_force(tmp_path / "before", places)
    assert everything(tmp_path / "there") == before


@pytest.mark.parametrize("where", ["schema.make", "generate", "describe", "leaked", "releases.shape", "put_in_force"])
def test_a_release_that_fails_anywhere_leaves_the_one_that_was_made(tiny, monkeypatch, capsys, where):
    file = tiny.sources / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text().replace("unseen_row.mean()) < 1e-3", "unseen_row.mean()) < 1e-2"))
    before = everything(tiny.home)

    def full(*rest, **named):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(f"course_lib.grading.release.publish.{where}", full)
    assert command(tiny, "release") == 1
    assert capsys.readouterr().err.startswith("grading: the disk is full")
    after = everything(tiny.home)
    assert before.pop("gradebook.db") == after.pop("gradebook.db") or where == "put_in_force"
    assert after == before
    monkeypatch.undo()
    assert command(tiny, "doctor") in (0, 3) and "not as it was released" not in capsys.readouterr().out


def test_a_release_that_would_tell_is_not_heard_of_in_the_gradebook(tiny, monkeypatch, capsys):
    file = tiny.sources / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text().replace("unseen_row.mean()) < 1e-3", "unseen_row.mean()) < 1e-2"))
    before = everything(tiny.home)
    monkeypatch.setattr(publish, "leaked", lambda *rest: ["the solution's line"])
    assert command(tiny, "release") == 1
    assert "would hold solution text" in capsys.readouterr().err
    assert everything(tiny.home) == before


def test_what_nbgrader_draws_anew_is_not_part_of_a_releases_shape():
    notebook = hostile.source()
    before = releases.shape(notebook)
    for number, cell in enumerate(notebook["cells"]):
        cell["id"], cell["outputs"] = f"other-{number}", []
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    assert releases.shape(notebook) == before
    notebook["cells"][0]["source"] = "another text"
    assert releases.shape(notebook) != before
