"""`run --scheduler`: notebooks executed by the workers of a dask cluster; text goes there, text comes back.

A notebook is the course's own program: it runs with the rights of its worker, which needs course_lib and the data.
A worker that goes costs nothing: dask gives its notebook to another.
"""

import argparse
import json
import queue
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.books.files import place, read
from course_lib.books.kernels import Unwanted, headless, play
from course_lib.ground import ROOT, YES
from course_lib.setup.cluster import NoCluster, connected, wanted

from .notebooks import Outcome, done_before, keep, key

PATIENCE = 60  # seconds until there must be a worker
STEP = 1.0  # seconds between two moves of the bar


def job(text: str, folder: str, full: bool, timeout: int) -> str:
    """On the worker: execute a notebook; its text with the outputs, what went wrong and what its kernel said, as JSON.

    folder: where it lies below the project's folder.
    """
    import nbformat

    notebook, begin = nbformat.reads(text, as_version=4), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        env = headless(Path(scratch)) | ({"COURSE_FULL": "1"} if full else {})
        with open(Path(scratch) / "stderr", "w+b") as log:
            why = play(notebook, ROOT / folder, env, timeout, still_wanted, log.fileno())
            log.seek(0)
            said = log.read(100_000).decode("utf-8", "replace")
    seconds = round(time.monotonic() - begin, 1)
    return json.dumps({"notebook": nbformat.writes(notebook), "why": why, "said": said, "seconds": seconds})


def still_wanted(cell: int) -> None:
    """Raises Unwanted where whoever asked for the notebook was interrupted, or has gone."""
    if not wanted():
        raise Unwanted


def played(address: str, jobs: dict[Any, tuple[str, str]], full: bool, timeout: int) -> Iterator[tuple[Any, dict]]:
    """What comes of these notebooks (name -> text and folder) as they come: the fields of `job`, or only `why`.

    Yields (None, {}) now and then, for a bar. Raises NoCluster.
    """
    client = connected(address, "course-run")
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise NoCluster(f"{address} has no workers: start some with `dask worker {address}`") from error
        ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        left = {client.submit(job, *given, full, timeout, pure=False): name for name, given in jobs.items()}
        for future in left:
            future.add_done_callback(ended.put)
        while left:
            try:
                name = left.pop(future := ended.get(timeout=STEP))
            except queue.Empty:
                yield None, {}
                continue
            try:
                said = json.loads(future.result(timeout=60))
            except Exception as error:  # whatever went wrong there is a line in the table
                said = {"why": f"{type(error).__name__}: {' '.join(str(error).split())[:150]}"}
            yield name, said
    finally:
        client.close(timeout=2)


def outcomes(paths: list[Path], options: argparse.Namespace) -> Iterator[Outcome | None]:
    """Execute these notebooks on the cluster and keep what comes of each, as `notebooks.execute` does here.

    Yields None now and then, for a bar. Raises NoCluster.
    """
    import nbformat

    jobs, about, taken, env = {}, {}, set(), {"COURSE_FULL": YES[0] if options.full else ""}
    for path in paths:
        try:
            before, copy, notebook = path.read_bytes(), place(path, options.out, taken), read(path)
        except (OSError, ValueError) as error:
            yield Outcome(path.stem, 0.0, str(error), False)
            continue
        wanted = key(notebook, options.data, env)
        if not (options.fresh or options.in_place or options.numbers) and (outcome := done_before(copy, wanted)):
            yield outcome
            continue
        folder = path.parent.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else "."
        jobs[path], about[path] = (nbformat.writes(notebook), folder), (copy, before, wanted)
    for path, said in played(options.scheduler, jobs, options.full, options.timeout) if jobs else ():
        if path is None:
            yield None
        elif "notebook" not in said:
            yield Outcome(path.stem, 0.0, said["why"], False)
        else:
            copy, before, wanted = about[path]
            log, notebook = copy.with_suffix(".log"), nbformat.reads(said["notebook"], as_version=4)
            log.unlink(missing_ok=True)
            if said["said"]:
                log.write_text(said["said"], "utf-8")
            yield keep(path, copy, options, notebook, before, wanted, said["why"], said["seconds"])
