"""Everything that can be set, in one frozen tree: ``rapport.toml``, then the environment (``RAPPORT_A__B=…``) over it.

Unknown keys and absurd values stop the start with the allowed ones. A secret comes from the environment or, by
``RAPPORT_A__B_FILE``, from a file; its ``repr`` hides it. Read only by commands, which pass parts of it down.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from detectors.cohorts.mention_spike import MentionSpike
from detectors.rules import Rule, discover
from streams.ingest.settings import IngestSettings

AnyRule = TypeVar("AnyRule", Rule, MentionSpike)

PREFIX = "RAPPORT_"
ROLES = ("ingest", "monitor", "cohorts", "deliver")


class SettingsError(ValueError):
    """A setting is unknown or absurd; the message names it, its value and what is allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Broker(_Part):
    """The Kafka cluster and how the roles live on it."""

    address: str = "127.0.0.1:9092"
    """HOST:PORT of one or more brokers, with commas. Wrong: no role starts."""
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    """Put before every topic and group name; none by default. Two prefixes share a cluster without meeting."""
    partitions: Annotated[int, Field(ge=1, le=4096)] = 4
    """Partitions of topics at birth. A person stays in one; more allow more workers. Never to be changed later."""
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    """Copies of each partition. 3 in production: one broker may die without a pause."""
    retention_days: Annotated[float, Field(gt=0, le=36500)] = 30
    """Days that the broker keeps events, by the time it got them. Shorter than the longest outage: events are lost."""
    idempotent: Literal["always", "never"] = "always"
    """Whether producers are idempotent. `never` is for the embedded broker alone: a retry may then write twice."""
    fetch_wait_ms: Annotated[int, Field(ge=1, le=30_000)] = 500
    """Milliseconds the broker may hold an empty fetch back. The embedded broker holds every fetch that long."""
    commit_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Seconds from one commit to the next. Longer: fewer changelog records, more repeated after a crash."""
    session_seconds: Annotated[float, Field(ge=1, le=300)] = 10.0
    """Seconds without a sign of life until the others take over. Shorter: faster, and nervous under load."""
    rebalance_seconds: Annotated[float, Field(ge=1, le=300)] = 30.0
    """Seconds a member may take to join again."""
    instance_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    """A name of this process among those of its role on this machine, kept over restarts; none by default. Given, its
    partitions wait for it for `session_seconds` when it ends, instead of moving: a restart costs no rebalance, but a
    process taken away for good leaves its partitions unread for that long. A second process with it is refused."""
    flush_seconds: Annotated[float, Field(ge=1, le=300)] = 45.0
    """Seconds a commit may wait for the broker before the worker gives up and is started anew."""
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    """How to connect. PLAINTEXT is for a network of your own."""
    username: str = ""
    """SASL user; with SASL_SSL only."""
    password: SecretStr = SecretStr("")
    """SASL password (RAPPORT_BROKER__PASSWORD or …_FILE)."""
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism."""


class Redis(_Part):
    """The live view. Without it detection goes on, and the view catches up later."""

    url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    """Where Redis is; may hold a password."""
    prefix: str = "rapport:"
    """Put before every key."""
    resolved_days: Annotated[float, Field(gt=0, le=3650)] = 30
    """Days that ended alerts stay in the view."""


