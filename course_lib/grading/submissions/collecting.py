"""From a platform's zip to submitted/<student>/<assignment>: whose, which, since when; nothing is lost on the way."""

import argparse
import shutil
from collections import Counter, defaultdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from course_lib.books.handed_in import spelled
from course_lib.grading.course import Course, GradingError, alone, shown
from course_lib.grading.settings import Settings, folded, nearest
from course_lib.grading.submissions import archives, people, platforms, stamps
from course_lib.grading.submissions.aliases import Aliases, Matcher, written
from course_lib.grading.submissions.archives import printable
from course_lib.grading.submissions.choosing import Chooser, stamped
from course_lib.grading.submissions.placing import KINDS, NEW, REPLACED, SPOILED, Summary, enter
from course_lib.grading.submissions.worksheet import Worksheet

DOWNLOAD = 600, 14 * 3600, 300  # seconds: span of the dates, difference of zones, slack


def collect(course: Course, options: argparse.Namespace) -> int:
    """Take in what these zips or folders hold; 0 when all is well, 3 when something needs a person.

    Raises GradingError where a file, the zone or the assignment is none, and before anything is written.
    """
    course.need()
    names = sorted({*course.assignments(), *course.released()})
    if options.assignment and options.assignment not in names:
        raise GradingError(f"{options.assignment!r} is no assignment{nearest(options.assignment, names)}")
    zone, settings, found = zone_of(options.zone), course.settings(), Summary()
    with course.gradebook() as book:
        students = people.everyone(book)
    if not students and options.source != "folder":
        raise GradingError("there is no list of students yet to match names with: grade students --add class.csv")
    roster = people.Roster(students, [*settings.groups, *settings.sections])
    aliases = Aliases(course.home / "aliases.csv", roster)
    sheet = Worksheet(options.worksheet)
    for place in options.files:
        with archives.members(place):  # what can't be read is said before anything is written
            pass
    with alone(course.home):
        shutil.rmtree(course.home / "submitted" / NEW, ignore_errors=True)  # what a kill left
        for place in options.files:
            with archives.members(place) as members:
                matcher = Matcher(roster, aliases, options.source, sheet.names)
                take(course, options, names, zone, matcher, place, members, found, sheet.times)
        aliases.ask(found.unmatched)
    return tell(course, found, roster, settings)


