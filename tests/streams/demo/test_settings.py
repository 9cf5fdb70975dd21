import pytest

from streams.commands._parts import environment_without
from streams.demo.casting import OUTAGE
from streams.demo.circles import STORIES
from streams.demo.settings import OUTAGE_HOURS, demo_environment
from streams.demo.tides import REVIEWS
from streams.ingest.mappings import found
from streams.settings import ROLES, load


def test_the_settings_are_allowed_and_learn_nothing_from_other_people() -> None:
    settings = load(None, demo_environment())
    knobs = {rule.name: rule for rule in settings.built_rules()}
    assert knobs["silent_stop"].calibration is not None  # type: ignore[attr-defined]
    assert knobs["exit_spike"].calibration is not None  # type: ignore[attr-defined]
    told = {REVIEWS, *(story.source for story in STORIES)}
    assert set(settings.monitor.silence_hours) == (set(found()) - {"interactions"}) | told
    assert settings.monitor.silence_hours["tweets"] == OUTAGE_HOURS < 24 * (OUTAGE[1] - OUTAGE[0])
    assert settings.metrics.ports == dict.fromkeys(ROLES, 0)


def test_simulated_alerts_never_reach_the_slack_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_DELIVER__SLACK_WEBHOOK_URL", "https://hooks.example/one")
    monkeypatch.setenv("RAPPORT_DELIVER__SLACK_WEBHOOK_URL_FILE", "/nowhere")
    monkeypatch.setenv("RAPPORT_REDIS__PREFIX", "mine:")
    environment = {**environment_without("deliver", "metrics"), **demo_environment()}
    settings = load(None, environment)
    assert settings.deliver.slack_webhook_url.get_secret_value() == ""
    assert settings.redis.prefix == "mine:"
