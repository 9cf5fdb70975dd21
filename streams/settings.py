"""Everything that can be set, in one frozen tree: ``rapport.toml``, then the environment (``RAPPORT_A__B=…``) over it.

Unknown keys and absurd values stop the start with the allowed ones. A secret comes from the environment or, by
``RAPPORT_A__B_FILE``, from a file; its ``repr`` hides it, and no message tells it. In the environment tables and lists
are JSON; all else is taken as it is. Read only by commands, which pass parts of it down.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

import sinks
from detectors import cohorts
from detectors.cohorts import CohortRule
from detectors.dead_feed import DeadFeed
from detectors.drop_rule import DropRule
from detectors.relationship import Types
from detectors.rules import Rule, discover, knobs
from detectors.types import DEFAULTS, TypeKnobs
from streams.ingest import mappings
from streams.ingest.settings import IngestSettings
from streams.setting_places import fields_of, kind_at, redacted, shown
from streams.setting_sources import PREFIX, SettingsError, add_environment, read_file, texts_in

__all__ = ["PREFIX", "ROLES", "Broker", "Settings", "SettingsError", "checked_address", "load"]

AnyRule = TypeVar("AnyRule", Rule, CohortRule, DeadFeed)
AnyKnobs = TypeVar("AnyKnobs", Rule, CohortRule, DeadFeed, TypeKnobs)

ROLES = ("ingest", "monitor", "cohorts", "deliver")
_PLACE = re.compile(r"(?:[^\s:,/@\[\]]+|\[[0-9A-Fa-f:.%]+\]):([0-9]{1,5})")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Broker(_Part):
    """The Kafka cluster and how the roles live on it."""

    address: str = "127.0.0.1:9092"
    """HOST:PORT of one or more brokers, with commas. Wrong: no role starts. An IPv6 address stands in brackets."""
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
    commit_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds from one commit to the next. Longer: fewer changelog records, more repeated after a crash. Deliver
    commits every second at least: what it repeats, people read twice."""
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
    """SASL user; with SASL_SSL, and then always."""
    password: SecretStr = SecretStr("")
    """SASL password (RAPPORT_BROKER__PASSWORD or …_FILE)."""
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """SASL mechanism."""

    @field_validator("address")
    @classmethod
    def _reachable(cls, address: str) -> str:
        return checked_address(address)

    @model_validator(mode="after")
    def _user_with_sasl(self) -> Self:
        if bool(self.username) is not (self.security == "SASL_SSL"):
            given = f"username is {self.username!r}" if self.username else "username is not given"
            raise ValueError(
                f"{given} and security is {self.security}; allowed: a username with security SASL_SSL, else none"
            )
        return self


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
    other_sources: tuple[str, ...] = ()
    """Sources of interactions that you make yourself, besides those that have a topic. They need no naming, unless
    `silence_hours` shall name them."""
    silence_hours: dict[str, Annotated[float, Field(gt=0, le=8760)]] = {}
    """By source: hours of silence after which its feed counts as dead. Not given: twice the longest silence learnt.
    A name that is neither a source's topic nor one of `other_sources` stops the start: it would never be heard of."""
    tick_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds between the marks by which time passes for people who do nothing. In a replay time stays five of them
    behind what was read: alerts of silence and of cohorts come so much later than its events."""

    @field_validator("silence_hours")
    @classmethod
    def _known_sources(cls, silence_hours: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        allowed = [source for source in mappings.found() if source != "interactions"] if silence_hours else []
        allowed += info.data.get("other_sources", ())
        for source in silence_hours:
            if source not in allowed:
                raise ValueError(
                    f"{source!r} is no source; allowed: {', '.join(allowed)}, and what other_sources names"
                )
        return silence_hours


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
    stop_seconds: Annotated[float, Field(gt=0, le=600)] = 8.0
    """Seconds the roles get for their last commit before they are killed; two more may pass until all is gone."""


class Standing(_Part):
    """How the relationship types of people are taken and left."""

    again_days: Annotated[float, Field(ge=0, le=365)] = 45.0
    """Days after its end within which trouble that comes back is the same alert, opened again, where the rule says so;
    45 by default. Shorter: who goes to and fro is alerted more often."""
    margin: Annotated[float, Field(ge=0, le=4)] = 0.25
    """By how much the score of another type must beat that of the current one; .25 by default. Lower: nervous."""
    types: dict[str, dict[str, Any]] = {}
    """By type, such as `mad_bro`: `enter`, `half_life_days`, `dwell_days`; `rapport rules` lists them."""

    def knobs(self) -> dict[str, TypeKnobs]:
        """Every type's knobs; raises SettingsError naming what is unknown or absurd."""
        if unknown := set(self.types) - set(DEFAULTS):
            raise SettingsError(f"relationship.types.{min(unknown)} is unknown; allowed: {', '.join(DEFAULTS)}")
        return {
            name: _built(
                TypeKnobs, f"relationship.types.{name}", {**dataclasses.asdict(default), **self.types.get(name, {})}
            )
            for name, default in DEFAULTS.items()
        }

    def built(self) -> Types:
        """The state machine's part of the settings; raises SettingsError likewise."""
        return Types(self.knobs(), margin=self.margin, again_days=self.again_days)