def zone_of(name: str) -> tzinfo | None:
    """The zone of a zip's dates; None for the machine's. Raises GradingError."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise GradingError(f"{name!r} is no zone{nearest(name, zoneinfo.available_timezones())}") from error


def take(
    course: Course, options: argparse.Namespace, names: list[str], zone: tzinfo | None, matcher: Matcher, place: Path,
    members: list[archives.Member], found: Summary, times: dict[str, datetime],
) -> None:  # fmt: skip
    """Take in one zip or folder. times: by number, from Moodle's grading worksheet.

    Raises GradingError where nothing in it is named as by the platform.
    """
    from tqdm import tqdm

    kind = options.source
    handed, strays = platforms.sort(kind, members, names, matcher.roster.known)
    found.strays += [f"{printable('/'.join(one.parts))} in {place.name}" for one in strays]
    found.lost |= any(one.leaves or one.fault or platforms.hand_in(one.name) for one in strays)
    if not handed:
        raise GradingError(f"nothing in {place} is named as by {kind}: {platforms.LOOKS[kind]} was expected; --from "
                           f"{' or '.join(other for other in platforms.LOOKS if other != kind)}?")  # fmt: skip

    def utc(date: datetime | None) -> datetime | None:
        if date is None or date.tzinfo:
            return date
        return (date.replace(tzinfo=zone) if zone else date).astimezone(UTC)

    groups: dict[str, list[platforms.Handed]] = defaultdict(list)
    for one in handed:
        groups[one.person].append(one)
        one.at = one.at or utc(times.get(one.number))
    if kind == "folder":
        stamped(handed)
    worth = [one for one in handed if platforms.NOTEBOOK.fullmatch(one.path[-1])]
    dates = [one for one in handed if platforms.hand_in(one.path[-1])]
    timed = usable(options, place, [utc(one.member.dated) for one in dates if not one.at], zone, found)
    seen = {platforms.assignment_of(one.path, names) for one in worth}
    touched = {name for name, exact, _ in seen if exact} or {name for name, _, _ in seen if name}
    if not touched:
        touched = {name for name in names if name in folded(place.stem).replace("_", "-").split("-")}
    default = options.assignment or (touched.pop() if len(touched) == 1 else "")
    chooser = Chooser(names, options.assignment, default, kind, utc, timed)
    mine = matcher.match(groups, found.unmatched)
    found.strays += [f"{printable(one)} in {place.name} (Canvas's own Test Student)" for one in matcher.testers]
    for who in tqdm(sorted(mine), desc=f"Collecting {place.name}", unit="student", delay=2, disable=None):
        for choice in chooser.choose(mine[who]):
            enter(course, who, choice, place.name, found)


def usable(
    options: argparse.Namespace, place: Path, dates: list[datetime | None], zone: tzinfo | None, found: Summary
) -> bool:
    """Whether a zip's dates are those of the hand-ins. Some platforms write there when the zip was made."""
    whole = [date for date in dates if date]
    if not whole or options.times == "none" or (place.is_dir() and options.times != "zip"):
        return False
    span, apart, slack = DOWNLOAD
    off = abs(max(whole).timestamp() - place.stat().st_mtime)
    narrow = (max(whole) - min(whole)).total_seconds() <= span
    if options.times != "zip" and narrow and off <= apart and abs((off + 900) % 1800 - 900) <= slack:
        found.times.append(f"{place.name}: its dates are those of its download, not of the hand-ins: not taken "
                           "(--times zip takes them)")  # fmt: skip
        return False
    named = f"the zone {zone}" if zone else f"this machine's zone, {datetime.now().astimezone().tzname()}"
    also = ""
    if narrow and len(whole) > 2:
        also = "; all lie within minutes: if they are those of the download, collect with --times none"
    found.times.append(f"{place.name}: times are the zip's dates, in {named} (another: --zone){also}")
    return True


def tell(course: Course, found: Summary, roster: people.Roster, settings: Settings) -> int:
    """Print what came of it; 3 where something needs a person, else 0."""
    wanting = bool(found.unmatched) or found.lost or any(SPOILED in one.values() for one in found.outcomes.values())
    for line in found.times:
        print(spelled(line))
    for name, outcomes in sorted(found.outcomes.items()):
        counts = Counter(outcomes.values())
        said = [f"{counts[what]} {what}" for what in KINDS if counts[what]]
        print(f"{name or 'of no assignment'}: {', '.join(said)}")
        if counts[REPLACED]:
            print("  what was replaced is kept in submitted-before")
        for line in dict.fromkeys(found.lines[name]):
            print(f"  {spelled(line)}")
        late = [who for who, what in outcomes.items() if what != SPOILED and settings.due(name, who)
                and not (course.home / "submitted" / who / name / stamps.STAMP).is_file()]  # fmt: skip
        if late:
            wanting = True
            print(f"  it is due, and no time of the hand-in is known: {', '.join(sorted(late))}")
        if name:
            missing = sorted(one.id for one in roster.students
                             if not (course.home / "submitted" / one.id / name / f"{name}.ipynb").is_file()
                             and outcomes.get(one.id) != SPOILED)  # fmt: skip
            print(f"  missing, of {len(roster.students)}: {', '.join(missing) or 'nobody'}")
    for who, perhaps in sorted(found.unmatched.items()):
        print(f"Not matched: {written(who)}" + (f" (perhaps {perhaps})" if perhaps else ""))
    if found.unmatched:
        print(f"Fill in their ids in {shown(course.home / 'aliases.csv')} (- for nobody's), and collect again.")
    if found.strays:
        more = f" and {len(found.strays) - 5} more" if len(found.strays) > 5 else ""
        print(spelled(f"Nobody's: {', '.join(found.strays[:5])}{more}"))
    return 3 if wanting else 0
