"""How the class's pages look: templates that take everything that they are told as text."""

from typing import Any

from course_lib.books.handed_in import spelled

TABLE = """{% macro table(head, lines) %}
<table><thead><tr>{% for one in head %}<th scope="col">{{ one }}</th>{% endfor %}</tr></thead><tbody>
{% for line in lines %}
<tr>{% for one in line %}
{% if one is number %}<td class="number">{{ "%g" % one }}</td>{% else %}<td>{{ one }}</td>{% endif %}
{% endfor %}</tr>
{% endfor %}
</tbody></table>{% endmacro %}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { border: 1px solid #767676; padding: .3rem .6rem;
text-align: left; vertical-align: top } th { background: #eee } td.number { text-align: right }
td.short { white-space: nowrap } a { color: #00529b }
</style></head>
<body><main><h1>{{ title }}</h1>
{% block body %}{% endblock %}
</main></body></html>
"""
QUESTION = """{% extends "page" %}{% from "table" import table %}{% block body %}
{% if not answers %}
<p>Nothing is graded yet.</p>
{% elif not most %}
<p>It doesn't count any more. <a href="index.html">All questions</a></p>
{% else %}
<p>{{ answers | length }} graded, {{ tried }} attempted. Mean <strong>{{ "%.2f" % mean }}</strong> of \
{{ "%g" % most }} points, standard deviation {{ "%.2f" % spread }}.</p>
<img alt="Histogram of the points: mean {{ "%.2f" % mean }} of {{ "%g" % most }}, {{ answers | length }} students" \
src="data:image/png;base64,{{ picture }}">
<h2>The parts</h2>
{{ table(["part", "points", "students who have it"], parts) }}
<h2>The commonest slips</h2>
{% if slips %}{{ table(["slip", "students"], slips) }}{% else %}<p>None that has a name.</p>{% endif %}

<p>{{ unexplained }} more lost points in a way that no slip of the bank explains.</p>
<p><a href="index.html">All questions</a></p>
{% endif %}{% endblock %}
"""
INDEX = """{% extends "page" %}{% from "table" import table %}{% block body %}
<p><a href="#attention">For your attention: {{ doubts | length }} of {{ rows | length }}</a>. \
{{ wait }} wait for a person.</p>
<p>The marks: <a href="marks.csv">marks.csv</a>, <a href="totals.csv">totals</a>, <a href="canvas.csv">for Canvas\
</a>, <a href="moodle.csv">for Moodle</a>\
{% for file in worksheets %}, <a href="{{ file }}">{{ file }}</a>{% endfor %}.\
 An empty mark means: not submitted, did not run, or waits for a person.</p>
<h2>Questions</h2>
<table><thead><tr><th>question</th><th>mean</th><th>commonest slip</th></tr></thead><tbody>
{% for name, link, mean, slip in questions %}
<tr><td><a href="{{ link }}">{{ name }}</a></td><td class="short">{{ mean }}</td><td>{{ slip }}</td></tr>
{% endfor %}
</tbody></table>
{% if teams %}
<h2>Sections and groups</h2>
<ul>{% for title, link, count in teams %}<li><a href="{{ link }}">{{ title }}</a>: {{ count }} students</li>\
{% endfor %}</ul>
{% endif %}
<h2 id="attention">For your attention ({{ doubts | length }})</h2>
{% if doubts %}{{ table(["assignment", "student", "reason"], doubts) }}{% else %}<p>Nothing.</p>{% endif %}
{% endblock %}
"""
TEAM = """{% extends "page" %}{% from "table" import table %}{% block body %}
{{ table(["assignment", "final marks", "mean", "maximum"], means) }}
{{ table(head, people) }}
<p>An empty mark means: not submitted, did not run, or waits for a person. <a href="index.html">The class</a></p>
{% endblock %}
"""
SIMILAR = """{% extends "page" %}{% from "table" import table %}{% block body %}
<p>Compared: {% for name, count in compared.items() %}{{ name }} ({{ count }}){{ ", " if not loop.last }}{% endfor %}. \
A pair stands here where its code (names don't count) or its words resemble each other more than the course's own text \
and the class's usual likeness explain. It is a question, not a verdict: a common text found elsewhere, a tutor or \
work that was allowed looks the same. Nor does an empty list say much: short answers are alike by nature, and nothing \
under {{ least["code"] }} tokens of rare code or {{ least["text"] }} rare words is asked about.</p>
{% if asked %}{{ table(["assignment", "one", "other", "what is alike"], asked) }}{% else %}<p>No pair.</p>{% endif %}

{% if unread %}<p>Not read: {{ unread | join("; ") }}</p>{% endif %}

{% endblock %}
"""


def page(template: str, **about: Any) -> str:
    """A whole page; everything that it is told is text, and what can't be seen of it is spelled out."""
    from jinja2 import DictLoader, Environment

    def seen(one: Any) -> Any:
        return spelled(one) if type(one) is str else one  # (what is markup already was a text before)

    known = {"page": PAGE, "table": TABLE, "question": QUESTION, "index": INDEX, "team": TEAM, "similar": SIMILAR}
    pages = Environment(loader=DictLoader(known), autoescape=True, trim_blocks=True, finalize=seen)
    return pages.get_template(template).render(about)
