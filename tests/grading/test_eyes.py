"""What people see of a submission: letters in their order, in the student's frame, bounded before anything is drawn."""

import base64
import json
import re
import struct
import time
import unicodedata
import zlib

import nbformat
import pytest

from course_lib.books.handed_in import legible, spelled
from tests import needs

needs.nbgrader()

from bs4 import BeautifulSoup  # noqa: E402
from nbconvert import HTMLExporter  # noqa: E402
from nbconvert.filters import markdown2html  # noqa: E402
from nbformat.v4 import new_output  # noqa: E402

from course_lib.grading.autograde import eyes  # noqa: E402
from course_lib.grading.autograde.eyes import BAR, SAYS, calm, drawable, frame, framed, quoted  # noqa: E402
from course_lib.grading.submissions.reading import inert  # noqa: E402

# -- letters and nothing else ------------------------------------------------------------------------------------------

SEEN = {
    "\x1b[31mred\x1b[0m and \x1b[1;38;5;200mbold\x1b[m": "red and bold",
    "\x1b]8;;http://evil\x07a link\x1b]8;;\x1b\\ on": "a link on",
    "\x1b]0;a title\x07x": "x",
    "\x1b[2J\x1b[1;1Hfrom the top": "from the top",
    "\x9b31mC1\x9b0m": "C1",
    "\x9d8;;http://evil\x9clink": "link",
    "\x1bPdevice\x1b\\x\x1b_app\x1b\\y\x1b^pm\x07z": "xyz",
    "\x1bc\x1b(0\x1b=end": "end",
    "\u202eevil\u202c \u2066a\u2069 \u200fb\u061c": "evil a b",
    "ze\u200bro\u200c-\u200dwi\u2060d\ufeffth\xad": "zero-width",
    "a\U000e0041\U000e007fb\u3164c\u2800d": "abcd",
    "bell\x07 back\x08\x08space \x00 \x7f": "bell\ufffd back\ufffd\ufffdspace \ufffd \ufffd",
    " 10%\r 50%\r100%\nready\r\nlast\r": "100%\nready\nlast",
    "one\u2028two\u2029three\x85four": "one\ntwo\nthree\nfour",
    "half \ud800 a pair": "half \ufffd a pair",
    "z" + "\u0301" * 50 + "x̂": "z" + "\u0301" * 3 + "x̂",
    "tab\tand\nline, é, ß, 漢字, عربى, x̃ = ½ · 2⁻³ ✓ ░▒▓ 🙂": "tab\tand\nline, é, ß, 漢字, عربى, x̃ = ½ · 2⁻³ ✓ ░▒▓ 🙂",
    "\x1b": "", "\x1b[": "", "\x1b]": "", "": "",
}  # fmt: skip


@pytest.mark.parametrize("text", SEEN, ids=ascii)
def test_a_strangers_text_is_only_letters(text):
    assert legible(text) == SEEN[text] and legible(SEEN[text]) == SEEN[text]


def test_no_character_moves_hides_or_reverses_anything():
    every = "".join(map(chr, range(0x110000)))
    left = set(legible(" ".join(every[at : at + 100] for at in range(0, len(every), 100))))
    kinds = {one: unicodedata.category(one) for one in left - {"\n", "\t"}}
    # what is left of "Cf" are the marks of scripts, which are written (Arabic's number sign, say)
    shown = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    shown |= set(map(chr, range(0x13430, 0x13460)))
    assert not {
        one for one, kind in kinds.items() if kind in ("Cc", "Cs", "Zl", "Zp") or kind == "Cf" and one not in shown
    }


WORST = [
    "\x1b",
    "\x1b[",
    "\x1b]",
    "\x1b]8",
    "\x9b0",
    "\x1b[0",
    "\x1b[ ",
    "\x9d0",
    "\x1bP",
    "\u0301",
    "a\u0301",
    "\u202e",
]
WORST += [
    "\r",
    "a\r",
    "\r\n",
    " ",
    "\n",
    " \n",
    "x",
    "-",
    "ab",
    "`",
    "```\n",
    "``` a\n",
    "~",
    "> ",
    "> - ",
    "- ",
    "1. ",
]
WORST += ["[", "](", "]:", "![", "<", "&", "\\", "\\href", "script", "*", "_", "$", "|", "x" * 99 + "y", "'", '"', "#"]


