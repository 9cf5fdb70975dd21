from collections.abc import Callable

from streams.running.damper import PASSED, WINDOW_SECONDS, Damper


class Clock:
    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        assert seconds == WINDOW_SECONDS
        self.waiting.append(then)


def error(number: int, what: str = "node is gone") -> str:
    return f"2026-11-28 15:46:06,{number:03} E aiokafka: {what} {number}"


def test_the_first_few_pass_and_the_rest_are_counted_until_the_window_ends() -> None:
    said: list[str] = []
    clock = Clock()
    damper = Damper(said.append, clock.later)
    for number in range(PASSED + 4):
        damper.line(error(number))
    assert said == [error(number) for number in range(PASSED)]
    [end] = clock.waiting
    end()
    assert said[PASSED:] == [f"{error(PASSED + 3)} … repeated 4 times"]
    damper.line(error(9))
    assert said[-1] == error(9)
    assert len(clock.waiting) == 2


def test_lines_that_say_different_things_are_counted_apart() -> None:
    said: list[str] = []
    damper = Damper(said.append, Clock().later)
    for number in range(PASSED):
        damper.line(error(number))
        damper.line(error(number, "no metadata"))
    damper.flush()
    assert len(said) == 2 * PASSED


def test_what_is_no_warning_is_never_held_however_often_it_comes() -> None:
    alert = "CRITICAL - new alert - third channel - 2026-06-11 20:07 UTC"
    information = "2026-11-28 15:46:06,300 I streams.broker.engine: ready: 4 partitions kept, 0 restored"
    said: list[str] = []
    damper = Damper(said.append, Clock().later)
    for line in [alert, information, ""] * 20:
        damper.line(line)
    assert said == [alert, information, ""] * 20
