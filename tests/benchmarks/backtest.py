"""`python -m tests.benchmarks.backtest`: how long `rapport backtest` takes for a year of 10,000 people.

The mix of the other cases, as JSON lines in one file of a temporary folder (some 330 bytes an event; 5,000,000 of them
are 300 days), late and repeated ones included. The whole command is timed, from its start to its end: it reads, decodes
and judges each event by the default rules and by new ones. No broker is needed. Give the compiled modules a checkout of
their own to compare: `python deploy/compile.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from detectors import partition
from detectors.interaction import Interaction
from detectors.wire import decode, encode_json
from tests.benchmarks.bench import HOT_PEOPLE, say
from tests.benchmarks.processes import ROOT, environment
from tests.benchmarks.records import Mix

NEW_RULES: Final = """
[rules.third_channel]
channels = 2
[rules.silent_stop]
false_alarms = 0.02
[rules.exit_spike]
min_events = 5
"""


def main() -> None:
    """Write the history, live through it, print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.backtest", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000, help="5,000,000 by default")
    parser.add_argument("--people", type=int, default=HOT_PEOPLE, help="10,000 by default")
    options = parser.parse_args()
    if options.events < 1 or options.people < 1:
        parser.error(f"--events is {options.events}, --people {options.people}; allowed: 1 and more")
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        say(f"writing {options.events:,} events of {options.people:,} people …")
        history = Path(folder) / "history.jsonl"
        write(history, options.people, options.events)
        print(json.dumps(measured(history, options.events)))


def write(path: Path, people: int, events: int) -> None:
    """The mix without its ticks, a JSON object a line."""
    with path.open("wb") as file:
        for key, value in Mix(people, events).records():
            if key is not None:
                interaction = decode(value)
                assert isinstance(interaction, Interaction)
                file.write(encode_json(interaction) + b"\n")


def measured(history: Path, events: int) -> dict[str, Any]:
    """Run the command; gives its figures. RuntimeError with its last words if it fails."""
    rules = history.with_name("new.toml")
    rules.write_text(NEW_RULES)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "streams", "backtest", str(history), "--rules", str(rules), "--json"],
        env={**environment(), "PYTHONPATH": str(ROOT)},
        cwd=history.parent,  # no settings file of ours is read
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"it failed ({done.returncode}): {done.stderr[-2000:]}")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    header = records[0]
    total = next(each for each in records if each["record"] == "total")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "events": events,
        "seconds": round(seconds, 1),
        "events_per_second": round(events / seconds),
        "processor_us_per_event": round((used.ru_utime + used.ru_stime) / events * 1e6, 1),
        "largest_process_mb": round(used.ru_maxrss / 1024),
        "cores": len(os.sched_getaffinity(0)),
        "is_compiled": not partition.__file__.endswith(".py"),
        **{name: header[name] for name in ("interactions", "people", "days", "partitions")},
        **{name: total[name] for name in ("gained", "lost", "changed", "same")},
    }


if __name__ == "__main__":
    main()