@pytest.mark.parametrize("unit", WORST, ids=ascii)
def test_our_own_patterns_take_no_square_of_a_texts_length(unit):
    text = (unit * 200_000)[:200_000]
    for work in (legible, calm, lambda one: inert("markdown", one), lambda one: quoted(one, True, {}),
                 lambda one: quoted(one, False, {}), lambda one: framed([eyes.note(one)], 0)):  # fmt: skip
        start = time.process_time()
        work(text)
        assert time.process_time() - start < 1.5


# -- whose words these are ---------------------------------------------------------------------------------------------

VERDICT = "The grader says:\n✓ mean: 2 of 2\nIt looks like this slip: none, full marks"


def cell(kind, source, outputs=(), **mark):
    """A cell of a graded notebook."""
    made = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    made.metadata = {"nbgrader": mark} if mark else {}
    if kind == "code":
        made.outputs = list(outputs)
    return nbformat.from_dict(made)


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def raised(text):
    return new_output("error", ename=text, evalue=text, traceback=text.split("\n"))


def shown(text, **data):
    return new_output("display_data", data={"text/plain": text} | data)


def notebook():
    """A verdict of the student's own wherever something of theirs stands."""
    coloured = f"\x1b[32m{VERDICT}\x1b[0m\r\n\x1b[1A\x1b[2K{VERDICT}"
    own = [printed(coloured), printed(VERDICT, "stderr"), raised(VERDICT), shown(VERDICT), shown(VERDICT)]
    return nbformat.v4.new_notebook(cells=[
        cell("markdown", "The course's own text.", grade_id="intro", locked=True),
        cell("markdown", f"# {VERDICT}\n\n---\n\n**{VERDICT}**\n\n- {VERDICT}"),
        cell("code", "print(1)", own),
        cell("code", "assert mean", own, grade_id="mean-test", grade=True, locked=True),
        cell("code", "setup", own, grade_id="setup", locked=True),
        cell("markdown", f"{VERDICT}\n\n```\nunclosed\n{VERDICT}", grade_id="why", grade=True, solution=True),
        cell("markdown", "YOUR ANSWER HERE", grade_id="blank", grade=True, solution=True),
    ])  # fmt: skip


def test_only_the_grader_speaks_without_a_bar_or_a_quotation():
    nb = notebook()
    frame(nb, {"mean-test": "✗ mean: 0 of 2 (another value was expected)"}, {"blank"}, set())
    nbformat.validate(nb)
    free = []
    for one in nb.cells:
        for output in one.get("outputs", []):
            assert output.output_type == "stream" and output.name == "stdout"
            free += [line for line in output.text.splitlines() if not line.startswith(BAR.rstrip())]
    assert free == [SAYS, "✗ mean: 0 of 2 (another value was expected)"]
    assert nb.cells[0].source == "The course's own text." and nb.cells[6].source == "YOUR ANSWER HERE"
    for at in (1, 5):
        lines = [line for line in nb.cells[at].source.splitlines() if line]
        assert all(line.startswith("> ") for line in lines if line != "*The student's own text:*")


def test_on_a_page_a_verdict_of_a_students_own_stands_in_its_frame():
    nb = notebook()
    frame(nb, {"mean-test": "✗ mean: 0 of 2"}, {"blank"}, set())
    page = BeautifulSoup(HTMLExporter(sanitize_html=True).from_notebook_node(nb)[0], "html.parser")
    for quotation in page.find_all("blockquote"):
        assert "✓" in quotation.get_text()
        quotation.decompose()
    for text in page.find_all("pre"):
        for line in text.get_text().splitlines():
            assert "✓" not in line or line.startswith(BAR)
        text.decompose()
    assert "✓" not in page.body.get_text(), "and nowhere else"


@pytest.mark.parametrize(
    "pad", ["x" + " " * 88, "x" * 95, "x " * 60, "\t" * 15, "漢" * 60, "\ufdfd" * 20, "🙂" * 30, "x\u2003" * 60]
)
def test_no_line_is_so_long_that_a_page_breaks_it(pad):
    """The rest of it would stand at the margin, without the bar: ✓ mean: 2 of 2."""
    [output] = framed([printed(f"{pad}✓ mean: 2 of 2")], 0)
    lines = output.text.splitlines()
    wide = [sum(1 + (unicodedata.east_asian_width(one) == "W") for one in line) for line in lines]
    assert max(wide) <= eyes.COLUMNS + len(BAR) and all(line.startswith(BAR.rstrip()) for line in lines)
    assert "\t" not in output.text and max(line.count("\ufdfd") for line in lines) < 9


