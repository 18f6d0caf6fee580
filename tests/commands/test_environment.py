"""environment.yml asks for what pyproject.toml asks for, in conda's own words."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

from course_lib.setup.environment import ROOT, requirements

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base", "playwright": "playwright-python"}


def lines(section: str) -> list[str]:
    """The entries of one list in environment.yml, which is simple enough to be read without a YAML parser."""
    text = (ROOT / "environment.yml").read_text("utf-8")
    block = re.search(rf"^{section}:\n((?:  .*\n)+)", text, re.MULTILINE)[1]
    return [line.removeprefix("  - ") for line in block.splitlines() if not line.startswith("  #")]


def test_the_same_requirements_under_conda_names():
    wanted = [Requirement(text) for text in requirements("test")]
    expected = [(CONDA.get(one.name, one.name), one.specifier) for one in wanted]
    found = [entry.split(" ") for entry in lines("dependencies")[1:]]
    assert [(name, SpecifierSet(bounds)) for name, bounds in found] == expected


@pytest.mark.parametrize("entry", lines("dependencies"))
def test_conda_can_read_each_line(entry):
    spec = MatchSpec(entry, strict=True)
    assert spec.name is not None and spec.version is not None


def test_python_is_one_version_that_the_project_allows():
    name, version = lines("dependencies")[0].split("=")
    asked = re.search(
        r'^requires-python = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )[1]
    assert name == "python" and re.fullmatch(r"3\.\d+", version)
    assert SpecifierSet(asked).contains(version)


def test_only_conda_forge():
    assert lines("channels") == ["conda-forge", "nodefaults"]


def test_every_package_and_its_data_are_installed():
    """What `pip install ./course` brings on Colab."""
    there = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "course_lib").rglob("__init__.py")}
    setuptools = PYPROJECT["tool"]["setuptools"]
    assert set(setuptools["packages"]) == there
    library = ROOT / "course_lib"
    data = {file for pattern in setuptools["package-data"]["course_lib"] for file in library.glob(pattern)}
    files = {file for file in library.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert {file for file in files if file.suffix != ".py"} == data
