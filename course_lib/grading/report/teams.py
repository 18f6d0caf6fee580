"""A page for each section and each group: who is in it, and the marks."""

import re
import statistics
from pathlib import Path
from typing import Any

from course_lib.grading.report.looks import page
from course_lib.grading.report.marks import Row, total
from course_lib.grading.settings import Settings, folded
from course_lib.ground import write


def write_teams(rows: list[Row], said: Settings, folder: Path) -> list[tuple[str, str, int]]:
    """Write them; the title, the file and the number of students of each."""
    made, names = [], set()
    for kind, teams in (("section", said.sections), ("group", said.groups)):
        for team, members in teams.items():
            plain = name = f"{kind}-{re.sub(r'[^A-Za-z0-9_-]+', '-', team)[:60]}"
            while name.casefold() in names:  # two names that differ in what a file's can't show
                name = f"{plain}-{len(names)}"
            names.add(name.casefold())
            ids = {folded(one) for one in members}
            inside = [row for row in rows if folded(row.student) in ids]
            title = f"{kind.capitalize()} {team}"
            write(folder / f"{name}.html", team_page(title, inside, said.weights))
            made.append((title, f"{name}.html", len({row.student for row in inside})))
    return made


def team_page(title: str, rows: list[Row], weights: dict[str, float]) -> str:
    """Means by assignment, and a line for each student."""
    most = {row.assignment: row.most for row in rows}
    means: list[list[Any]] = []
    for name in most:
        scores = [row.score for row in rows if row.assignment == name and row.score is not None]
        means.append([name, len(scores), round(statistics.fmean(scores), 2) if scores else "", most[name]])
    people = []
    for who in sorted({row.student for row in rows}):
        own = {row.assignment: row for row in rows if row.student == who}
        marks = [own[name].score if name in own else None for name in most]
        shown = ["" if mark is None else mark for mark in marks]
        reached = total(marks, most, weights)[0]
        person = next(iter(own.values()))
        people.append([who, f"{person.last_name} {person.first_name}".strip(), *shown,
                       "" if reached is None else round(reached, 1)])  # fmt: skip
    head = ["student", "name", *most, "total, % of what is marked"]
    return page("team", title=title, means=means, people=people, head=head)
