"""What docker-compose.yml tells a role in its environment, read by the settings themselves."""

from pathlib import Path

import pytest
import yaml

from streams.settings import ROLES, load

COMPOSE = yaml.safe_load((Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text())


@pytest.mark.parametrize("role", ROLES)
def test_the_settings_understand_the_environment_of_a_role(role: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://hooks.slack.com/services/T0/B0/x\n")
    given = COMPOSE["services"][role]["environment"]
    settings = load(None, {key: str(secret) if key.endswith("_FILE") else value for key, value in given.items()})
    assert settings.broker.address == "kafka:9092"
    assert settings.redis.url.get_secret_value() == "redis://redis:6379/0"
    assert settings.metrics.host == "0.0.0.0"  # noqa: S104 - inside the container
    assert settings.metrics.ports[role] == 9400
    assert bool(settings.deliver.slack_webhook_url.get_secret_value()) == (role == "deliver")