def test_no_letters_that_cannot_be_seen_keep_a_page_from_being_written():
    """What is left of "BEGIN, a space of no width, HIDDEN TESTS" stopped nbgrader, and the page was never made."""
    trick = "### BEGIN\u200b HIDDEN TESTS\n### BEGIN\u200b HIDDEN TESTS"
    shown = "xxxxxx### BEGIN\tHIDDEN TESTS"  # a tab that is one space wide
    nb = nbformat.v4.new_notebook(
        cells=[cell("code", trick, [printed(trick), printed(shown)]), cell("markdown", trick)]
    )
    frame(nb, {}, set(), set())
    page = HTMLExporter(sanitize_html=True).from_notebook_node(nb)[0]
    assert "HIDDEN TESTS" not in json.dumps(nb) + page and page.count("hidden tests") >= 7


def test_the_cells_that_were_stopped_say_so():
    nb = notebook()
    nb.cells[2].execution_count = 4
    frame(nb, {}, set(), {4})
    assert nb.cells[2].outputs[-1].text == f"{SAYS}\n{eyes.LATE}\n" and not nb.cells[4].outputs[-1].text.startswith(
        SAYS
    )


def test_an_honest_notebook_looks_as_it_was_written():
    text = (
        "# Why\n\nBecause $\\frac{a}{b} < c$, see [the page](https://example.org/a):\n\n$$\nx = 1\n$$\n\n- one\n- two"
    )
    code = "def f(x):\n    # it's 2 * x\n    return {'a': [1, 2], 'é': '✓'}[x]\n"
    nb = nbformat.v4.new_notebook(cells=[cell("markdown", inert("markdown", text), grade_id="why", solution=True),
                                         cell("code", code, [printed("1\n2\n"), shown("<Figure>")])])  # fmt: skip
    frame(nb, {}, set(), set())
    assert nb.cells[0].source.replace("> ", "").replace(">\n", "\n") == text.replace("< c", "< c")
    assert nb.cells[1].source == code and nb.cells[1].outputs[0].text == f"{BAR}1\n{BAR}2\n{BAR}<Figure>\n"
    page = BeautifulSoup(markdown2html(nb.cells[0].source), "html.parser")
    assert page.find("a", href="https://example.org/a") and len(page.find_all("li")) == 2


# -- nothing is live ---------------------------------------------------------------------------------------------------

LINKS = [
    "[x](data:text/html,<b>)", "[x](<data:text/html,1>)", "[x]( data:a)", "[x](\ndata:a)", "[x](\tdata:a)",
    "[x][f]\n\n[f]: data:a", "[x][f]\n\n[f]:\n data:a", "[f]\n\n[f]: <data:a>", "<data:text/html,1>",
    "[x](d&#97;ta:a)", "[x](<da\tta:a>)", "[x](vbscript:a)", "[x](file:///etc)", "[x](JaVaScRiPt:alert(1))",
    "![x](data:image/png;base64,AA)", "[![x](y)](data:a)", "[x](data\\:a)", "[a[b](data:a)", "- [f]: data:a\n\n[f]",
    "> [f]: data:a\n\n[f]", "[x\n](data:a)", "[x](\x01javascript:a)", "[x](\u200bdata:a)", "|a|\n|-|\n|[x](data:a)|",
    "[x](//evil)", "[fo\no]: data:a\n\n[foo]", "https://javascript:a", "[x]\u200b(data:a)", "[x]\x00(data:a)",
    "[x]\xad(data:a)", "[f]\u200b: data:a\n\n[f]", "<\u200bdata:a>", "!\u200b[a](http://x/y.png)",
    "<\u200bscript>alert(1)</\u200bscript>", "&\u200b#106;", "[x]\x1b[0m(data:a)", "a" * 100 + "(data:a)",
    "[" + "a" * 150 + "](data:a)", "[x" + "]" * 150 + "(data:a)", "[^1]: data:a\n\nx[^1]", "[x](blob:a)",
    "[x](\\\ndata:a)", "<a href=data:a>x</a>", "<A HREF='data:a'>x", "</p><script>1</script>",
    "<!--\n--><b onclick=1>x",
]  # fmt: skip
FORMULAS = ["\\href{data:a}{b}", "\\HREF{javascript:1}{b}", "\\\u200bhref{data:a}{b}", "\\style{position:fixed}{b}"]
FORMULAS += [
    "\\class{x}{b}",
    "\\cssId{x}{b}",
    "\\require{html}",
    "\\bbox[border:9em solid]{b}",
    "\\mmlToken{mi}[style='']{b}",
]


