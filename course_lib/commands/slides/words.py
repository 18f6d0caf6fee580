"""Markdown as HTML for a slide: formulas drawn as pictures that need no font and no script, code in colours."""

import functools
import html
import re

SIZE = 30  # of the letters in a formula, as it is drawn


@functools.cache
def formula(tex: str, display: bool) -> str:
    """A formula as SVG; its source is what a screen reader says. Raises ValueError where it can't be drawn."""
    import ziamath

    ziamath.config.svg2 = False  # each glyph where it stands: nothing is shared between slides that are hidden
    try:
        drawn = ziamath.Latex(tex, size=SIZE, inline=not display)
        svg = drawn.svg()
    except Exception as error:  # the package raises whatever its parser met
        raise ValueError(f"the formula {tex} can't be drawn: {error}") from error
    if unknown := re.findall(r"\\[A-Za-z]+", " ".join(drawn.mathml.itertext())):  # it draws the letters of its name
        raise ValueError(f"the formula {tex} can't be drawn: {', '.join(unknown)} isn't known")
    width, height, top = map(float, re.search(r'width="(\S+)" height="(\S+)" viewBox="\S+ (\S+)', svg).groups())
    em = f"width:{width / SIZE:.3f}em;height:{height / SIZE:.3f}em;vertical-align:{-(height + top) / SIZE:.3f}em"
    svg = svg.replace("<svg ", f'<svg aria-hidden="true" style="{em}" ', 1)
    return f'<span class="{"display" if display else "inline"}" role="img" aria-label="{html.escape(tex)}">{svg}</span>'


@functools.cache
def reader():
    """What turns Markdown into HTML: tables, formulas, links without their target (a deck has no other page)."""
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def link(self, text, url, title=None):
            return text

        def block_code(self, code, info=None):
            return coloured(code)

        def inline_math(self, text):
            return formula(text.strip(), False)

        def block_math(self, text):
            return formula(text.strip(), True)

    return mistune.create_markdown(renderer=Renderer(escape=False), plugins=["table", "math"])


def as_html(markdown: str) -> str:
    """Markdown as HTML. Raises ValueError where a formula can't be drawn."""
    blocks = re.sub(r"\$\$\s*(.+?)\s*\$\$", r"\n\n$$\n\1\n$$\n\n", markdown.strip(), flags=re.DOTALL)
    return reader()(blocks)


def coloured(code: str) -> str:
    """Python code in colours, as large as its longest line allows; what is broken goes on behind the line's indent."""
    import pygments
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code = code.strip("\n")
    inside = pygments.highlight(code, PythonLexer(), HtmlFormatter(nowrap=True, noclasses=True))
    depths = [len(line) - len(line.lstrip()) + 4 for line in code.splitlines()]
    lines = [f'<span class="line" style="padding-left: {depth}ch; text-indent: -{depth}ch">{line or " "}</span>'
             for depth, line in zip(depths, inside.rstrip("\n").split("\n"), strict=True)]  # fmt: skip
    return f'<pre class="code" style="font-size:{size(code)}px">{"".join(lines)}</pre>'


def size(text: str, width: int = 1140) -> int:
    """The font size in pixels at which the longest line fits into the width, between 20 and 26."""
    longest = max(map(len, text.splitlines()), default=1)
    return max(20, min(26, int(width / (0.602 * longest))))
