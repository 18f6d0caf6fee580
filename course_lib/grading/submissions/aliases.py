"""Ids for what a platform calls people: by the list of students, and by a file in which a person answers once."""

import csv
import io
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.books.handed_in import spelled
from course_lib.grading.course import GOOD_NAME, GradingError
from course_lib.grading.settings import folded, nearest
from course_lib.grading.submissions.people import Roster, readings
from course_lib.grading.submissions.platforms import TESTERS, Handed
from course_lib.ground import write

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx, .ods, and .xls begin
SEPARATOR = re.compile("sep=([,;\t])", re.IGNORECASE)  # a first line that says what stands between the columns
IGNORED = "-"  # as an id in aliases.csv: nobody's


def table(file: Path, raw: bytes | None = None) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """A CSV's header, and its rows by line: with commas, semicolons or tabs, in UTF-8 or as old spreadsheets write.

    Raises GradingError where it can't be read.
    """
    try:
        raw = file.read_bytes() if raw is None else raw
    except OSError as error:
        raise GradingError(f"{file} can't be read: {error.strerror or error}") from error
    if raw.startswith(WORKBOOKS):
        raise GradingError(f"{file} is a spreadsheet program's own file: save it there as CSV (UTF-8) first")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    head, _, rest = text.partition("\n")
    if said := SEPARATOR.fullmatch(head.rstrip("\r")):  # for Excel alone
        text, comma = rest, said[1]
    else:
        comma = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    rows, header = [], []
    try:
        for row in reader:
            if not header:
                header = [name.strip() for name in row]
            elif any(value.strip() for value in row):
                if len(row) > len(header):
                    raise GradingError(f"{file}, line {reader.line_num}: {len(row)} columns, but {len(header)} names "
                                       "in the first line (a comma in a name needs quotes around it)")  # fmt: skip
                rows.append((reader.line_num, dict(zip(header, row, strict=False))))
    except csv.Error as error:
        raise GradingError(f"{file}, line {reader.line_num}, can't be read: {error}") from error
    return header, rows


def written(name: str) -> str:
    """What a platform calls somebody, as it stands in aliases.csv: in one line, nothing in it that can't be seen."""
    return spelled(name).replace("\n", "\\n").replace("\t", "\\t")


def compared(name: str) -> str:
    """The form in which these are looked for; a ' in front may only be there for the spreadsheet."""
    return folded(written(name).removeprefix("'"))


class Aliases:
    """aliases.csv: what a platform calls those whom it couldn't be matched with, and the id that a person fills in."""

    COLUMNS = ("name", "id", "perhaps")

    def __init__(self, file: Path, roster: Roster) -> None:
        """Raises GradingError where the file can't be read, or gives an id that nobody has."""
        self.file, self.rows, self.ids, self.header = file, [], {}, list(self.COLUMNS)
        if not file.exists():
            return
        self.header, rows = table(file)
        if [self.header.count(one) for one in ("name", "id")] != [1, 1]:
            raise GradingError(f"{file.name}: its columns are {', '.join(self.COLUMNS)}, not {', '.join(self.header)}")
        rows = [(line, row | {"name": written(row.get("name") or "")}) for line, row in rows]
        self.rows, faults = [row for _, row in rows], []
        for line, row in rows:
            name, who = compared(row["name"]), (row.get("id") or "").strip()
            known = roster.ids.get(folded(who))
            if who and who != IGNORED and not known:
                hint = nearest(who, [one.id for one in roster.students])
                faults.append(f"line {line}: {who!r} is no student of the list{hint}")
            if self.ids.get(name, who) != who:
                faults.append(f"line {line}: {row['name']!r} has another id above")
            self.ids[name] = known.id if known else who
        if faults:
            raise GradingError(f"{file.name}: {'; '.join(faults)}")

    def find(self, label: str, person: str) -> str | None:
        """The id that was filled in; "" where it was asked for and is empty yet, None where it never was."""
        for name in (person, label):
            for text in readings(name):
                if compared(text) in self.ids:
                    return self.ids[compared(text)]
        return None

    def ask(self, names: dict[str, str]) -> None:
        """Add these names, each with whom it may be, and an empty id. Raises OSError."""
        new = {written(name): perhaps for name, perhaps in sorted(names.items()) if compared(name) not in self.ids}
        if not new:
            return
        self.rows += [{"name": f"'{name}" if name[:1] in ("=", "+", "-", "@") else name, "id": "", "perhaps": perhaps}
                      for name, perhaps in new.items()]  # fmt: skip
        out = io.StringIO()
        sheet = csv.DictWriter(out, self.header, extrasaction="ignore", lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(self.rows)
        write(self.file, out.getvalue())


@dataclass
class Matcher:
    """Ids for the names of one platform."""

    roster: Roster
    aliases: Aliases
    kind: str
    names: dict[str, list[str]]  # by Moodle's number, from its grading worksheet
    testers: list[str] = field(default_factory=list)  # Canvas's own Test Student

    def match(self, groups: dict[str, list[Handed]], unmatched: dict[str, str]) -> dict[str, list[Handed]]:
        """What was handed in, by id; `unmatched` takes whoever can't be told, with whom it may be."""
        ids, by_name = {}, defaultdict(list)
        numbers = Counter(folded(handed[0].label) for handed in groups.values())
        if self.kind == "moodle":
            self.roster.teams |= self.roster.teams_before(handed[0].label for handed in groups.values())
        for person, handed in groups.items():
            label, number = handed[0].label, handed[0].number
            alias = self.aliases.find(label, person)
            if alias:
                ids[person] = alias
                continue
            those = self.roster.find(label, number if self.kind == "canvas" else "")
            told = next((found for name in self.names.get(number, []) if (found := self.roster.find(name))), set())
            those = told if len(told) == 1 else those
            if not self.roster.students and GOOD_NAME.fullmatch(label):
                those = {label}  # there is no list: the folders are it
            if len(those) == 1:
                [ids[person]] = those
                by_name[ids[person]].append(person)
            elif self.kind == "canvas" and not those and folded(label) in TESTERS:
                self.testers.append(person)
            else:
                lasting = self.kind == "canvas"  # Moodle counts anew for every assignment
                key = person if lasting or len(those) > 1 or numbers[folded(label)] > 1 else label
                unmatched[key] = " or ".join(sorted(those)) or self.roster.suggestion(label)
        for who, persons in by_name.items():
            if len(persons) > 1:  # one on the list, several on the platform
                for person in persons:
                    unmatched[person] = who
                    del ids[person]
        result = defaultdict(list)
        for person, who in ids.items():
            if who != IGNORED:
                result[who] += groups[person]
        return result
