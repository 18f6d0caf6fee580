"""nbgrader's configuration in the grading folder: by it its own commands and buttons, without a sandbox, do nothing."""

from pathlib import Path

from course_lib.ground import ROOT, write

NAME, BEFORE = "nbgrader_config.py", "nbgrader_config_before.py"
WHY = {  # what a button of Formgrader or a command of nbgrader wants, and what does it here
    "assign": "release {name}", "unassign": "release {name}",
    "release": "release {name}", "unrelease": "release {name}",
    "collect": "collect FILE.zip", "autograde": "autograde {name}", "generate_feedback": "feedback {name}",
    "release_feedback": "feedback {name}",
}  # fmt: skip
SAID = (
    "Nothing was done: nbgrader's own way runs students' code without a sandbox, or shows hidden tests. In this course"
)
CONFIG = f'''# Written by the course's grader, and renewed by `python -m course_lib grade mark`. Here nbgrader serves to
# mark by hand, and for nothing else: its commands and Formgrader's buttons that release, collect, grade or give back
# would delete the release's record, run students' code unprotected and write pages with hidden tests. They say so and
# end; generate_feedback lets the course write the pages.
import subprocess
import sys
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseAssignment, ExchangeReleaseFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades

KIT = r"{ROOT}"


def nothing(error):
    def start(self):
        self.log.error(why := "{SAID} it is: python -m course_lib grade release | collect | autograde | feedback")
        raise error(why)

    return start


def feedback(self):
    """The course's own pages, of those whom the command names."""
    about = self.coursedir
    one = [] if about.student_id in ("", "*") else [f"--student={{about.student_id}}"]
    words = ["feedback", about.assignment_id, *one, f"--folder={{about.root}}"]
    if not Path(KIT, "course_lib").is_dir() or about.assignment_id.startswith("-"):
        nothing(NbGraderException)(self)
    if subprocess.run([sys.executable, "-m", "course_lib.grading", *words], cwd=KIT).returncode not in (0, 3):
        raise NbGraderException("no page was written")


BaseConverter.start, GenerateFeedback.start = nothing(NbGraderException), feedback
for transfer in (ExchangeCollect, ExchangeReleaseAssignment, ExchangeReleaseFeedback):
    transfer.start = nothing(ExchangeError)
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "autoencoders"
c.HTMLExporter.sanitize_html = True
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
c.Autograde.autograde_preprocessors = []
'''


def renew(home: Path) -> bool:
    """Put today's configuration in the place of an older one, which is kept beside it; whether there was one."""
    file = home / NAME
    before = file.read_text("utf-8", "replace") if file.is_file() else ""
    if before == CONFIG:
        return False
    if before:
        write(home / BEFORE, before)
    write(file, CONFIG)
    return bool(before)


def refusal(action: str, name: str) -> str:
    """What a button of Formgrader answers."""
    return f"{SAID} it is: python -m course_lib grade {WHY.get(action, 'report').format(name=name)}"
