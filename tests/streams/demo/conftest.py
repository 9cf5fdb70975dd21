import pytest

from streams.demo.casting import Cast, cast
from tests.streams.demo.direct import START


@pytest.fixture(scope="session")
def company() -> Cast:
    return cast(seed=3, people=60, start=START)
