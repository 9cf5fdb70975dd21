"""The real monitor with the rules that the first version had: what the counting of customers costs by itself.

Those are three of a person and one of cohorts. Measured as ``monitor`` is; the other rules are off, and what only they
read is not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.benchmarks.bench import HOT_PEOPLE
from tests.benchmarks.cases.monitor import measured

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench
    from tests.benchmarks.result import Result

RULES: Final = ("silent_stop", "exit_spike", "third_channel", "mention_spike")


async def run(bench: Bench) -> Result:
    """Measure on the hot population."""
    return await measured(bench, "monitor_three", HOT_PEOPLE, RULES)
