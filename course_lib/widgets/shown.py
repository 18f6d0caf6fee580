"""An explorer as the last value of a cell."""

from course_lib.ground import switch
from course_lib.live.page import MIME, html
from course_lib.plotting import Figure

HEADLESS = "COURSE_HEADLESS"  # says that a notebook is run without a reader: explorers then show one figure


class Live:
    """An explorer; `static` is the figure that stands in for it.

    Run by a reader it is HTML that lives in the page. Run without one (COURSE_HEADLESS) it is the figure, with the
    explorer's numbers beside it: they are what a website, a deck or a reader's copy is woken with.
    """

    def __init__(self, config: dict, static: Figure) -> None:
        self.config, self.static = config, static

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        data = self.static._repr_mimebundle_()
        if switch(HEADLESS):
            return data | {MIME: self.config}
        return data | {"text/html": html(self.config, data["text/html"])}
