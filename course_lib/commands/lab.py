"""`python -m course_lib`: open the course in JupyterLab."""

import argparse
import os
import tempfile
from pathlib import Path

from course_lib.books import kernels
from course_lib.ground import ROOT
from course_lib.setup.environment import environment
from course_lib.setup.processes import hand_over, with_library

HELP = "open the course in JupyterLab (what happens where no command is named); arguments are JupyterLab's"


def options(p: argparse.ArgumentParser) -> None:
    """`lab` hands everything on."""


def main(options: argparse.Namespace) -> int:
    """Open JupyterLab on the notebooks; further arguments are passed on."""
    python = environment()
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # containers, class servers
    env = dict(with_library(dict(os.environ)), JUPYTER_PREFER_ENV_PATH="1")
    if not kernels.home_is_writable():
        env |= kernels.elsewhere(Path(tempfile.mkdtemp(prefix="course-home-")))
        print("Your home folder can't be written to: JupyterLab keeps its settings in a temporary folder.", flush=True)
    os.chdir(ROOT)
    return hand_over(
        [python, "-m", "jupyterlab", *(["--allow-root"] if root else []), "notebooks", *options.rest], env
    )
