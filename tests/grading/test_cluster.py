"""Grading on a dask cluster: what is sent, who may run it, what comes back, and what happens when machines go."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict

import pytest

from tests import needs

needs.nbgrader()
distributed = pytest.importorskip("distributed", reason="dask.distributed isn't installed: no cluster is tested")

from course_lib.grading import records  # noqa: E402
from course_lib.grading.autograde import cluster, home, pool, remote, task  # noqa: E402
from course_lib.grading.autograde.attempt import Ran  # noqa: E402
from course_lib.grading.autograde.cluster import Cluster  # noqa: E402
from course_lib.grading.autograde.home import Job  # noqa: E402
from course_lib.grading.course import GradingError  # noqa: E402
from course_lib.ground import ROOT  # noqa: E402
from tests.conftest import until, variables  # noqa: E402
from tests.grading import crowd, hostile  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402


def job(course, student):
    """A submission as a job."""
    return Job(str(course.home), str(course.sources), NAME, student, 120.0, 20.0, 4096)


# -- what is sent ------------------------------------------------------------------------------------------------


def texts(value):
    """All texts in plain data, those in JSON within it as well."""
    if isinstance(value, str):
        yield value
        try:
            inner = json.loads(value)
        except ValueError:
            return
        if not isinstance(inner, str):
            yield from texts(inner)
    elif isinstance(value, dict):
        yield from (one for pair in value.items() for part in pair for one in texts(part))
    elif isinstance(value, list | tuple):
        yield from (one for part in value for one in texts(part))
    else:
        yield repr(value)


def test_no_secret_and_no_answer_is_sent(tiny):
    hostile.hand_in(tiny.home, "honest-blank", {})  # (a right hand-in has the answers, of course)
    sent = list(texts(home.prepare(job(tiny, "honest-blank")).task))
    everything, key = "\n".join(sent), tiny.key(NAME)
    assert tiny.secret not in everything and "unseen_batch" in everything, "the hidden tests are run there"
    for name, about in key["questions"].items():
        solution = [line.strip() for line in hostile.RIGHT[name].splitlines() if "def " not in line]
        assert not any(line in everything for line in solution if '"""' not in line), name
        for values in (
            *about["expected"].values(),
            *(one for slip in about["slips"] for one in slip["values"].values()),
        ):
            numbers = [value["data"] for value in values if isinstance(value, dict) and len(value.get("data", [])) > 1]
            assert not any(json.dumps(one)[1:-1] in everything for one in numbers)
        assert not any(slip["name"] in everything for slip in about["slips"])
    assert not any(str(place) in everything for place in (tiny.home, tiny.sources))


def test_of_a_key_only_named_fields_are_sent(tiny):
    """What a later version of the key has more of stays at home until somebody says that it may go."""
    key = tiny.key(NAME)
    key["questions"]["soft"]["model answer"] = key["another"] = "stays"
    assert "stays" not in json.dumps(task.public(key))


# -- what comes back -----------------------------------------------------------------------------------------------


@pytest.fixture
def begun(tiny):
    """A submission that was read, and an answer as a worker gives it."""
    hostile.hand_in(tiny.home, "honest-good", {})
    one = home.prepare(job(tiny, "honest-good"))
    notebook = json.loads(json.loads(one.task)["notebook"])
    code = sum(cell["cell_type"] == "code" for cell in notebook["cells"])
    ran = asdict(Ran(cpu=1.0)) | {"failed": []}
    return tiny, one, {"ran": ran, "outputs": [[1, []] for _ in range(code)], "seconds": 1.0, "cpu": 1.0}


def finished(begun, answer):
    """The record, and what stands in the notebook that was graded."""
    course, one, _ = begun
    record = home.finish(job(course, "honest-good"), one, answer if isinstance(answer, str) else json.dumps(answer))
    place = course.home / "autograded" / "honest-good" / NAME / f"{NAME}.ipynb"
    return record, place.read_text("utf-8") if place.exists() else ""


BAD = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "too long": '"' + "x" * task.LARGEST + '"',
}