class Monitor(_Part):
    """What is kept of people."""

    forget_after_days: Annotated[int, Field(ge=7, le=36500)] = 400
    """Days (event time) without any interaction after which a person's state is dropped, up to four weeks later."""
    duplicate_horizon_days: Annotated[int, Field(ge=1, le=90)] = 7
    """Days within which the same interaction id counts once."""
    silence_hours: dict[str, Annotated[float, Field(gt=0, le=8760)]] = {}
    """By source: hours of silence after which its feed counts as dead. Not given: twice the longest silence learnt."""
    tick_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds between the marks by which time passes for people who do nothing."""


class Deliver(_Part):
    """Where alerts go."""

    terminal: bool = False
    """Whether alerts are printed by the role itself."""
    slack_webhook_url: SecretStr = SecretStr("")
    """Slack incoming webhook (RAPPORT_DELIVER__SLACK_WEBHOOK_URL or …_FILE). Empty: no Slack."""
    slack_loopback: bool = False
    """Whether a webhook on this machine is allowed, for trying things out."""
    attempts: Annotated[int, Field(ge=1, le=1000)] = 20
    """Tries for one alert at one sink before it is given up, loudly."""
    sinks: dict[str, dict[str, Any]] = {}
    """By sink: the settings of those that have none above; each checks its own."""


class Metrics(_Part):
    """Prometheus metrics and health of each role over HTTP."""

    host: str = "127.0.0.1"
    """Address to listen on. Other than loopback: whoever reaches it can read the metrics."""
    ports: dict[str, Annotated[int, Field(ge=0, le=65535)]] = {
        "ingest": 9401,
        "monitor": 9402,
        "cohorts": 9403,
        "deliver": 9404,
    }
    """Port of each role; 0: any free one."""

    @field_validator("ports")
    @classmethod
    def _known_roles(cls, ports: dict[str, int]) -> dict[str, int]:
        unknown = set(ports) - set(ROLES)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} is no role; allowed: {', '.join(ROLES)}")
        return ports


class Supervisor(_Part):
    """How ``rapport up`` treats roles that die."""

    restarts: Annotated[int, Field(ge=0, le=1000)] = 8
    """Times a role is started again before it is given up; a role that ran for ten minutes counts from zero."""
    backoff_seconds: Annotated[float, Field(gt=0, le=600)] = 0.5
    """Pause before the first new start; doubled each time, at most 30 s."""
    stop_seconds: Annotated[float, Field(gt=0, le=600)] = 9.0
    """Seconds the roles get for their last commit before they are killed."""


class Settings(_Part):
    """The whole tree."""

    broker: Broker = Broker()
    redis: Redis = Redis()
    ingest: IngestSettings = IngestSettings()
    monitor: Monitor = Monitor()
    deliver: Deliver = Deliver()
    metrics: Metrics = Metrics()
    supervisor: Supervisor = Supervisor()
    rules: dict[str, dict[str, Any]] = {}
    """By rule: its knobs; `rapport rules` lists them."""

    def built_rules(self) -> list[Rule]:
        """Every rule with its knobs; raises SettingsError naming what is unknown or absurd."""
        known = discover()
        unknown = set(self.rules) - {*known, MentionSpike.name}
        if unknown:
            raise SettingsError(f"rules.{min(unknown)} is unknown; allowed: {', '.join((*known, MentionSpike.name))}")
        return [_build_rule(rule, self.rules.get(name, {})) for name, rule in known.items()]

    def mention_spike(self) -> MentionSpike:
        """The rule of cohorts with its knobs; raises SettingsError likewise."""
        return _build_rule(MentionSpike, self.rules.get(MentionSpike.name, {}))

    def rules_version(self) -> str:
        """The content hash of the effective rules: ``sha256:…``."""
        effective = {rule.name: dataclasses.asdict(rule) for rule in self.built_rules()}
        effective[MentionSpike.name] = dataclasses.asdict(self.mention_spike())
        encoded = msgspec.json.encode(effective, order="sorted")
        return f"sha256:{hashlib.sha256(encoded).hexdigest()}"

    def topic(self, name: str) -> str:
        """The topic's name on the cluster."""
        return self.broker.topic_prefix + name


def load(path: Path | None, environment: dict[str, str] | None = None) -> Settings:
    """Read the settings file (none: ``rapport.toml`` here, if there is one) and the environment over it."""
    tree = _read(path)
    environment = dict(os.environ) if environment is None else environment
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX) and "__" in name:
            _place(tree, name, value)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    settings.rules_version()  # builds every rule
    return settings


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        path = Path("rapport.toml")
        if not path.exists():
            return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; allowed: a readable TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}") from None


def _place(tree: dict[str, Any], name: str, value: str) -> None:
    keys = name.removeprefix(PREFIX).lower().split("__")
    if keys[-1].endswith("_file"):
        keys[-1] = keys[-1].removesuffix("_file")
        try:
            value = Path(value).read_text().strip()
        except OSError as error:
            raise SettingsError(f"{name} names {value}: {error.strerror}; allowed: a readable file") from None
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise SettingsError(
                f"{name} goes below {key!r}, which is a value; allowed: names of parts, then one setting"
            )
    tree[keys[-1]] = _parsed(name, value) if value[:1] in ("{", "[") else value


def _parsed(name: str, value: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{name} is {value!r}: {error}; allowed: JSON where it begins with {{ or [") from None


def _build_rule(rule: type[AnyRule], knobs: dict[str, Any]) -> AnyRule:
    allowed = [field.name for field in dataclasses.fields(rule)]
    for name in knobs:
        if name not in allowed:
            raise SettingsError(f"rules.{rule.name}.{name} is unknown; allowed: {', '.join(allowed)}")
    try:
        return TypeAdapter(rule).validate_python(knobs)
    except ValidationError as error:
        raise SettingsError(f"rules.{rule.name}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":  # ours: it names the value and what is allowed
        return f"{where}: {first['ctx']['error']}" if where else str(first["ctx"]["error"])
    if first["type"] == "extra_forbidden" or first["type"] == "unexpected_keyword_argument":
        return f"{where} is unknown; allowed: {', '.join(_siblings(first['loc']))}"
    return f"{where}: {first['input']!r}: {first['msg']}"


def _siblings(place: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in place[:-1]:
        model = model.model_fields[part].annotation
    if dataclasses.is_dataclass(model):
        return [field.name for field in dataclasses.fields(model) if field.init]
    return list(model.model_fields)
