"""The notebooks as they are stored: complete, clean, and in the rhythm of the course.

Nothing runs here (nbval does that). A message names the cell by its position in the file, counted from 0.
"""

import ast
import functools
import json
import re
import statistics
from collections.abc import Iterator
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert import HTMLExporter

from course_lib.books.shelf import START
from course_lib.ground import ROOT
from course_lib.plotting import diagrams
from course_lib.plotting.look import findings

DIAGRAMS = tuple(name for name in vars(diagrams) if name.startswith("show_"))
FILES = [file for file in sorted((ROOT / "notebooks").glob("*.ipynb")) if file.name != START]
each = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])

OPENING = ("**The question.**", "**You will**", "**Before this:**", "**Time:**")
EXPLORERS = (
    "attention_map",
    "drawn_digit",
    "torn_circle",
    "cut_skips",
    "turned_line",
    "sum_of_atoms",
    "damaged_by_brush",
    "arrows_to_the_circle",
    "posterior_and_beta",
    "asked_labels",
    "thirty_numbers",
)
CLOSING = ("**What changed in the code:**", "**What changed in the result:**", "**When it fails:**")
NO_CLAIM = ast.Pass()
PRIVATE = {
    "an absolute path": r"(?<![\w.)])/(?:home|root|tmp|Users|work|content|mnt|opt|usr|var|private)\b",
    "a Windows path": r"\b[A-Z]:\\+(?:Users|Windows|Program|Temp|Documents)",
    "a token": r"\b(?:gh[pousr]_|github_pat_|hf_|sk-|xox[bp]-|AKIA)\w{12,}|[?&]token=\w{8,}",
}


@functools.cache
def read(file):
    """A notebook; reading it anew for each rule would take longer than the rules."""
    return nbformat.read(file, as_version=4)


def cells(file, kind: str) -> list[tuple[int, nbformat.NotebookNode]]:
    """The cells of one kind, with their positions."""
    return [(i, cell) for i, cell in enumerate(read(file).cells) if cell.cell_type == kind]


def code(file) -> list[tuple[int, nbformat.NotebookNode]]:
    """The code cells, with their positions."""
    return cells(file, "code")


def lesson(file) -> list[tuple[int, nbformat.NotebookNode]]:
    """All cells but the pairs of exercise and check: what they ask stands in the text before, the answer is short."""
    pairs = {"exercise", "check"}
    return [(i, cell) for i, cell in enumerate(read(file).cells) if not pairs & set(tags(cell))]


def text(file) -> list[tuple[int, nbformat.NotebookNode]]:
    """The text cells, with their positions."""
    return cells(file, "markdown")


def tags(cell) -> list[str]:
    """A cell's tags."""
    return cell.metadata.get("tags", [])


def lines(cell) -> list[str]:
    """A cell's lines that aren't blank."""
    return [line for line in cell.source.splitlines() if line.strip()]


def parsed(file) -> Iterator[tuple[int, ast.Module]]:
    """The code cells as syntax trees; a `%magic` or `!command` is no Python and fails here."""
    for i, cell in code(file):
        try:
            yield i, ast.parse(cell.source)
        except SyntaxError as error:
            pytest.fail(f"cell {i} is no plain Python ({error}): no % or ! lines, please", pytrace=False)


