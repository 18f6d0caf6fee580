"""Pages back to where the hand-ins came from: one zip for an assignment, as Moodle or Canvas takes it."""

import io
import zipfile
from pathlib import Path

from course_lib.grading.course import Course
from course_lib.grading.report.feedback import Pair
from course_lib.grading.report.origins import Origin, origin
from course_lib.ground import write


def entry(came: Origin, name: str, platform: str) -> str:
    """The path of a page in the zip, by which the platform knows whose it is; "" where it could not know.

    Moodle takes the participant's number from the folder, Canvas both numbers from the file's name.
    """
    if platform == "moodle" and came.participant:
        return f"{came.full_name or 'Participant'}_{came.participant}_assignsubmission_file_/{name}.html"
    if platform == "canvas" and came.user:
        return f"{Path(came.name).stem}.html"
    return ""


def give_back(course: Course, pairs: list[Pair], platform: str) -> tuple[list[Path], list[str]]:
    """Put these pages into zips; where they are, and whose page is in none, with the reason. Raises OSError."""
    made, left = [], []
    for name in sorted({name for name, _ in pairs}):
        taken: dict[str, str] = {}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for who in sorted(student for assignment, student in pairs if assignment == name):
                where = entry(origin(course, name, who), name, platform)
                if not where or where in taken:
                    why = f"{platform} gave {taken[where]} the same name" if where else f"it didn't come by {platform}"
                    left.append(f"{who}, {name}: {why}")
                    continue
                taken[where] = who
                zipped.write(course.home / "feedback" / who / name / f"{name}.html", where)
        if taken:
            made.append(course.folder(f"feedback-{platform}") / f"{name}.zip")
            write(made[-1], out.getvalue())
    return made, left
