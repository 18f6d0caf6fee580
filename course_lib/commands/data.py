"""Which data a command will work on, asked of the Python that has what is needed."""

import json
import subprocess

from course_lib.ground import ROOT

QUESTION = """
import json, sys
try:
    from course_lib import data
    print(json.dumps([data.source(), str(data.mnist_folder() or "")]))
except Exception as error:
    sys.exit(f"The data could not be looked for: {type(error).__name__}: {error}")
"""


def ask_data(python: str, env: dict[str, str]) -> tuple[str, str]:
    """Which data there are, and the folder of MNIST ('' where it can't be had). A download happens here."""
    print("Looking for the data ...", flush=True)
    command = [python, "-c", QUESTION]
    answer = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if answer.returncode in (130, -2):
        raise KeyboardInterrupt
    *said, last = answer.stdout.strip().splitlines() or [""]
    if answer.returncode:
        return "no data", ""
    print(*said, sep="\n", end="\n" if said else "")
    source, folder = json.loads(last)
    return source, folder
