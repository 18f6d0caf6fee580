"""Numbers of one's own: the same for the same name, another for another, the same for the student and the grader."""

import json
import math
from collections import Counter

import pytest

from course_lib import handin

CHOICES = {"slope": [2, 3, 4, 5], "shift": [0.5, 1.5, 2.5]}
CLASS = [f"student{number}" for number in range(1200)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with an assignment's file whose salt is "abc"."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assignment.json").write_text(json.dumps({"salt": "abc"}))
    return tmp_path


def test_the_numbers_of_a_name_never_change():
    """What was handed out must stay what is graded."""
    assert handin.drawn("ada", "abc", CHOICES) == {"slope": 3, "shift": 1.5}
    assert handin.drawn("Grace", "abc", CHOICES) == {"slope": 3, "shift": 0.5}


@pytest.mark.parametrize("name", ["Ada", "ADA", "  ada", "ada \n", "\taDa ", "ada\u200b", "\ufeffAda\xa0", "a\xadda"])
def test_large_letters_and_spaces_around_a_name_make_no_difference(name):
    for salt in ("", "abc", "salt"):
        assert handin.drawn(name, salt, CHOICES) == handin.drawn("ada", salt, CHOICES)


def test_every_choice_is_reached_about_equally_often():
    pairs = Counter(tuple(handin.drawn(name, "abc", CHOICES).values()) for name in CLASS)
    assert len(pairs) == 12
    expected = len(CLASS) / 12
    chi = sum((count - expected) ** 2 / expected for count in pairs.values())
    assert chi < 11 + 5 * math.sqrt(22), pairs  # 11 degrees of freedom


def test_two_lists_of_the_same_length_are_drawn_independently():
    twins = [handin.drawn(name, "abc", {"a": [1, 2, 3], "b": [1, 2, 3]}) for name in CLASS]
    assert 0.25 < sum(one["a"] == one["b"] for one in twins) / len(CLASS) < 0.42


def test_another_salt_gives_other_numbers():
    changed = sum(handin.drawn(name, "abc", CHOICES) != handin.drawn(name, "abd", CHOICES) for name in CLASS)
    assert 0.85 < changed / len(CLASS) < 0.98  # 11 of 12


def test_a_list_keeps_its_number_whatever_else_is_asked_for():
    assert handin.drawn("ada", "abc", {"slope": CHOICES["slope"]}) == {"slope": 3}
    assert handin.drawn("ada", "abc", dict(reversed(CHOICES.items()))) == {"slope": 3, "shift": 1.5}


def test_the_student_gets_what_the_grader_expects(folder):
    for name in CLASS[:50]:
        assert handin.my_numbers(name.upper(), **CHOICES) == handin.drawn(name, "abc", CHOICES)


def test_without_the_assignments_file_the_salt_is_empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert handin.my_numbers("ada", **CHOICES) == handin.drawn("ada", "", CHOICES)


@pytest.mark.parametrize("name", [None, 7, ["ada"], ...])
def test_a_name_that_is_no_text_is_refused_in_plain_words(folder, name):
    with pytest.raises(TypeError, match='write your name for this course in quotes, STUDENT = "ada"'):
        handin.my_numbers(name, **CHOICES)


def test_the_assignments_file_is_read_with_a_byte_order_mark(folder):
    (folder / "assignment.json").write_text(json.dumps({"salt": "abc"}), "utf-8-sig")
    assert handin.sheet(folder) == {"salt": "abc"}
    assert handin.sheet(folder / "nowhere") == {}


def test_without_the_sheet_the_numbers_are_said_not_to_be_ones_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    handin.my_numbers("", slope=[1, 2])
    assert not capsys.readouterr().out
    handin.my_numbers("ada", slope=[1, 2])
    assert "these numbers are not yours" in capsys.readouterr().out
