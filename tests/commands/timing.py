"""Where the time of a test run went: one line for each file that took long, printed at the end."""

from collections import defaultdict

import pytest

SHOWN = 12
seconds = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what each file took, whichever process ran it."""
    seconds[report.nodeid.split("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The files that took longest, and the sum of the others."""
    ranked = sorted(seconds.items(), key=lambda pair: -pair[1])
    if sum(seconds.values()) < 5:
        return
    terminalreporter.section("where the time went, in seconds")
    for file, took in ranked[:SHOWN]:
        terminalreporter.write_line(f"{took:7.1f}  {file}")
    if rest := ranked[SHOWN:]:
        terminalreporter.write_line(f"{sum(took for _, took in rest):7.1f}  {len(rest)} other files")