@pytest.mark.parametrize("what", BAD)
def test_an_answer_that_is_none_costs_that_submission_only(begun, what):
    record, page = finished(begun, BAD[what])
    assert record.status == records.NOT_RUN and "can't be read" in record.reason and not page


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["ran"].update(sent=[]),
        lambda one: one["ran"].update(sent={"soft": [1]}),
        lambda one: one["ran"].update(sent={"soft": {"any batch": 1}}),
        lambda one: one["ran"].update(failed=[["soft"]]),
        lambda one: one["ran"].update(flags=["x" * 10_000]),
        lambda one: one["ran"].update(flags=[{}]),
        lambda one: one["ran"].update(late=["<b>"]),
        lambda one: one["ran"].update(cpu=float("nan")),
        lambda one: one["ran"].update(cpu=-1.0),
        lambda one: one["ran"].update(stopped=None),
        lambda one: one["ran"].pop("sent"),
        lambda one: one.update(outputs=one["outputs"][1:]),
        lambda one: one.update(outputs=[[1, [1]]] * len(one["outputs"])),
        lambda one: one.update(outputs=7),
        lambda one: one.update(more=1),
        lambda one: one.update(seconds="1"),
    ],
)
def test_an_answer_of_another_shape_costs_that_submission_only(begun, change):
    change(begun[2])
    record, page = finished(begun, begun[2])
    assert record.status == records.NOT_RUN and "can't be read" in record.reason and not page


def test_what_a_worker_shows_goes_through_the_same_filter_again(begun):
    html = {"output_type": "display_data", "data": {"text/html": "<script>", "text/plain": "shown"}, "metadata": {}}
    many = {"output_type": "stream", "name": "stdout", "text": "line\n"}
    begun[2]["outputs"][0] = ["<b>", [html, {"output_type": "update", "x": 1}, *[many] * 5_000]]
    record, page = finished(begun, begun[2])
    assert record.status == records.GRADED and "shown" in page and "script" not in page
    cells = json.loads(page)["cells"]
    assert max(len(cell.get("outputs", [])) for cell in cells) <= task.MOST_OUTPUTS
    assert all(cell.get("execution_count") in (None, 1) for cell in cells)


def test_points_that_a_worker_claims_are_nothing(begun):
    begun[2]["ran"]["sent"] = {"soft": {"any batch": [{"points": 3}]}, "other": {"x": [1]}}
    record, _ = finished(begun, begun[2])
    course = begun[0]
    assert record.status == records.GRADED and crowd.marks(course)["honest-good"] == dict.fromkeys(hostile.QUESTIONS, 0)


# -- who may run submissions ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def threads():
    """A cluster of two workers in this process: what they run can be replaced."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as local:
        yield local


@pytest.fixture
def several(tiny, tmp_path, monkeypatch):
    """A class of four, whose answers come without kernels."""
    expected = crowd.class_of_tiny(tiny, 4)
    monkeypatch.setenv("STAND_IN", crowd.stand_in(tiny, expected, tmp_path, 0.05)["STAND_IN"])
    space = {}
    exec(crowd.STAND_IN, space)
    attempt, unfit = remote.attempt, remote.unfit
    space["dask_setup"](None)
    yield tiny, expected
    remote.attempt, remote.unfit = attempt, unfit


def graded(course, address, patience=3.0):
    """The records of all that was handed in, graded on that cluster."""
    with Cluster(course, address, course.home, [], patience) as runners:
        return list(runners.grade([job(course, student) for _, student in course.submissions()]))


def test_a_cluster_gives_the_same_marks(several, threads):
    course, expected = several
    assert {one.status for one in graded(course, threads.scheduler_address)} == {records.GRADED}
    assert crowd.marks(course) == expected
    assert pool.todo(course, course.submissions(), True) == []


def named(*bad):
    """A trial that these workers don't pass."""
    return lambda *given: "no sandbox here" if distributed.get_worker().address in bad else ""


def test_a_worker_that_can_not_run_them_is_named_and_the_others_go_on(several, threads, capsys, tmp_path):
    course, expected = several
    one, other = [worker.address for worker in threads.workers.values()]
    answer, ran = remote.attempt, str(tmp_path / "ran")

    def attempt(said):
        with open(ran, "a") as file:
            print(distributed.get_worker().address, file=file)
        return answer(said)

    remote.unfit, remote.attempt = named(one), attempt
    graded(course, threads.scheduler_address)
    said = capsys.readouterr().out
    assert crowd.marks(course) == expected and open(ran).read().splitlines() == [other] * 4
    assert said.count("no sandbox here") == 1 and one in said and other not in said


def test_nobody_left_is_one_line(several, threads):
    remote.unfit = named(*[worker.address for worker in threads.workers.values()])
    with pytest.raises(GradingError, match="no worker of .* can run submissions: .*no sandbox here") as error:
        graded(several[0], threads.scheduler_address)
    assert "\n" not in str(error.value)
    assert {records.read(several[0], *pair).status for pair in several[0].submissions()} == {""}, "none was begun"


