from __future__ import annotations

import pytest

from tests.streams.explaining.fake_log import FakeLog


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> FakeLog:
    return FakeLog(monkeypatch)
