"""For every test: how hypothesis searches, and that CI skips nothing for want of a program.

Hypothesis searches anew on every run here, and draws the same examples on every run in CI.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

EXCUSED = ("RAPPORT_DATA", "make torture")
"""What may be skipped even where everything is required: real data that we may not ship, and hours of rounds."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ``RAPPORT_REQUIRE_ALL`` a test that is skipped because something is not installed has failed."""
    report = yield
    if os.environ.get("RAPPORT_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if not any(excuse in reason for excuse in EXCUSED):
            report.outcome = "failed"
            report.longrepr = f"skipped where everything must run: {reason}"
    return report