def called(tree: ast.AST) -> list[str]:
    """The names that are called in a piece of code: `plotting.show_rows(...)` -> show_rows."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [getattr(function, "attr", getattr(function, "id", "")) for function in functions]


def none(faults: list, remedy: str) -> None:
    """Fail with all faults and what to do about them."""
    if faults:
        pytest.fail("; ".join(map(str, faults)) + f". {remedy}.", pytrace=False)


def test_there_are_notebooks():
    assert FILES, "no notebook in notebooks/"


# -- what is stored ----------------------------------------------------------------------------------------


@each
def test_valid_with_ids_and_the_usual_kernel(file):
    book = read(file)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5), "store it as nbformat 4.5"
    assert book.metadata.kernelspec.name == "python3", "set the kernel back to python3"
    # from the raw text: nbformat mends them when it reads
    ids = [cell.get("id") for cell in json.loads(file.read_text("utf-8"))["cells"]]
    none([f"id {id}" for id in set(ids) if not id or ids.count(id) > 1], "Give each cell an id of its own")


@each
def test_executed_once_from_the_top(file):
    faults = [
        f"cell {i} has In [{cell.execution_count}] in place of In [{n}]"
        for n, (i, cell) in enumerate(code(file), start=1)
        if cell.execution_count != n
    ]
    none(faults[:3], "Restart the kernel, run all cells, store the notebook")


@each
def test_outputs_are_stored_where_code_shows_something(file):
    faults = []
    for (i, cell), (_, tree) in zip(code(file), parsed(file), strict=True):
        top = [node for node in tree.body if isinstance(node, ast.Expr)]
        prints = any("print" in called(node) for node in top)
        last = called(top[-1]) if top and top[-1] is tree.body[-1] else []
        shows = any(name in EXPLORERS or name.startswith("show_") for name in last)
        if (prints or shows and not cell.source.rstrip().endswith(";")) and not cell.outputs:
            faults.append(f"cell {i}")
    none(faults, "They show something and have no output: run the notebook from the top and store it")


@each
def test_no_errors_and_no_stderr(file):
    faults = [
        f"cell {i}: {output.get('ename') or output.text[:80]!r}"
        for i, cell in code(file)
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    none(faults, "Mend it, or keep the library quiet, and run the notebook from the top with TQDM_DISABLE=1")


@each
@pytest.mark.parametrize("what", PRIVATE)
def test_nothing_private(file, what):
    faults = []
    for i, cell in enumerate(read(file).cells):
        for piece in (cell.source, str(cell.metadata), *shown(cell)):
            if found := re.search(PRIVATE[what], piece):
                faults.append(f"cell {i}: {piece[max(0, found.start() - 20) : found.end() + 30]!r}")
    none(faults, f"That is {what}: say it relative to the notebook, or don't print it")


def shown(cell) -> Iterator[str]:
    """The texts in a cell's outputs, pictures left out."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield "\n".join(output.get("traceback", []))
        for kind, value in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield re.sub(r"data:image/\w+;base64,[\w+/=\s]*", "", str(value))


@each
def test_under_a_megabyte(file):
    size = file.stat().st_size
    assert size < 1_000_000, f"{size:,} bytes: smaller or fewer figures, please"


@each
def test_nothing_else_is_stored(file):
    """What editors and runs leave in the metadata (times, folds, widgets) makes every commit a change."""
    others = set(read(file).metadata) - {"kernelspec", "language_info"}
    none(sorted(others), "Remove these keys from the notebook's metadata")
    faults = [
        f"cell {i}: {', '.join(others)}"
        for i, cell in enumerate(read(file).cells)
        if (others := set(cell.metadata) - {"tags"})
    ]
    none(faults, "Remove these keys from the cells' metadata")


# -- the same frame everywhere -----------------------------------------------------------------------------


@each
def test_the_first_code_cell_is_the_same_everywhere(file):
    (_, first), (_, here) = code(FILES[0])[0], code(file)[0]
    assert here.source == first.source, f"cell 2 differs from {FILES[0].name}'s: copy it from there"
    assert "setup" in tags(here) and "nbval-ignore-output" in tags(here), "tag it: setup, nbval-ignore-output"


@each
def test_one_cell_of_imports_of_at_most_ten_lines(file):
    faults = []
    for place, (i, tree) in enumerate(parsed(file)):
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        if place == 1:
            assert 0 < len(found) <= 10, f"cell {i} has {len(found)} imports: 1 to 10, please"
            assert len(found) == len(tree.body), f"cell {i} should hold nothing but imports"
        elif place > 1 and found:
            faults.append(f"cell {i} imports")
    none(faults, "All imports stand in the second code cell")


@each
def test_one_cell_of_knobs_in_capitals(file):
    knobs = [i for i, cell in code(file) if "parameters" in tags(cell)]
    assert len(knobs) == 1, f"cells {knobs} are tagged `parameters`: exactly one, please"
    tree = dict(parsed(file))[knobs[0]]
    faults = [
        f"cell {knobs[0]}: {ast.unparse(node).splitlines()[0]!r}"
        for node in tree.body
        if not isinstance(node, ast.Assign) or not all(ast.unparse(name).isupper() for name in node.targets)
    ]
    none(faults, "The knobs' cell assigns names in capitals and does nothing else")


