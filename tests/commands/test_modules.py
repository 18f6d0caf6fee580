"""What code imports of the library, and what a release of an older version needs beside it today."""

import ast

import pytest

from course_lib.books.modules import imports, needed

# What a release of the version before the house was sorted can list, in its sheet and in its key
LISTED = """baselines checks corrupt curves data evaluate handin losses models muon photographs plotting repro shapes
            training widgets""".split()


@pytest.mark.parametrize(
    "code, package, found",
    [
        ("from course_lib import data, losses", "", {"data", "losses"}),
        ("import course_lib.models.dense as dense, torch", "", {"models"}),
        ("def f():\n    from course_lib.data.mnist import digits", "", {"data"}),
        ("import course_lib\nfrom my.course_lib import losses", "", set()),
        ("from . import losses", "", set()),
        ("from . import mnist\nfrom .. import ground\nfrom ..shapes import same", "course_lib.data",
         {"data", "ground", "shapes"}),
    ],
)  # fmt: skip
def test_the_rooms_that_code_imports(code, package, found):
    assert imports(ast.parse(code), package) == found


@pytest.mark.parametrize("room", LISTED)
def test_what_an_older_release_lists_is_there_with_all_that_it_needs_today(room):
    places = needed([room])
    names = {place.stem for place in places}
    assert {"__init__", room} <= names and all(place.exists() for place in places)
    assert not names & {"grading", "commands", "setup", "books"}, "no exercise needs these, nor should it see them"
    assert {place.stem for place in needed(names)} == names


def test_a_room_that_the_library_never_had_is_no_accident():
    assert [place.name for place in needed(["handin", "nowhere"])] == ["__init__.py", "handin.py", "nowhere.py"]
