"""``rapport backtest FILE… --rules new.toml``: which alerts new rules would gain and lose."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from detectors.dead_feed import DeadFeed
from detectors.rules import Rule
from streams.commands._broker import asked
from streams.commands._files import BadLines, data_lines, form_option, open_all, total_bytes
from streams.commands._options import json_option, with_settings
from streams.commands._progress import WorkProgress
from streams.settings import SettingsError, load

if TYPE_CHECKING:
    from streams.backtest.backtest import Outcome, Page
    from streams.backtest.feedback import Word
    from streams.files.recordings import Form
    from streams.settings import Settings

    Sides = tuple[Settings, Settings]
    """The old rules and the new ones."""

a_file = click.Path(path_type=Path, dir_okay=False)


@click.command("backtest")
@click.argument("files", metavar="[FILE…|-]", nargs=-1)
@click.option("--rules", "new", type=a_file, required=True, help="Settings file with the new rules.")
@click.option("--against", "old", type=a_file, help="Settings file with the old rules; those in force by default.")
@click.option(
    "--topic", "of_topic", is_flag=True, help="Instead of files: the topic interactions, up to its present end."
)
@click.option(
    "--partitions",
    type=click.IntRange(1, 4096),
    help="Into how many partitions people are divided; as `broker.partitions` has it by default.",
)
@click.option(
    "--examples", type=click.IntRange(0, 100_000), default=3, show_default=True, help="Alerts shown a rule, at most."
)
@click.option("--feedback", type=a_file, help="What the team said of alerts, as JSON lines.")
@form_option
@json_option
@with_settings
def command(
    settings: Settings,
    files: tuple[str, ...],
    *,
    new: Path,
    old: Path | None,
    of_topic: bool,
    partitions: int | None,
    examples: int,
    feedback: Path | None,
    form: Form | None,
    as_json: bool,
) -> None:
    """Live through recorded interactions by the old rules and by the new ones, and say which alerts differ.

    Files (JSON lines, as `rapport map` prints them) are merged by time. The code is the monitor's; alerts are matched
    by their ids, and an alert counts once, when it is raised, with the gravest severity that it reaches. Settings files
    are taken whole, and the environment holds over both.

    What is normal is learnt in each partition of people, as on a cluster, where a person is in the same one. So the
    number of partitions matters a little for rules that compare people with others, the number of cores does not.

    Feedback is one JSON object a line, as the topic feedback will have it: {"alert_id": "…", "verdict":
    "acknowledged"}, or "wrong"; of several about one alert the last counts. Dead feeds are judged with --topic alone:
    files hold no ticks.
    """
    from streams.backtest.lanes import LaneError  # noqa: PLC0415 - with it comes the whole core

    _check(files, of_topic=of_topic, of_files={"--partitions": partitions, "--form": form})
    sides = (settings if old is None else _loaded(old), _loaded(new))
    verdicts, bad_verdicts = _verdicts(feedback)
    try:
        if of_topic:
            lived = asked(_of_topic(settings, sides), settings)
        else:
            lived = _of_files(settings, sides, files, form, partitions or settings.broker.partitions)
    except LaneError as error:
        raise click.ClickException(str(error)) from None
    _tell(lived, sides, (old, new), verdicts, examples, as_json=as_json)
    if lived.refused or bad_verdicts:
        raise SystemExit(1)


class Lived(NamedTuple):
    """What came of the history: ``rules`` could say something, True those about people; ``refused`` counts lines."""

    outcome: Outcome
    rules: dict[str, bool]
    partitions: int
    refused: int


class _Work:
    """A backtest under way, with its progress; what it starts ends with the stack."""

    def __init__(
        self, stack: contextlib.ExitStack, sides: Sides, partitions: int, total: int | None, *, has_ticks: bool
    ) -> None:
        from streams.backtest.backtest import Backtest  # noqa: PLC0415 - as above
        from streams.backtest.lanes import open_lanes  # noqa: PLC0415

        self._progress = stack.enter_context(WorkProgress("backtest", total))
        self.bad = BadLines(self._progress)
        lanes = stack.enter_context(open_lanes(sides, partitions))
        self._backtest = Backtest(sides, lanes, partitions, self.bad, has_ticks=has_ticks)
        self._rules = {
            rule.name: isinstance(rule, Rule)
            for rule in sides[0].all_rules()
            if has_ticks or not isinstance(rule, DeadFeed)
        }
        self._partitions = partitions
        self._records = 0

    def take(self, page: Page) -> None:
        """Go on."""
        self._backtest.take(page)
        self._records += page.size
        self._progress.update(self._records, page.done)

    def lived(self) -> Lived:
        """Come to the end."""
        return Lived(self._backtest.outcome(), self._rules, self._partitions, self.bad.count)


def _of_files(settings: Settings, sides: Sides, files: tuple[str, ...], form: Form | None, partitions: int) -> Lived:
    from streams.backtest.history import pages  # noqa: PLC0415 - as above
    from streams.files.detecting import Reader  # noqa: PLC0415

    with contextlib.ExitStack() as stack:
        recordings = open_all(stack, files, form)
        work = _Work(stack, sides, partitions, total_bytes(recordings), has_ticks=False)
        reader = Reader(settings.ingest.identity_order, work.bad, now_ms=int(time.time() * 1000))
        for page in pages(reader.merged(recordings), recordings, partitions):
            work.take(page)
        return work.lived()


async def _of_topic(settings: Settings, sides: Sides) -> Lived:
    from streams.backtest.log import open_log  # noqa: PLC0415 - Faust takes half a second to import
    from streams.broker import topics  # noqa: PLC0415

    async with open_log(settings.broker, settings.topic(topics.INTERACTIONS)) as log:
        with contextlib.ExitStack() as stack:
            work = _Work(stack, sides, log.partitions, log.total, has_ticks=True)
            async for page in log.pages():
                work.take(page)
            return work.lived()


def _check(files: tuple[str, ...], *, of_topic: bool, of_files: dict[str, object]) -> None:
    """Refuse what does not go together; ``of_files`` are options that mean nothing to the topic."""
    if bool(files) is of_topic:
        given = "files and --topic are given" if files else "neither a file nor --topic is given"
        raise click.UsageError(f"{given}; allowed: files, - for standard input, or --topic")
    for option, value in of_files.items():
        if of_topic and value is not None:
            raise click.UsageError(f"{option} is given with --topic, which has its own; allowed: {option} with files")


def _loaded(path: Path) -> Settings:
    """The settings of that file; what is wrong with them is said of the file."""
    try:
        return load(path)
    except SettingsError as error:
        said = str(error)
        raise click.UsageError(said if said.startswith(str(path)) else f"{path}: {said}") from None


def _verdicts(path: Path | None) -> tuple[dict[str, Word] | None, int]:
    """The feedback in the file, and how many of its lines were none."""
    from streams.backtest.feedback import read_verdicts  # noqa: PLC0415 - as above

    if path is None:
        return None, 0
    with contextlib.ExitStack() as stack:
        [recording] = open_all(stack, [str(path)], None)
        bad = BadLines(stack.enter_context(WorkProgress("feedback", recording.size, is_quiet=True)))
        return read_verdicts(recording, bad), bad.count


def _tell(
    lived: Lived,
    sides: Sides,
    files: tuple[Path | None, Path],
    verdicts: dict[str, Word] | None,
    examples: int,
    *,
    as_json: bool,
) -> None:
    from streams.backtest.comparison import compared  # noqa: PLC0415 - as above
    from streams.backtest.report import Report, RulesUsed, json_lines  # noqa: PLC0415
    from streams.backtest.words import lines  # noqa: PLC0415

    old, new = (
        RulesUsed(None if path is None else str(path), side.rules_version())
        for path, side in zip(files, sides, strict=True)
    )
    comparison = compared(lived.outcome, lived.rules, verdicts or {})
    counted = None if verdicts is None else len(verdicts)
    report = Report(lived.outcome, comparison, lived.partitions, old, new, lived.refused, counted)
    with data_lines() as write:
        for line in json_lines(report, examples) if as_json else map(str.encode, lines(report, examples)):
            write(line)
