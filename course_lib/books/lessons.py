"""A lesson as its reader meets it: the stored notebook, with what lives in the page awake.

The reader's copy, the website and the decks are all made of this.
"""

from pathlib import Path

from course_lib.live import store

from .files import read


def page(path: Path):
    """The lesson's notebook with its explorer alive. Raises ValueError where the file is no notebook."""
    return store.wake(read(path), store.numbers(store.lesson(path)))
