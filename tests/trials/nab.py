"""Score the detector of bursts on the Numenta Anomaly Benchmark: ``python tests/trials/nab.py DATA_DIR``.

DATA_DIR holds ``windows.json`` (NAB's ``combined_windows.json``) and the folders ``realTweets`` and
``artificialNoAnomaly``. The score is NAB's own (Lavin and Ahmad, 2015; its ``sweeper.py``), profile *standard*:
the earliest detection in a labelled window earns up to 1, a missed window costs 1, each detection outside costs up to
0.11, less when it follows a window closely; the first 15 % of a file, at most 750 rows, are not scored; 0 is a
detector that says nothing, 100 a perfect one. No threshold is searched for: a detection is an alert.

The detector's constants were chosen on these very files, so the figure flatters: for a brand left out of that choice
it was about 75, between 70 and 82.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from detectors.spike_knobs import SpikeKnobs  # a script finds the project by the line above
from detectors.spikes import ROW_MS, Spikes

FALSE_POSITIVE_COST = 0.11
SAMPLES = ("realTweets", "artificialNoAnomaly")


@dataclass
class Result:
    """What was found in one file, or in several added up."""

    earned: float = 0.0
    windows: int = 0
    found: int = 0
    false: int = 0
    alerts: int = 0  # the unscored first rows included

    def __add__(self, other: Result) -> Result:
        """Both files together."""
        return Result(
            self.earned + other.earned,
            self.windows + other.windows,
            self.found + other.found,
            self.false + other.false,
            self.alerts + other.alerts,
        )

    def __str__(self) -> str:
        score = f"{self.score:5.1f}" if self.windows else "    -"
        return f"score {score}  windows {self.found}/{self.windows}  false {self.false}  alerts {self.alerts}"

    @property
    def score(self) -> float:
        """0 for silence, 100 for perfection; there must be windows."""
        return 100 * (self.earned + self.windows) / (2 * self.windows)


def sigmoid(position: float) -> float:
    """NAB's value of a detection: near 1 at a window's left edge (-1), 0 at its right edge (0), near -1 far behind."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def score(rows: int, detections: list[int], windows: list[tuple[int, int]]) -> Result:
    """Score row numbers of detections against windows, both edges inclusive and in order."""
    probation = min(math.floor(0.15 * rows), 750)
    best: dict[tuple[int, int], float] = {}
    result = Result(windows=len(windows), alerts=len(detections))
    for row in detections:
        if row < probation:
            continue
        left, right = next((window for window in reversed(windows) if window[0] <= row), (-1, -1))
        if row <= right:
            value = sigmoid(-(right - row + 1) / (right - left + 1)) / sigmoid(-1)
            best[left, right] = max(best.get((left, right), -1.0), value)
        else:
            result.false += 1
            result.earned += FALSE_POSITIVE_COST * (sigmoid((row - right) / (right - left)) if right >= 0 else -1.0)
    result.found = len(best)
    result.earned += sum(best.values()) - (len(windows) - len(best))
    return result


def detect(rows: list[tuple[datetime, float]], knobs: SpikeKnobs) -> list[int]:
    """Numbers of the rows that raise an alert."""
    spikes = Spikes(knobs)
    first = int(rows[0][0].timestamp() * 1000) // ROW_MS
    found = []
    for at, count in rows:
        row = int(at.timestamp() * 1000) // ROW_MS
        spikes.push(row, count)
        spike = spikes.push(row + 1, 0)
        if spike is not None:
            found.append(spike.row - first)
    return found


def moment(text: str) -> datetime:
    """Read NAB's time, which names no zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def trial(folder: Path, name: str, labels: list[list[str]]) -> Result:
    """Run one file through the detector and score it."""
    with (folder / name).open(newline="") as lines:
        rows = [(moment(line["timestamp"]), float(line["value"])) for line in csv.DictReader(lines)]
    number = {at: index for index, (at, _) in enumerate(rows)}
    windows = [(number[moment(start)], number[moment(end)]) for start, end in labels]
    return score(len(rows), detect(rows, SpikeKnobs()), windows)


def main(arguments: list[str]) -> int:
    """Print a line a file and the totals; 2 when the data are not there."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "windows.json").is_file():
        print("usage: python tests/trials/nab.py DATA_DIR, a folder with windows.json", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    labels = json.loads((folder / "windows.json").read_text())
    for sample in SAMPLES:
        total = Result()
        for name in sorted(name for name in labels if name.startswith(sample + "/")):
            result = trial(folder, name, labels[name])
            total += result
            print(f"{name:54} {result}")
        print(f"{sample:54} {total}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