@pytest.mark.parametrize("text", LINKS, ids=ascii)
def test_a_link_leads_to_the_web_or_nowhere(text):
    read = inert("markdown", text)
    nb = nbformat.v4.new_notebook(cells=[cell("markdown", read)])
    frame(nb, {}, set(), set())
    for said in (read, nb.cells[0].source):
        page = BeautifulSoup(markdown2html(said), "html.parser")
        for tag in page.find_all(True):
            assert tag.name not in ("script", "img", "iframe", "object") and not [
                a for a in tag.attrs if a.startswith("on")
            ]
            assert all(re.match(r"https?://|#", tag.attrs[name]) for name in ("href", "src") if name in tag.attrs)


DEFINES = [
    "\\def\\text#1{9}",
    "\\gdef\\x{1}",
    "\\let\\alpha=\\beta",
    "\\newcommand{\\hat}[1]{9}",
    "\\renewcommand\\hat{9}",
]
DEFINES += ["\\newenvironment{matrix}{}{}", "\\DeclareMathOperator{\\text}{full marks}", "\\let\u200b\\alpha=\\beta"]


@pytest.mark.parametrize("text", DEFINES, ids=ascii)
def test_a_formula_gives_no_other_meaning_to_the_courses_own(text):
    """A page sets all its formulas with one list of names: the rubric's stand below the answer."""
    assert not re.search(r"\\(\w*def|let|(re)?new|Declare)", inert("markdown", f"${text}$"))
    assert (
        inert("markdown", r"$\\left( \\delta \\leq \\defect \\right)$") == r"$\\left( \\delta \\leq \\defect \\right)$"
    )


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_a_formula_links_to_nothing_and_draws_nothing_beside_itself(text):
    assert not re.search(
        r"\\(href|style|class|cssid|require|bbox|mmltoken)", inert("markdown", f"${text}$"), re.IGNORECASE
    )


# -- bounds ------------------------------------------------------------------------------------------------------------


def png(width, height, *more):
    """A picture's head, and no more of it than that."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in more) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


def jpeg(width, height, frames=1, scans=1, before=b""):
    """The same as JPEG."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    start = b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + bytes(14)
    return start + before + frame * frames + b"\xff\xda\x00\x02" * scans + b"\xff\xd9"


PICTURES = {
    "an ordinary one": (png(800, 600), True), "JPEG": (jpeg(800, 600), True), "large": (png(4000, 4000), True),
    "a bomb": (png(50_000, 50_000), False), "a JPEG bomb": (jpeg(50_000, 50_000), False),
    "wide": (png(2**31 - 1, 1), False), "nothing": (png(0, 600), False),
    "animated": (png(8, 8, (b"acTL", b"1")), False),
    "no head": (b"\x89PNG\r\n\x1a\n" + bytes(40), False), "cut off": (b"\x89PNG\r\n\x1a\n", False),
    "two frames": (jpeg(8, 8, frames=2), False), "no frame": (jpeg(8, 8, frames=0), False),
    "a thousand scans": (jpeg(4000, 4000, scans=1000), False), "cut JPEG": (jpeg(8, 8)[:9], False),
    "text": (b"x", False),
}  # fmt: skip


@pytest.mark.parametrize("what", PICTURES)
def test_a_picture_is_taken_by_the_size_that_its_head_tells(what):
    raw, good = PICTURES[what]
    data = base64.b64encode(raw).decode()
    assert drawable(data) is good
    kinds = [output.output_type for output in framed([shown("", **{"image/png": data})], 9)]
    assert kinds == ["stream", "display_data"][: 1 + good], "and what it is stands before it"


def test_thousands_of_outputs_become_few():
    data = base64.b64encode(png(9, 9)).decode()
    nb = nbformat.v4.new_notebook(cells=[cell("code", "x", [shown("p", **{"image/png": data}) for _ in range(50)]
                                              + [printed("line\n" * 20_000)]) for _ in range(300)])  # fmt: skip
    start = time.process_time()
    frame(nb, {}, set(), set())
    kinds = [output.output_type for one in nb.cells for output in one.outputs]
    assert kinds.count("display_data") == eyes.MOST_PICTURES and kinds.count("stream") <= 300 + eyes.MOST_PICTURES
    assert (
        max(len(output.text.splitlines()) for output in nb.cells[0].outputs if "text" in output) <= eyes.MOST_LINES + 1
    )
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "locked", [{"grade_id": "t", "locked": True, "grade": True}, {"grade_id": "s", "locked": True}]
)
def test_below_the_courses_own_cells_a_student_shows_no_picture(locked):
    data = base64.b64encode(png(9, 9)).decode()
    nb = nbformat.v4.new_notebook(cells=[cell("code", "x", [shown("", **{"image/png": data})], **locked)])
    frame(nb, {}, set(), set())
    assert [output.text for output in nb.cells[0].outputs] == [f"{BAR}(a picture that is not shown)\n"]


