"""A process that grades: requests on stdin, one line of JSON each; what came of them on stdout, a line each.

It ends at once, and with it all that it started, when the process that asks has gone, however that ended.
"""

import json
import logging
import os
import select
import sys
import threading
from dataclasses import asdict
from typing import Any

from course_lib.ground import without_grammar


def grade(job: Any) -> Any:
    """All of it in this process: read a submission, run it, judge it, write it down."""
    from course_lib.grading.autograde import home, task

    begun = home.prepare(job)
    return home.finish(job, begun, task.attempted(begun.task) if begun.task else "")


def answer(request: dict[str, Any]) -> Any:
    """What is asked: the whole of a `grade`, or one of its three steps, of which `attempt` needs nothing of home."""
    from course_lib.grading.autograde import task

    if request["do"] == "attempt":
        return task.attempted(request["task"])
    if request["do"] == "page":
        from course_lib.grading.report import feedback

        return feedback.one(request)
    from course_lib.grading.autograde import home

    job = home.Job(**request["job"])
    if request["do"] == "grade":
        return asdict(grade(job))
    if request["do"] == "prepare":
        return asdict(home.prepare(job))
    return asdict(home.finish(job, home.Begun(**request["begun"]), request["told"]))


def told(request: dict[str, Any]) -> Any:
    """The answer; where the machine's disk takes nothing, {"machine": why}: that is not the submission's fault."""
    try:
        return answer(request)
    except Exception as error:
        from course_lib.grading.upkeep.faults import of_the_disk

        if not (why := of_the_disk(error)):
            raise
        return {"machine": why}


def go_with_them(stream: int) -> None:
    """Wait until nobody can write to this stream any more; then end, kernels first."""
    poll = select.poll()
    poll.register(stream, 0)  # (nothing but the end of the other side)
    while not poll.poll():
        pass
    import psutil

    for one in psutil.Process().children(recursive=True):
        try:
            one.kill()
        except psutil.Error:
            continue
    os._exit(1)


def main() -> int:
    """Answer until stdin ends; what else is said goes to stderr."""
    threading.Thread(target=go_with_them, args=(sys.stdin.fileno(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    without_grammar()
    for line in sys.stdin:
        print(json.dumps(told(json.loads(line))), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