def test_a_worker_without_bubblewrap_or_with_another_library_is_unfit(monkeypatch):
    assert remote.unfit("another", {}, False) == "its course_lib is another than the instructor's"
    monkeypatch.setenv("PATH", "/nowhere")
    assert "bubblewrap isn't installed" in remote.unfit(remote.library(), {}, False)
    assert remote.unfit(remote.library(), {}, True) == ""


def test_the_library_differs_when_a_file_does(tmp_path, monkeypatch):
    before = remote.library()
    assert before == remote.library()
    (tmp_path / "course_lib").mkdir()
    (tmp_path / "course_lib" / "one.py").write_text("x = 1")
    monkeypatch.setattr(remote, "ROOT", tmp_path)
    first = remote.library()
    (tmp_path / "course_lib" / "one.py").rename(tmp_path / "course_lib" / "two.py")
    assert len({before, first, remote.library()}) == 3


def test_an_error_there_costs_one_submission_which_is_tried_again_later(several, threads):
    course, expected = several
    answer, bad = remote.attempt, "student.0001"

    def attempt(said):
        if f"is {bad}." in said:
            raise ValueError("<b>broken</b>\n" * 1000)
        return answer(said)

    remote.attempt = attempt
    found = graded(course, threads.scheduler_address)
    assert sorted(one.status for one in found) == sorted([records.NOT_RUN, *[records.GRADED] * 3])
    assert records.read(course, NAME, bad).accident and len(records.read(course, NAME, bad).reason) < 400
    assert pool.todo(course, course.submissions(), True) == [(NAME, bad)]


def test_a_damaged_submission_is_not_sent(several, threads):
    course, _ = several
    (course.home / "submitted" / "student.0002" / NAME / f"{NAME}.ipynb").write_text("{")
    found = graded(course, threads.scheduler_address)
    assert [one.reason for one in found if one.status == records.NOT_RUN] == [
        records.read(course, NAME, "student.0002").reason
    ]
    assert "damaged" in records.read(course, NAME, "student.0002").reason


def test_a_worker_that_comes_later_is_used(several, tmp_path):
    course, expected = several
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as local:
        threading.Timer(1.5, local.scale, [1]).start()
        graded(course, local.scheduler_address, patience=30)
    assert crowd.marks(course) == expected


def test_no_workers_at_all_is_one_line(several):
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp") as local,
        pytest.raises(GradingError, match="has no workers: start some with `dask worker tcp:"),
    ):
        graded(several[0], local.scheduler_address, patience=1)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nonsense://x", "tcp://", ""])
def test_no_scheduler_is_one_line(tiny, address, monkeypatch, tmp_path):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(GradingError) as error:
        Cluster(tiny, address or "no address", tmp_path, [], timeout=2)
    assert "no scheduler answers at" in str(error.value) and "\n" not in str(error.value)


def test_without_dask_the_command_says_what_to_install(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GradingError, match=r"pip install 'distributed"):
        pool.runners(tiny, "tcp://127.0.0.1:1", 1, tiny.home, [])


# -- machines that go ------------------------------------------------------------------------------------------------


def test_killed_workers_cost_nothing_and_nothing_is_entered_twice(tiny, tmp_path, capsys):
    """Without kernels: 40 submissions, each a while at work, and every 4 s a worker is killed."""
    assert crowd.demonstrate(tiny, tmp_path / "crowd", 40, 2, 4, 0.5) == 0, capsys.readouterr().out
    assert ", 0 killed" not in capsys.readouterr().out


def test_the_audit_sees_a_submission_that_is_entered_twice(several, threads):
    course, _ = several
    crowd.audit(course)
    graded(course, threads.scheduler_address)
    assert crowd.entered(course) == {1: 12}
    graded(course, threads.scheduler_address)
    assert crowd.entered(course) == {2: 12}


def test_a_submission_that_takes_its_workers_along_ends(several, threads, monkeypatch):
    """Not its kernel, which is the sandbox's affair: the machine. It is tried so often and no more."""
    course, expected = several
    monkeypatch.setattr(cluster, "LOST", 1)
    bad, ask = "student.0003", Cluster.finish

    def finish(self, piece, future):
        if piece.job.student == bad:
            future.release()
            future.cancel()
        return ask(self, piece, future)

    monkeypatch.setattr(Cluster, "finish", finish)
    graded(course, threads.scheduler_address)
    assert records.read(course, NAME, bad).accident
    assert {name: one for name, one in crowd.marks(course).items() if name != bad} == {
        name: one for name, one in expected.items() if name != bad
    }


