"""Run real data through Rapport: ``python tests/real/run.py DATA_DIR [--broker apache|embedded] [--set NAME]…``.

Without a broker: `rapport map | rapport detect`. With one: `rapport replay` and the roles as processes, twice where
rules learn. With a fixed calibration both ways must raise the same alert ids; with what each partition learns for
itself they may differ, and must not by more than ``LEARNT_TOLERANCE`` of them. Exit code 1 if either fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streams.broker.parts import choose_broker  # a script finds the project by the line above
from tests.real.cluster import Cluster, run_brokered
from tests.real.convert import SETS, companies, in_time
from tests.real.pure import Figures, run_pure, write_records

if TYPE_CHECKING:
    from streams.broker.apache import ApacheKafka
    from streams.broker.embedded_broker import EmbeddedBroker

LEARNT_TOLERANCE = 0.2
"""Share of all alert ids that may be raised one way only: a quarter of the people teach each partition."""
LEARNING = ("cdnow", "retail")
FIXED = "[rules.silent_stop]\ncalibration = 3.0\n[rules.exit_spike]\ncalibration = 0.3\n"
RATES_HEAD = f"{'set':8} {'rule':18} {'alerts':>6} {'people':>7} {'months':>6} {'/1,000/month':>12}"
HEAD = (
    f"{'set':8} {'records':>8} {'interact.':>9} {'refused':>7} {'people':>7} {'months':>6} "
    f"{'alerts':>6} {'/1,000/month':>12} {'map s':>6} {'detect s':>8} {'records/s':>9}  alerts by rule"
)


def settings_file(folder: Path, data: Path, more: str = "", name: str = "rapport.toml") -> Path:
    """Settings under which the companies of the conversations are we ourselves."""
    path = folder / name
    ours = ", ".join(f'"{company}"' for company in companies(data))
    path.write_text(f"[ingest]\nown_handles = [{ours}]\n{more}")
    return path


def row(name: str, figures: Figures) -> str:
    refused = sum(figures.refused.values())
    rules = ", ".join(f"{rule} {count}" for rule, count in sorted(figures.opened.items())) or "none"
    reasons = "".join(f"; refused as {reason}: {count}" for reason, count in figures.refused.items())
    return (
        f"{name:8} {figures.records:8,} {figures.interactions:9,} {refused:7,} {figures.people:7,} "
        f"{figures.months:6.1f} {len(figures.ids):6,} {figures.per_thousand_and_month:12.2f} "
        f"{figures.map_seconds:6.2f} {figures.detect_seconds:8.2f} {figures.records / figures.seconds:9,.0f}  "
        f"{rules}{reasons}"
    )


def rates(name: str, figures: Figures) -> list[str]:
    """A line for each rule that raised anything: ``months`` is how long a person was known on average."""
    known = figures.person_months / max(figures.people, 1)
    counts = sorted(figures.opened.items()) or [("none", 0)]
    return [
        f"{name:8} {rule:18} {count:6,} {figures.people:7,} {known:6.1f} {figures.rate(count):12.2f}"
        for rule, count in counts
    ]


def compared(name: str, pure: Figures, cluster: Cluster, *, is_fixed: bool, records: Path) -> bool:
    """Run the set through the broker and say how it compares; True if well enough."""
    source = SETS[name][0]
    alerts, seconds, rate = run_brokered(cluster, source, records, pure.records)
    brokered = {alert_id for alert_id, _ in alerts}
    apart = len(brokered ^ pure.ids) / max(1, len(brokered | pure.ids))
    versions = "the same versions" if set(alerts) == set(pure.alerts) else "other versions"
    is_good = apart == 0 if is_fixed else apart <= LEARNT_TOLERANCE
    print(
        f"{name:8} {'fixed calibration' if is_fixed else 'learnt calibration':18} broker {len(brokered)} alerts, pure "
        f"{len(pure.ids)}, {apart:.1%} raised one way only (allowed: {0 if is_fixed else LEARNT_TOLERANCE:.0%}), "
        f"{versions}; replay with its start {rate:,.0f}/s, last alert after {seconds:.1f} s: "
        f"{'good' if is_good else 'NOT GOOD'}"
    )
    return is_good


def through_broker(part: ApacheKafka | EmbeddedBroker, names: list[str], data: Path, folder: Path) -> bool:
    """Compare every set; fixed first, then as learnt where something is."""
    is_good = True
    for name in names:
        for is_fixed in (True, False) if name in LEARNING else (True,):
            kind = "fixed" if is_fixed else "learnt"
            config = settings_file(folder, data, FIXED if is_fixed else "", f"{name}-{kind}.toml")
            records = folder / f"{name}.jsonl"
            pure = run_pure(SETS[name][0], records, config)
            cluster = Cluster(part.address, f"{name}-{kind}-", config, is_idempotent=part.idempotent_producer)
            is_good = compared(name, pure, cluster, is_fixed=is_fixed, records=records) and is_good
    return is_good


def main(arguments: list[str]) -> int:
    """Print the tables; 0 if all compared well, 1 if not, 2 without data."""
    parser = argparse.ArgumentParser(description="Run real data through Rapport.")
    parser.add_argument("data", type=Path, help="the folder with cdnow, retail, care, cfpb, nab")
    parser.add_argument("--broker", choices=("apache", "embedded"))
    parser.add_argument("--set", dest="names", action="append", choices=sorted(SETS), help="only this; may be repeated")
    given = parser.parse_args(arguments)
    names = given.names or list(SETS)
    with tempfile.TemporaryDirectory(prefix="rapport-real-") as temporary:
        folder = Path(temporary)
        try:
            config = settings_file(folder, given.data)
            for name in names:
                write_records(in_time(SETS[name][1](given.data)), folder / f"{name}.jsonl")
        except FileNotFoundError as error:
            print(f"not run: {error.filename} is absent", file=sys.stderr)
            return 2
        print(HEAD)
        found: list[str] = []
        for name in names:
            figures = run_pure(SETS[name][0], folder / f"{name}.jsonl", config)
            print(row(name, figures), flush=True)
            found += rates(name, figures)
        print("\n".join(["", RATES_HEAD, *found]))
        if given.broker is None:
            return 0
        with choose_broker(given.broker) as part:
            return 0 if through_broker(part, names, given.data, folder) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
