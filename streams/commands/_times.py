"""A point in time as an option's value."""

from __future__ import annotations

from datetime import UTC

import click

from streams.ingest.moments import moment
from streams.ingest.refusal import Refused


class Moment(click.ParamType):
    """RFC 3339, a date, or epoch seconds or milliseconds; UTC without an offset. The value is epoch milliseconds."""

    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the time; a wrong one is refused with what is allowed."""
        if isinstance(value, int):
            return value
        try:
            return moment(value, UTC, "the time")
        except Refused as refused:
            self.fail(refused.detail, param, ctx)
