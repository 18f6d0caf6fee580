"""Sphinx with MyST-NB and the book theme: pages into a website. Nothing is executed, nothing asked of the network."""

import io
import re
import sys
from pathlib import Path

from course_lib.commands.slides.words import formula

STYLE = Path(__file__).parent / "site.css"
ICON = Path(__file__).parent / "favicon.svg"
BLOCK = r'<div class="highlight-(?!text)[\w-]+ notranslate"><div class="highlight"><pre>(?:<span></span>)?'
CODE = re.compile(f"({BLOCK})(.*?)(</pre>)", re.DOTALL)  # not what was printed, nor pictures made of letters


class NotBuilt(Exception):
    """The website could not be made; says why in one line."""


def settings() -> dict:
    """What Sphinx is told."""
    return {
        "project": "Autoencoders",
        "html_title": "Autoencoders: a course that runs",
        "author": "the course's authors",
        "language": "en",
        "extensions": ["myst_nb", __name__],
        "html_theme": "sphinx_book_theme",
        "html_static_path": [str(STYLE)],
        "html_css_files": [STYLE.name],
        "html_favicon": str(ICON),
        "html_context": {"default_mode": "auto"},  # light or dark, as the reader's system is
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_copyright": False,
        "html_math_renderer": "drawn",
        "html_theme_options": {
            "use_download_button": False,
            "use_fullscreen_button": False,
            "home_page_in_toc": True,
            "show_toc_level": 2,
            "navbar_start": [],
            "navbar_center": [],
            "navbar_end": [],
            "navbar_persistent": [],
        },
        "nb_execution_mode": "off",
        "nb_ipywidgets_js": {},
        "nb_merge_streams": True,
        "nb_code_prompt_show": "Show the code",
        "nb_code_prompt_hide": "Hide the code",
        "nb_output_stderr": "remove",
        "nb_render_markdown_format": "myst",
        "myst_enable_extensions": ["dollarmath", "amsmath"],
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 4,
        "myst_links_external_new_tab": False,
        "suppress_warnings": ["mystnb.unknown_mime_type", "myst.header", "misc.highlighting_failure"],
    }


def drawn(self, node, display: bool) -> None:
    """A formula as a picture that needs no font and no script, with its source for screen readers."""
    from docutils import nodes

    try:
        picture = formula(node.astext().strip(), display)
        self.body.append(picture.replace("<span ", '<span tabindex="0" ', 1) if display else picture)  # it may scroll
    except ValueError as error:
        raise NotBuilt(f"{self.builder.current_docname}: {error}") from error
    raise nodes.SkipNode


def lined(page: str) -> str:
    """Each line of code a block of its own: where it is too long, the style lets its rest hang below its beginning."""

    def line(text: str) -> str:
        bare = re.sub(r"<[^>]*>", "", text)
        indent = len(bare) - len(bare.lstrip(" "))
        return f'<span class="line" style="--in:{indent}ch">{text}</span>'

    return CODE.sub(lambda m: m[1] + "".join(map(line, m[2].splitlines(keepends=True))) + m[3], page)


def with_lines(app, name, template, context, doctree) -> None:
    """What Sphinx calls for each page."""
    if "body" in context:
        context["body"] = lined(context["body"])


def setup(app) -> None:
    """What Sphinx calls: the formulas of `drawn`, the lines of `lined`."""
    app.connect("html-page-context", with_lines)
    inline = (lambda self, node: drawn(self, node, False), None)
    app.add_html_math_renderer("drawn", inline, (lambda self, node: drawn(self, node, True), None))


def build(pages: Path, out: Path, trees: Path) -> list[str]:
    """Make the website of the pages; what Sphinx warned about. Raises NotBuilt, OSError."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from tqdm import tqdm

    warned, told = io.StringIO(), io.StringIO()
    try:
        app = Sphinx(pages, None, out, trees, "html", settings(), told, warned, keep_going=True)
        with tqdm(total=2 * len(app.project.discover()), desc="Website", unit="page", file=sys.stderr, disable=None,
                  leave=False) as bar:  # fmt: skip
            app.connect("source-read", lambda *about: bar.update() and None)
            app.connect("html-page-context", lambda *about: bar.update() and None)
            app.build()
    except SphinxError as error:
        raise NotBuilt(str(error)) from error
    lines = (re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in warned.getvalue().splitlines())
    return [line.replace(f"{pages}/", "") for line in lines if line]
