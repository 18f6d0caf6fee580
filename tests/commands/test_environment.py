"""environment.yml asks for what pyproject.toml asks for, in conda's own words; the wheel holds the whole library."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

from course_lib.ground import ROOT
from course_lib.setup.environment import requirements
from tests.conftest import variables

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base", "playwright": "playwright-python"}


def lines(section: str) -> list[str]:
    """The entries of one list in environment.yml, which is simple enough to be read without a YAML parser."""
    text = (ROOT / "environment.yml").read_text("utf-8")
    block = re.search(rf"^{section}:\n((?:  .*\n)+)", text, re.MULTILINE)[1]
    return re.findall(r"^  - (.*[^:\n])$", block, re.MULTILINE)


def test_the_same_requirements_under_conda_names():
    by_pip = re.findall(r"^      - (.+)$", (ROOT / "environment.yml").read_text("utf-8"), re.MULTILINE)
    wanted = [Requirement(text) for text in requirements("test") if text not in by_pip]
    expected = [(CONDA.get(one.name, one.name), one.specifier) for one in wanted]
    found = [entry.split(" ") for entry in lines("dependencies")[1:] if not entry.startswith("pip ")]
    assert [(name, SpecifierSet(bounds)) for name, bounds in found] == expected
    assert set(by_pip) <= set(requirements("test"))


@pytest.mark.parametrize("entry", lines("dependencies"))
def test_conda_can_read_each_line(entry):
    spec = MatchSpec(entry, strict=True)
    assert spec.name is not None and spec.version is not None


def test_python_is_one_version_that_the_project_allows():
    name, version = lines("dependencies")[0].split("=")
    assert name == "python" and re.fullmatch(r"3\.\d+", version)
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains(version)


def test_the_readme_asks_for_the_same_pair():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f'"{text}"' in readme for text in requirements() if text.startswith("torch"))


def test_only_conda_forge():
    assert lines("channels") == ["conda-forge", "nodefaults"]


# -- the wheel: what `pip install ./course` brings on Colab ---------------------------------------------------------

IMPORT_ALL = """
import importlib, json, pkgutil, sys
import course_lib
found, needless = {"course_lib": course_lib.__file__}, {"nbgrader", "psutil"}
for module in pkgutil.walk_packages(course_lib.__path__, "course_lib."):
    try:
        found[module.name] = importlib.import_module(module.name).__file__
    except ModuleNotFoundError as error:  # what only instructors have
        if error.name.split(".")[0] not in needless or not module.name.startswith("course_lib.grading."):
            raise
        found[module.name] = "nbgrader isn't here"
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of the project without a network: in the project a build would leave its tracks."""
    pytest.importorskip("setuptools", minversion="77", reason="the wheel is built without a network")
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, env=variables(None), check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_has_every_module_its_data_and_nothing_else(wheel):
    files = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    there = {file.relative_to(ROOT).as_posix() for file in (ROOT / "course_lib").rglob("*.*") if file.is_file()}
    assert files == {name for name in there if "__pycache__" not in name}
    findings = {name for name in files if name.startswith("course_lib/plotting/findings/") and name.endswith(".toml")}
    assert len(findings) >= 7  # a lesson's each


def test_every_module_of_the_wheel_is_imported_where_nothing_else_is(wheel, tmp_path):
    """In an environment of its own, far from the checkout, which has this one's packages by a .pth file."""
    made = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
    base = {"base": made, "platbase": made}
    site, scripts = (sysconfig.get_path(name, "venv", base) for name in ("purelib", "scripts"))
    zipfile.ZipFile(wheel).extractall(site)
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site) / "packages.pth").write_text("\n".join(here))
    command = [shutil.which("python", path=scripts), "-I", "-c", IMPORT_ALL]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    modules = {name.removesuffix(".py") for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    assert set(found) == {name.removesuffix("/__init__").replace("/", ".") for name in modules}
    assert all(Path(file).is_relative_to(site) for file in found.values() if "nbgrader" not in file)