class Settings(_Part):
    """The whole tree."""

    broker: Broker = Broker()
    redis: Redis = Redis()
    ingest: IngestSettings = IngestSettings()
    monitor: Monitor = Monitor()
    deliver: Deliver = Deliver()
    metrics: Metrics = Metrics()
    supervisor: Supervisor = Supervisor()
    relationship: Standing = Standing()
    rules: dict[str, dict[str, Any]] = {}
    """By rule: its knobs; `rapport rules` lists them."""

    def built_rules(self) -> list[Rule]:
        """Every rule of a person with its knobs; raises SettingsError naming what is unknown or absurd."""
        known = discover()
        allowed = (*known, *cohorts.discover(), DeadFeed.name)
        if unknown := set(self.rules) - {*allowed}:
            raise SettingsError(f"rules.{min(unknown)} is unknown; allowed: {', '.join(allowed)}")
        return [_informed(_build_rule(rule, self.rules.get(name, {}))) for name, rule in known.items()]

    def cohort_rules(self) -> list[CohortRule]:
        """Every rule of cohorts with its knobs; raises SettingsError likewise.

        Those that watch where people leave wait for them as long as sessions do, unless they are told otherwise.
        """
        waits = {"wait_minutes": float(self.ingest.session_timeout_minutes)}
        return [
            _build_rule(rule, {**(waits if issubclass(rule, DropRule) else {}), **self.rules.get(name, {})})
            for name, rule in cohorts.discover().items()
        ]

    def dead_feed(self) -> DeadFeed:
        """The rule of operations with its knobs; raises SettingsError likewise."""
        return _build_rule(DeadFeed, self.rules.get(DeadFeed.name, {}))

    def all_rules(self) -> list[Rule | CohortRule | DeadFeed]:
        """Every rule with its knobs: those of a person, of cohorts, of operations; raises SettingsError likewise."""
        return [*self.built_rules(), *self.cohort_rules(), self.dead_feed()]

    def rules_version(self) -> str:
        """The content hash of the effective rules and of how types are taken and left: ``sha256:…``.

        What stands in the folders that rules name is a part of it.
        """
        effective: dict[str, Any] = {rule.name: dataclasses.asdict(rule) for rule in self.all_rules()}
        effective["relationship"] = {
            "again_days": self.relationship.again_days,
            "margin": self.relationship.margin,
            **{name: dataclasses.asdict(knobs) for name, knobs in self.relationship.knobs().items()},
        }
        encoded = msgspec.json.encode(effective, order="sorted")
        return f"sha256:{hashlib.sha256(encoded).hexdigest()}"

    def topic(self, name: str) -> str:
        """The topic's name on the cluster."""
        return self.broker.topic_prefix + name


def load(path: Path | None, environment: dict[str, str] | None = None) -> Settings:
    """Read the settings file (none: ``rapport.toml`` here, if there is one) and the environment over it."""
    tree = read_file(path)
    add_environment(tree, os.environ if environment is None else environment, Settings)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_sentence(error, Settings)) from None
    settings.rules_version()  # builds every rule
    if unknown := set(settings.deliver.sinks) - set(sinks.found() if settings.deliver.sinks else ()):
        raise SettingsError(f"deliver.sinks.{min(unknown)} is unknown; allowed: {', '.join(sinks.found())}")
    return settings


def checked_address(value: str) -> str:
    """HOST:PORT of one or more, without spaces; ValueError naming the one that is none, and what is allowed."""
    places = [place.strip() for place in value.split(",")]
    for place in places:
        found = _PLACE.fullmatch(place)
        if found is None or not 1 <= int(found[1]) <= 65_535:
            raise ValueError(
                f"{redacted(place)!r} is no address; allowed: HOST:PORT with a port of 1 to 65535, several with commas"
            )
    return ",".join(places)


def _build_rule(rule: type[AnyRule], given: dict[str, Any]) -> AnyRule:
    return _built(rule, f"rules.{rule.name}", given)


def _informed(rule: Rule) -> Rule:
    try:
        return rule.informed(texts_in)
    except ValueError as error:
        raise SettingsError(f"rules.{rule.name}: {error}") from None


def _built(made: type[AnyKnobs], section: str, given: dict[str, Any]) -> AnyKnobs:
    allowed = [field.name for field in knobs(made)]
    for name in given:
        if name not in allowed:
            raise SettingsError(f"{section}.{name} is unknown; allowed: {', '.join(allowed)}")
    try:
        return TypeAdapter(made).validate_python(given)
    except ValidationError as error:
        raise SettingsError(f"{section}: {_sentence(error, None)}") from None


def _sentence(error: ValidationError, root: type[Settings] | None) -> str:
    """The first of what is wrong; ``root`` says what must not be shown, None: it is a rule, which holds no secret."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":  # ours: it names the value and what is allowed
        return f"{where}: {first['ctx']['error']}" if where else str(first["ctx"]["error"])
    if first["type"] == "extra_forbidden" or first["type"] == "unexpected_keyword_argument":
        return f"{where} is unknown; allowed: {', '.join(fields_of(kind_at(root, first['loc'][:-1])))}"
    value = repr(first["input"]) if root is None else shown(kind_at(root, first["loc"]), first["input"])
    if first["type"] == "tuple_type":  # which is a list in the file
        return f"{where} is {value}; allowed: a list"
    return f"{where}: {value}: {first['msg']}"
