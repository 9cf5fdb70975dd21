"""The real monitor on 300,000 people who all act equally often, so that nearly every event meets cold memory.

Measured as ``monitor`` is. Nearly every event makes one more person's state to be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.bench import WIDE_PEOPLE
from tests.benchmarks.cases.monitor import measured

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench
    from tests.benchmarks.result import Result


async def run(bench: Bench) -> Result:
    """Measure on the wide population."""
    return await measured(bench, "monitor_uniform", WIDE_PEOPLE)
