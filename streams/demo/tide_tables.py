"""The shifts of cohorts that the company's months hold, one for each rule of cohorts."""

from __future__ import annotations

from typing import Final

from streams.demo.tides import Tide, tide

TIDES: Final[tuple[Tide, ...]] = (
    tide(
        "tablets that cannot pay any more",
        (60, 130),
        """
        always      5  buy  device=tablet
        days 0..40  5  buy  device=tablet  share=0.8
        tells funnel_drop 0  funnel=checkout step=payment device=tablet
        """,
    ),
    tide(
        "a price list that drives people away",
        (60, 130),
        """
        always      8  look  page=/pricing  share=0.25
        days 0..40  8  look  page=/pricing  share=0.9
        tells exit_rate 0  page=/pricing
        """,
    ),
    tide(
        "a batch of bad sweaters",
        (60, 150),
        """
        always      6  review  topic=sweater  share=0.1
        days 0..13  6  review  topic=sweater  share=0.6
        tells complaint_wave 0  topic=sweater
        """,
    ),
    tide(
        "investors who have got wind of something",
        (60, 150),
        """
        always      4  come  referrer=finance.yahoo.com
        days 0..9  24  come  referrer=finance.yahoo.com
        tells lurking_traffic 0  place="financial sites"
        """,
    ),
    tide(
        "friends of friends",
        (60, 160),
        """
        day 0  16  bring
        tells many_at_once 0  rule=fan_emerging party=customer
        """,
    ),
    tide(
        "the hat in a film",
        (120, 170),  # after the outage of the feed
        """
        day 0  80  post
        tells mention_spike 0  brand="the company"
        """,
    ),
)
