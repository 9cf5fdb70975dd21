"""Lives that end with an alert, a rule each at least, and the smallest changes that would have prevented it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Told(NamedTuple):
    """A prevention by the offsets of what it names."""

    without: tuple[int, ...] = ()
    newest: int = 0
    later: tuple[int, float] | None = None
    added: tuple[str, ...] = ()


WEEKLY: Final = "\n".join(f"day {7 * week} 09:00 purchase_made shop from=purchases" for week in range(5))
FOUR_COMPLAINTS: Final = "\n".join(f"day {day} 10:00 ticket_opened mail complaint" for day in (1, 3, 9, 20))
BUYS_WELL: Final = "\n".join(f"day {day} 10:00 funnel_completed site" for day in range(20))
LIVES: Final[dict[str, tuple[str, str, Told]]] = {
    "a silence ends with one more purchase": (
        "silent_stop",
        f"{WEEKLY}\nday 90 09:00 purchase_made shop from=purchases by=bob",
        Told(added=("purchase_made",)),
    ),
    "so does one that ticks let pass": (
        "silent_stop",
        f"{WEEKLY}\n" + "\n".join(f"day {day} 00:00 tick purchases={day}" for day in range(29, 90)),
        Told(added=("purchase_made",)),
    ),
    "and one that is only noticed at the next purchase": (
        "silent_stop",
        f"{WEEKLY}\nday 90 09:00 purchase_made shop from=purchases",
        Told(added=("purchase_made",)),
    ),
    "of two complaints on the same channel neither alone would have been enough": (
        "third_channel",
        """
            day 1  10:00  ticket_opened   mail     complaint
            day 3  11:00  call_made       phone    complaint
            day 5  12:00  ticket_replied  mail     complaint
            day 9  08:00  mention_made    twitter  complaint
        """,
        Told(without=(1, 3), later=(3, 23)),  # 23 days: earlier it would have been four complaints in 30 days
    ),
    "any complaint of four": ("repeat_complaint", FOUR_COMPLAINTS, Told(without=(0, 1, 2, 3), later=(3, 11))),
    "a resolution and what follows it": (
        "resolved_but_back",
        "day 1 10:00 ticket_resolved mail\nday 1 15:00 mention_made twitter complaint",
        Told(without=(0, 1), later=(0, 5 / 24)),
    ),
    "a question": (
        "press_deadline",
        "day 1 10:00 enquiry_made phone as=journalist in\nday 1 12:00 mail_sent mail as=journalist out",
        Told(without=(0,)),
    ),
    "any exit of three": (
        "exit_spike",
        f"{BUYS_WELL}\n" + "\n".join(f"day 30 {hour}:00 funnel_exited site" for hour in (10, 11, 12)),
        Told(without=(20, 21, 22), later=(22, 22 / 24)),
    ),
    "of five exits the last three, as the first three were an alert already": (
        "exit_spike",
        f"{BUYS_WELL}\n" + "\n".join(f"day 30 {hour}:00 funnel_exited site" for hour in (10, 11, 12, 13, 14)),
        Told(newest=3),
    ),
    "a share": (
        "advocate_emerging",
        "day 1 10:00 content_shared linkedin as=employee\nday 20 10:00 content_shared linkedin as=employee",
        Told(without=(0, 1), later=(1, 11)),
    ),
    "one more share": (
        "advocate_quiet",
        "\n".join(f"day {day} 10:00 content_shared linkedin as=employee" for day in (1, 31, 61))
        + "\nday 200 10:00 content_shared linkedin as=employee by=bob",
        Told(added=("content_shared",)),
    ),
}