SHAPES = [
    " ",
    "\n",
    " \n",
    "a ",
    "*",
    "**a ",
    "_a ",
    "[",
    "[a](",
    "`",
    "`` ",
    "```\n",
    "```ruby\n",
    "<",
    "&",
    "$",
    "\\(",
]
SHAPES += [
    "\\begin{a}",
    "(",
    "|",
    "|a",
    "- ",
    "> ",
    "1. ",
    "~~",
    "a.",
    "www.",
    "http://a ",
    "#",
    "=\n",
    "'",
    '"',
    "{",
    "@a\n",
]


@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
def test_a_page_of_the_worst_shapes_is_made_in_a_few_seconds(shape):
    """60,000 spaces in an answer took 15 s, and a cell of code full of dots or empty lines took minutes."""
    fill = lambda count: "a" + (shape * count)[:count] + "b"  # noqa: E731
    nb = nbformat.v4.new_notebook(cells=[
        cell("markdown", inert("markdown", fill(60_000)), grade_id="why", grade=True, solution=True),
        cell("markdown", inert("markdown", fill(9_900))), cell("code", fill(30_000), [printed(fill(20_000))]),
        cell("code", f"x = '{fill(30_000)}", grade_id="a", solution=True)])  # fmt: skip
    start = time.process_time()
    frame(nb, {}, set(), set())
    HTMLExporter(sanitize_html=True).from_notebook_node(nb)
    assert time.process_time() - start < 20, "seconds of the processor; minutes, where it grows with the square"


def test_a_language_that_a_text_names_colours_nothing():
    for text in ("```ipython3\nx\n```", "> ~~~ruby a\nx", "- ```js\n  x", "1. ```x y z"):
        assert not re.search(r"(`{3}|~{3})[ \w]+\w", quoted(text, True, {})), text


def test_a_notebook_is_json_and_can_be_stored_after_all_this():
    nb = notebook()
    nb.cells[1].source = "".join(map(chr, range(0xD700, 0xE100))) + "\x00"
    frame(nb, {}, set(), set())
    assert json.loads(nbformat.writes(nb).encode("utf-8"))


# -- names of folders and files --------------------------------------------------------------------------------------

ODD = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "a\nb",
    "a\rb",
    "\u202egpj.a",
    "b\u200bob",
    "c\x9b2Jd",
    "\x7f",
    "tab\tbed",
]
MOVES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]|\r(?!\n)")


@pytest.mark.parametrize("known", [False, True], ids=["nobody is listed", "a class is listed"])
def test_no_folders_name_reaches_a_terminal_or_a_page_as_it_is(tiny, capfd, known):
    from tests.grading import hostile
    from tests.grading.conftest import command

    if known:
        with tiny.gradebook() as book:
            book.update_or_create_student("ada", first_name="\x1b[31mAda\u202e", last_name="a\x07b", email="\x9b2J@x")
    for name in [*ODD, "ada"]:
        place = tiny.home / "submitted" / name / hostile.NAME
        place.mkdir(parents=True)
        (place / f"{hostile.NAME}.ipynb").write_text("{broken \x1b[31m")
        (place / "\x1b[31mother\u202e.ipynb").write_text("x")
    (tiny.home / "submitted" / "ada" / hostile.NAME / f"{hostile.NAME}.ipynb").unlink()
    for words in (["autograde"], ["feedback"], ["report"], ["autograde", "--resume"], ["doctor"], ["similar"]):
        assert command(tiny, *words) in (0, 1, 3), words
    said = capfd.readouterr()
    found = [line for line in (said.out + said.err).split("\n") if MOVES.search(line.replace("\r", ""))]
    assert not found
    for folder in ("report", "feedback", "autograded", "logs", "state"):
        for file in (one for one in (tiny.home / folder).rglob("*") if one.is_file() and one.suffix != ".png"):
            text = file.read_text("utf-8", "replace")
            assert not MOVES.search(text), (
                file.name,
                MOVES.search(text),
                text[max(0, MOVES.search(text).start() - 80) :][:160],
            )


NAMES = {
    "ada": "ada",
    "\x1b[31mx": "\\x1b[31mx",
    "a\nb\tc": "a\nb\tc",
    "\u202ex": "\\u202ex",
    "é x̂ 漢": "é x̂ 漢",
    "\udcff": "\\udcff",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_spelled_out_where_it_cannot_be_seen(name):
    assert spelled(name) == NAMES[name]