@each
def test_opens_with_the_contract(file):
    first = read(file).cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# "), "cell 0: a title, please"
    none([part for part in OPENING if part not in first.source], "Cell 0 lacks them")
    question = first.source.partition(OPENING[0])[2].partition(OPENING[1])[0]
    assert "?" in question, "cell 0: the question has no question mark"
    assert re.search(r"\d+ minutes to read", first.source), "cell 0: say how many minutes it takes to read"
    assert re.search(r"\d+ (?:seconds|minutes)[^.;]* CPU", first.source), "cell 0: say how long a CPU takes"


@each
def test_closes_with_three_bullets_and_a_question(file):
    last = read(file).cells[-1]
    assert last.cell_type == "markdown", "the last cell is the summary"
    none([part for part in CLOSING if f"- {part}" not in last.source], "The last cell lacks these bullets")
    _, said, question = last.source.partition("**The question that leads on.**")
    assert said and "?" in question, "the last cell ends in **The question that leads on.** and a question"


# -- rhythm ------------------------------------------------------------------------------------------------


@each
def test_as_much_text_as_code(file):
    kinds = [cell.cell_type for _, cell in lesson(file)]
    ratio = kinds.count("markdown") / kinds.count("code")
    assert 0.8 <= ratio <= 2, f"{ratio:.2f} text cells a code cell: 0.8 to 2, please"


@each
def test_code_cells_are_short(file):
    """A claim counts as one line in the rhythm, however long its sentence is: the sentence is prose."""
    length = {i: len(lines(cell)) for i, cell in code(file)}
    none([f"cell {i} is empty" for i, n in length.items() if n == 0], "Delete it")
    none([f"cell {i} has {n} lines" for i, n in length.items() if n > 30], "30 at most: split it")
    for i, tree in parsed(file):
        length[i] -= sum(node.end_lineno - node.lineno for node in ast.walk(tree) if sentence_of(node) is not NO_CLAIM)
    long = [f"cell {i} has {n} lines" for i, n in length.items() if n >= 15]
    assert len(long) <= len(length) / 10, f"{'; '.join(long)}: 9 in 10 cells have under 15"
    middle = statistics.median(length.values())
    assert middle <= 6, f"half of the code cells have more than {middle} lines: 6 at most"


@each
def test_text_stands_between_code(file):
    is_code = {i: cell.cell_type == "code" for i, cell in lesson(file)}
    follow = [i for i in is_code if is_code[i] and is_code.get(i - 1)]
    kinds = [cell.cell_type for cell in read(file).cells]
    rows = [f"cells {i - 2} to {i}" for i in range(2, len(kinds)) if kinds[i - 2 : i + 1] == ["code"] * 3]
    none(rows, "Three code cells in a row: say something between them")
    if len(follow) > sum(is_code.values()) / 3:
        none([f"cells {follow} follow another code cell directly"], "A third of the code cells at most")


def sentence_of(node: ast.AST) -> ast.expr | None:
    """What a claim says, None where it says nothing, NO_CLAIM where the node is none.

    A claim is an `assert` with its message, or `on_mnist(holds, sentence)`.
    """
    if isinstance(node, ast.Assert):
        return node.msg
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "on_mnist":
        return node.args[1] if len(node.args) == 2 and not node.keywords else None
    return NO_CLAIM


def asserts(node: ast.AST) -> bool:
    """A claim, or a number that is set beside a published one."""
    return sentence_of(node) is not NO_CLAIM or isinstance(node, ast.Call) and called(node)[0] == "published"


def worded(sentence: ast.expr | None) -> str:
    """The words of a sentence as the code has it; what an f-string fills in counts as a word."""
    parts = sentence.values if isinstance(sentence, ast.JoinedStr) else [sentence]
    return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in parts if part is not None)


@each
def test_every_claim_says_its_sentence(file):
    """A learner whose run differs reads what should have been seen, and where."""
    faults = [
        f"cell {i}: {ast.unparse(node)[:60]}"
        for i, tree in parsed(file)
        for node in ast.walk(tree)
        if (sentence := sentence_of(node)) is not NO_CLAIM and len(worded(sentence).split()) < 3
    ]
    none(faults, 'Say it: `assert holds, "the sentence"`, `on_mnist(holds, "the sentence")`, in three words or more')


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("assert a", 0),
        ("assert a, 'no'", 1),
        ("assert a, f'with {k} codes'", 3),
        ("on_mnist(a)", 0),
        ("on_mnist(a, 'PCA is best')", 3),
        ("on_mnist(a, b, 'PCA is best')", 0),
    ],
)
def test_the_words_of_a_claim(claim, words):
    [statement] = ast.parse(claim).body
    node = getattr(statement, "value", statement)
    assert asserts(node) and len(worded(sentence_of(node)).split()) == words


