"""The README's scoreboard is the notebooks' own: made from their stored tables, never typed."""

import json
import re

import pytest

from course_lib.claims import scoreboard
from course_lib.ground import ROOT

HEAD = "model  codes  measure  ours  published  asked for\n-----\n"
TEXT = "MNIST, fast mode\n" + HEAD + "PCA-2  2  error  43.64  -  -\ndeep AE  30  error  2.76  3.00  at most that\n"
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def book(folder, text, name="03_book", tags=("scoreboard",)):
    cell = {"cell_type": "code", "metadata": {"tags": list(tags)}, "outputs": [{"output_type": "stream", "text": text}]}
    file = folder / f"{name}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": ""}, cell]}), "utf-8")
    return file


def all_rows():
    full = scoreboard.tables((ROOT / scoreboard.FULL).read_text("utf-8"))
    stored = {notebook.stem: scoreboard.printed(notebook) for notebook in BOOKS}
    for state, texts in (("fast", stored), ("full", full)):
        for stem, text in texts.items():
            yield from ((state, stem, *row) for row in (scoreboard.rows(text, stem) if text else []))


def test_the_readme_shows_what_the_notebooks_printed():
    readme = (ROOT / "README.md").read_text("utf-8")
    again = scoreboard.renew(readme, scoreboard.markdown())
    assert readme == again, "make the scoreboard anew: python -m course_lib scoreboard"


def test_every_notebook_that_trains_on_digits_is_on_it():
    printed = {notebook.stem.partition("_")[0] for notebook in BOOKS if scoreboard.printed(notebook)}
    assert printed >= {"01", "03", "03b", "04", "05", "06", "07", "08", "09"}


def test_the_kept_tables_are_of_the_full_mode_and_of_notebooks_that_are_there():
    full = scoreboard.tables((ROOT / scoreboard.FULL).read_text("utf-8"))
    assert set(full) <= {notebook.stem for notebook in BOOKS}
    assert all(text.startswith("MNIST, full mode\n") for text in full.values())


@pytest.mark.parametrize("row", list(all_rows()), ids=lambda row: " ".join(row[:4]))
def test_what_is_asked_of_a_published_number_holds(row):
    state, _, _, _, _, ours, theirs, asked = row
    ours = float(ours)
    if theirs == "-":
        assert asked == "-"
    elif asked == "not reproduced":
        assert ours > float(theirs)
    elif match := re.fullmatch(r"within ([\d.]+)", asked):
        assert abs(ours - float(theirs)) <= float(match[1]) + 0.005  # ours is rounded to two digits
    elif match := re.fullmatch(r"below ([\d.]+)", asked):
        assert ours < float(match[1])
    elif re.fullmatch(r"at most (that|[\d.]+)", asked):
        limit = asked.removeprefix("at most ")
        assert ours <= float(theirs if limit == "that" else limit)
    else:
        assert asked == "below the VAE's" and ours < vae_nll(state)


def vae_nll(state):
    wanted = state, "VAE, 50 codes", "NLL in nats"
    return next(float(row[5]) for row in all_rows() if (row[0], row[2], row[4]) == wanted)


def test_fast_and_full_stand_side_by_side(tmp_path):
    book(tmp_path / "notebooks", TEXT)
    book(tmp_path / "notebooks", "no table here", "02_other", tags=())
    longer = TEXT.replace("fast", "full").replace("2.76", "2.02")
    book(tmp_path / "executed", longer)
    assert "2.02" not in scoreboard.markdown(tmp_path)
    scoreboard.keep_full(tmp_path / "executed", tmp_path)
    lines = scoreboard.markdown(tmp_path).splitlines()
    assert lines[2:] == [
        "| 03 | PCA-2 | 2 | error | 43.64 | 43.64 |  |  |",
        "| 03 | deep AE | 30 | error | 2.76 | 2.02 | 3.00 | at most that |",
    ]
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")


def test_keeping_one_notebook_leaves_the_others(tmp_path):
    book(tmp_path / "notebooks", TEXT)
    for name in ("03_book", "04_book"):
        book(tmp_path / name, TEXT.replace("fast", "full"), name)
        scoreboard.keep_full(tmp_path / name, tmp_path)
    assert set(scoreboard.tables((tmp_path / scoreboard.FULL).read_text("utf-8"))) == {"03_book", "04_book"}


def test_a_fast_run_is_not_kept_as_a_full_one(tmp_path):
    book(tmp_path / "executed", TEXT)
    with pytest.raises(scoreboard.NoTable, match="not run in full mode"):
        scoreboard.keep_full(tmp_path / "executed", tmp_path)
    assert not (tmp_path / scoreboard.FULL).exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has not been run"),
        (TEXT.replace("MNIST", "embedded digits"), "wasn't made on MNIST"),
        (TEXT.replace("ours", "mine"), "columns must be model, codes"),
        (TEXT.replace("  43.64  -", "  43.64"), "5 fields instead of 6"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path, text, why):
    book(tmp_path / "notebooks", text)
    with pytest.raises(scoreboard.NoTable, match=why) as caught:
        scoreboard.markdown(tmp_path)
    assert "03_book" in str(caught.value)


def test_a_readme_without_marks_is_left_alone():
    with pytest.raises(scoreboard.NoTable, match="lost a mark"):
        scoreboard.renew("# Autoencoders\n", "| table |")
    text = f"before\n{scoreboard.BEGIN}\nold\n{scoreboard.END}\nafter\n"
    assert scoreboard.renew(text, "| new |") == f"before\n{scoreboard.BEGIN}\n\n| new |\n\n{scoreboard.END}\nafter\n"