def test_a_scheduler_that_goes_is_one_line_and_resume_does_the_rest(tiny, tmp_path, monkeypatch):
    expected = crowd.class_of_tiny(tiny, 12)
    env = crowd.stand_in(tiny, expected, tmp_path, 1.0)
    command = [sys.executable, "-m", "course_lib.grading", "autograde", "--folder", str(tiny.home)]
    command += ["--sources", str(tiny.sources)]
    with crowd.Crowd(tmp_path, 2, env=env) as first:
        process = subprocess.Popen(
            [*command, "--scheduler", first.address], cwd=ROOT, text=True, stdout=-1, stderr=subprocess.STDOUT
        )
        until(lambda: sum(record.status == records.GRADED for record in all_records(tiny)) >= 3)
        first.end(first.scheduler)
        said = process.communicate(timeout=90)[0].strip().splitlines()
    assert process.returncode == 1 and "can't be reached any more" in said[-1] and "Traceback" not in str(said)
    (tmp_path / "scheduler.json").unlink()
    with crowd.Crowd(tmp_path, 2, env=env) as second:
        answer = crowd.autograde(tiny, "--resume", "--scheduler", second.address)
    assert "are graded already" in answer.stdout and crowd.marks(tiny) == expected


def test_an_encrypted_cluster_takes_only_who_has_its_key(tiny, tmp_path):
    """dask's own settings name the files; nothing of ours is in between."""
    if not shutil.which("openssl"):
        pytest.skip("openssl isn't installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=course"]
    subprocess.run([*made, "-keyout", key, "-out", cert], check=True, capture_output=True)
    tls = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true", "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(cert)}
    for who in ("SCHEDULER", "WORKER", "CLIENT"):
        tls |= {
            f"DASK_DISTRIBUTED__COMM__TLS__{who}__{what}": str(file) for what, file in (("KEY", key), ("CERT", cert))
        }
    expected = crowd.class_of_tiny(tiny, 2)
    (tmp_path / "crowd").mkdir()
    with crowd.Crowd(tmp_path / "crowd", 1, env=tls | crowd.stand_in(tiny, expected, tmp_path, 0.1)) as there:
        assert there.address.startswith("tls://")
        stranger = crowd.autograde(tiny, "--scheduler", there.address, env=variables())
        assert stranger.returncode == 1 and "no scheduler answers" in stranger.stderr and not crowd.marks(tiny)
        answer = crowd.autograde(tiny, "--scheduler", there.address, env=variables(**tls))
        assert answer.returncode == 0, answer.stderr
    assert crowd.marks(tiny) == expected


def all_records(course):
    """What is recorded of each that was handed in."""
    return [records.read(course, *pair) for pair in course.submissions()]


# -- kernels -----------------------------------------------------------------------------------------------------------

SLOW = "import time\nfor _ in range(60):\n    time.sleep(0.5)\n"


@pytest.fixture(scope="class")
def real(tmp_path_factory):
    """Two workers as processes, for kernels."""
    needs.sandbox()
    with crowd.Crowd(tmp_path_factory.mktemp("crowd"), 2) as there:
        yield there


class TestKernels:
    def test_good_wrong_and_hostile_ones(self, tiny, real):
        expected = crowd.class_of_tiny(tiny, 3)
        for name in ("os-exit", "exits-in-hidden"):
            hostile.hand_in(tiny.home, name, {})
        answer = crowd.autograde(tiny, "--scheduler", real.address)
        assert answer.returncode == 3, answer.stdout + answer.stderr
        assert "3 graded, 2 did not run" in answer.stdout
        got = crowd.marks(tiny)
        assert {name: got[name] for name in expected} == expected

    @pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
    def test_when_the_grader_goes_its_kernels_elsewhere_end(self, tiny, real, sign):
        crowd.class_of_tiny(tiny, 2)
        for file in (tiny.home / "submitted").rglob("*.ipynb"):
            notebook = json.loads(file.read_text("utf-8"))
            notebook["cells"].insert(2, hostile.cell("code", SLOW))
            file.write_text(json.dumps(notebook))
        command = [sys.executable, "-m", "course_lib.grading", "autograde", "--folder", str(tiny.home)]
        command += ["--sources", str(tiny.sources), "--scheduler", real.address]
        process = subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, text=True, env=variables())
        until(lambda: ours(real))
        time.sleep(2)
        process.send_signal(sign)
        process.communicate(timeout=10)
        assert process.returncode == (130 if sign == signal.SIGINT else -9)
        until(lambda: not ours(real), 10)


def ours(there):
    """The kernels that this cluster's workers have."""
    import psutil

    found = []
    for worker in there.workers:
        for one in psutil.Process(worker.pid).children(recursive=True):
            try:
                found += [one] if "ipykernel_launcher" in " ".join(one.cmdline()) else []
            except psutil.Error:
                continue
    return found
