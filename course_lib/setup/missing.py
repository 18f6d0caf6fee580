"""What an environment lacks. Its own Python runs this file too, as a script; standard library and `packaging` only."""

import sys
from importlib.metadata import version


def missing(wanted: list[str]) -> list[str]:
    """Those of the requirements that this interpreter doesn't meet: all, where it can't tell."""
    lacking = []
    for text in wanted:
        try:
            from packaging.requirements import Requirement

            one = Requirement(text)
            needless = one.marker is not None and not one.marker.evaluate()
            met = needless or one.specifier.contains(version(one.name), prereleases=True)
        except (ImportError, ValueError, TypeError):  # a package is missing, or was left half installed
            met = False
        lacking += [] if met else [text]
    return lacking


if __name__ == "__main__":
    if lacking := missing(sys.argv[2:]):
        sys.exit(f"not installed: {', '.join(lacking)}")
    if sys.argv[1] == "try":
        import torchvision  # noqa: F401  (it brings torch: does the pair work?)