@each
def test_what_was_seen_is_asserted(file):
    has = {i: any(asserts(node) for node in ast.walk(tree)) for i, tree in parsed(file)}
    faults = []
    for i, cell in text(file):
        around = [j for j in has if j < i][-1:] + [j for j in has if j > i][:1]
        if "**What you saw" in cell.source and not any(has[j] for j in around):
            faults.append(f"cell {i} says what was seen, and none of the code cells {around} asserts it")
    none(faults, "Back it with an assert in the next code cell")


@each
def test_a_prediction_is_answered_soon(file):
    asked = [i for i, cell in text(file) if "**Predict" in cell.source]
    seen = [i for i, cell in text(file) if "**What you saw" in cell.source]
    faults = [f"cell {i} asks for a prediction" for i in asked if not any(i < j <= i + 3 for j in seen)]
    none(faults, "Say **What you saw.** within three cells")


@each
def test_plotting_lives_in_helpers(file):
    everything = [line for _, cell in code(file) for line in lines(cell)]
    plotting = [line for line in everything if re.search(r"\b(?:matplotlib|pyplot|plt)\b", line)]
    if len(plotting) > len(everything) / 10:
        none(plotting, f"{len(plotting)} of {len(everything)} lines name matplotlib: move them to helpers")


# -- figures, explorer -----------------------------------------------------------------------------


@each
def test_pictures_have_a_text_alternative(file):
    """An HTML image brings it to every reader; of an image/png JupyterLab, nbconvert and websites drop it."""
    faults = []
    for i, cell in code(file):
        for output in cell.outputs:
            data = output.get("data", {})
            faults += [f"cell {i}: a bare {kind}" for kind in data if kind.startswith("image/")]
            for alt in alternatives(data.get("text/html", "")):
                if len(alt) < 40 or data.get("text/plain") != f"[figure] {alt}":
                    faults.append(f"cell {i}: an image with alt {alt!r} and text {data.get('text/plain', '')[:60]!r}")
    none(faults, "Show figures of course_lib.plotting, and run the notebook: they bring their text alternative")


def alternatives(markup: str) -> list[str]:
    """The text alternative of each image; "" where it has none."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, about: found.append(dict(about).get("alt") or "") if tag == "img" else None
    parser.feed(markup)
    return found


@each
def test_every_figure_says_its_finding(file):
    """`plotting.show_x(...).says("04 codes")`; a diagram's own text alternative will do."""
    faults, said, lesson = [], set(), file.stem.split("_")[0]
    for i, tree in parsed(file):
        spoken = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "says":
                spoken[node.func.value] = node.args[0]
                if isinstance(node.args[0], ast.Constant):
                    said.add(node.args[0].value)
        for node in ast.walk(tree):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            shows = re.fullmatch(r"(?:plotting\.)?show_\w+", name) and not name.endswith(DIAGRAMS)
            if shows and node not in spoken:
                faults.append(f"cell {i}: {name}")
    none(faults, 'Let it say what the reader sees: .says("04 codes"), an entry of course_lib/plotting/findings/04.toml')
    assert said == {f"{lesson} {name}" for name in findings(lesson)}, "each text is used, and each is there"


@each
def test_text_alternatives_arrive_on_a_web_page(file):
    stored = [output.data.get("text/html", "") for _, cell in code(file) for output in cell.outputs if "data" in output]
    expected = [alt for markup in stored for alt in alternatives(markup)]
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(read(file))
    assert expected and [alt for alt in alternatives(page) if alt] == expected
    assert "No description has been provided for this image" not in page


@each
def test_one_explorer(file):
    found = [(i, name) for i, tree in parsed(file) for name in called(tree) if name in EXPLORERS]
    names = {name for _, name in found}
    assert 1 <= len(found) == len(names) <= 2, f"(cell, call): {found}: one of {EXPLORERS} a notebook, or two"
