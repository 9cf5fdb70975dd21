"""What may be set, where it comes from, and what a message never tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from detectors.types import TypeKnobs
from streams.setting_places import redacted
from streams.setting_sources import OWN_SWITCHES
from streams.settings import Settings, SettingsError, checked_address, load

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., Settings]:
    def read(toml: str = "", **environment: str) -> Settings:
        (tmp_path / "some.toml").write_text(toml)
        return load(tmp_path / "some.toml", {f"RAPPORT_{name}": value for name, value in environment.items()})

    return read


@pytest.mark.parametrize("password", ["[s3cret", "{s3cret", "[1]", '{"a": 1}'])
def test_a_password_may_begin_like_json(reading: Callable[..., Settings], password: str, tmp_path: Path) -> None:
    assert reading(BROKER__PASSWORD=password).broker.password.get_secret_value() == password
    (tmp_path / "secret").write_text(password + "\n")
    assert reading(BROKER__PASSWORD_FILE=str(tmp_path / "secret")).broker.password.get_secret_value() == password


def test_tables_and_lists_are_json_in_the_environment_and_text_is_text(reading: Callable[..., Settings]) -> None:
    settings = reading(
        INGEST__OWN_HANDLES='["@acme"]',
        METRICS__PORTS='{"monitor": 1}',
        RULES__THIRD_CHANNEL='{"channels": 4}',
        REDIS__PREFIX="[mine]",
    )
    assert settings.ingest.own_handles == ("@acme",)
    assert settings.metrics.ports == {"monitor": 1}
    assert settings.rules == {"third_channel": {"channels": 4}}
    assert settings.redis.prefix == "[mine]"


@pytest.mark.parametrize(
    ("toml", "environment", "message"),
    [
        (
            '[deliver]\nslack_webhook_url = ["https://x/SECRET"]',
            {},
            r"deliver\.slack_webhook_url: \(hidden\): .*string",
        ),
        ('[redis]\nurl = ["redis://:SECRET@h/0"]', {}, r"redis\.url: \(hidden\): .*string"),
        ("[broker]\npassword = 5332137", {}, r"broker\.password: \(hidden\): .*string"),
        ('deliver = "https://x/SECRET"', {}, r"deliver: \(hidden\)"),
        ('[[redis]]\nurl = "redis://:SECRET@h/0"', {}, r"redis: \(hidden\)"),
        ('[broker]\npartitions = {password = "SECRET"}', {}, r"broker\.partitions: a table: .*integer"),
        ("", {"DELIVER__SINKS": '{"pager": {"token": "SECRET"'}, r"DELIVER__SINKS is \(hidden\): .*allowed: a table"),
        ("", {"DELIVER__SINKS__SLACK": "SECRET"}, r"deliver\.sinks\.slack: \(hidden\)"),
        ("", {"BROKER__PASSWORD_FILE": "SECRET"}, r"names \(hidden\): No such file.*allowed: a readable file"),
        ("", {"BROKER__ADDRESS": "kafka://me:SECRET@h:1"}, r"kafka://\(hidden\)@h:1"),
    ],
)
def test_no_message_tells_a_secret(
    reading: Callable[..., Settings], toml: str, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        reading(toml, **environment)
    assert "SECRET" not in str(caught.value)
    assert "5332137" not in str(caught.value)


def test_a_value_that_is_no_secret_is_told(reading: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError, match=r"broker\.partitions: 'many': .*integer"):
        reading(BROKER__PARTITIONS="many")
    with pytest.raises(SettingsError, match=r"INGEST__OWN_HANDLES is '\[\"@a': .*allowed: a table or list in JSON"):
        reading(INGEST__OWN_HANDLES='["@a')


def test_a_secret_file_that_is_no_text_is_refused(reading: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="no text; allowed: a file in UTF-8"):
        reading(BROKER__PASSWORD_FILE=str(tmp_path / "secret"))


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[deliver.sinks.foo]", r"deliver\.sinks\.foo is unknown; allowed: redis_view, slack, terminal"),
        ("[ingest]\nhandles = 1", r"ingest\.handles is unknown; allowed: identity_order, "),
        ("[broker]\nadress = 1", r"broker\.adress is unknown; allowed: address, "),
        ("[monitor.silence_hours]\npurchase = 3", r"'purchase' is no source; allowed: page-views, purchases, "),
        ('[broker]\nusername = "me"', "username is 'me' and security is PLAINTEXT; allowed: .*SASL_SSL"),
        ('[broker]\nsecurity = "SASL_SSL"', "username is not given and security is SASL_SSL"),
        ("[relationship.types.mad]", r"relationship\.types\.mad is unknown; allowed: newcomer, regular_joe, "),
        (
            "[relationship.types.mad_bro]\ndwell = 3",
            r"types\.mad_bro\.dwell is unknown; allowed: enter, half_life_days, ",
        ),
        ("[relationship.types.mad_bro]\nenter = 9", r"types\.mad_bro: enter is 9\.0; allowed: 0\.1 to 4"),
        ("[relationship]\nmargin = 9", r"relationship\.margin: "),
        ('[rules.silent_watcher]\npages = "/ir"', r"rules\.silent_watcher: pages is '/ir'; allowed: a list$"),
        ("[rules.silent_watcher]\npages = [5]", r"rules\.silent_watcher: pages\.0: 5: .*string"),
        ('[rules.silent_watcher]\npages = [""]', r"rules\.silent_watcher: pages has ''; allowed: parts of paths"),
        ("[rules.copy_cat]\ntexts = []", r"rules\.copy_cat\.texts is unknown; allowed: enabled, references, "),
        ('[ingest]\nown_handles = "@a"', r"ingest\.own_handles is '@a'; allowed: a list$"),
        *(
            (f'[broker]\naddress = "{address}"', "is no address; allowed: HOST:PORT with a port of 1 to 65535")
            for address in ("", "localhost", "h:0", "h:99999", "h:1,", ":9092", "kafka://h:1", "h 1:1", "::1:9092")
        ),
    ],
)
def test_what_is_unknown_or_absurd_stops_the_start(reading: Callable[..., Settings], toml: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        reading(toml)


def test_how_types_are_taken_and_left_is_a_part_of_the_rules_version(reading: Callable[..., Settings]) -> None:
    settings = reading("[relationship.types.mad_bro]\ndwell_days = 3")
    assert settings.relationship.knobs()["mad_bro"] == TypeKnobs(half_life_days=14.0, dwell_days=3)
    assert settings.relationship.knobs()["needy"] == TypeKnobs()
    versions = {reading(toml).rules_version() for toml in ("", "[relationship]\nagain_days = 9")}
    assert len({settings.rules_version(), *versions}) == 3


def test_lists_of_texts_may_be_set_of_a_rule(reading: Callable[..., Settings]) -> None:
    for settings in (
        reading('[rules.silent_watcher]\npages = ["/ir"]'),
        reading(RULES__SILENT_WATCHER__PAGES='["/ir"]'),
    ):
        (rule,) = [rule for rule in settings.built_rules() if rule.name == "silent_watcher"]
        assert rule.pages == ("/ir",)  # type: ignore[attr-defined]
        assert settings.rules_version() != reading().rules_version()


def test_the_texts_in_a_folder_that_a_rule_names_are_a_part_of_the_rules_version(
    reading: Callable[..., Settings], tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "coats.txt").write_bytes("\ufeffwarm coats".encode())
    (tmp_path / "ours" / "notes.md").write_text("none of ours")
    settings = reading(f'[rules.copy_cat]\nreferences = "{tmp_path / "ours"}"')
    (rule,) = [rule for rule in settings.built_rules() if rule.name == "copy_cat"]
    assert rule.texts == (("coats.txt", "warm coats"),)  # type: ignore[attr-defined]
    before = settings.rules_version()
    (tmp_path / "ours" / "notes.md").write_text("still none of ours")
    assert settings.rules_version() == before
    (tmp_path / "ours" / "coats.txt").write_text("red coats")
    assert settings.rules_version() != before


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("missing", "missing: No such file or directory"),
        ("some.toml", "some.toml: Not a directory"),
        ("empty", "empty holds no text file"),
        ("odd", "odd/a.txt is no text"),
    ],
)
def test_a_folder_of_texts_that_can_not_be_read_stops_the_start(
    reading: Callable[..., Settings], tmp_path: Path, folder: str, told: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a.txt").write_bytes(b"\xff\xfe")
    allowed = r"; allowed: a folder with text files \(\*\.txt, in UTF-8\)$"
    with pytest.raises(SettingsError, match=rf"^rules\.copy_cat: references: .*/{told}{allowed}"):
        reading(f'[rules.copy_cat]\nreferences = "{tmp_path / folder}"')


def test_addresses_are_taken_with_spaces_and_brackets() -> None:
    assert checked_address("a-b.example:9092, [::1]:1") == "a-b.example:9092,[::1]:1"


def test_sources_of_ones_own_may_be_named_with_their_silence(reading: Callable[..., Settings]) -> None:
    settings = reading('[monitor]\nother_sources = ["crm"]\nsilence_hours = {crm = 3, purchases = 4}')
    assert settings.monitor.silence_hours == {"crm": 3, "purchases": 4}


@pytest.mark.parametrize("name", ["FOO", "BROKER_ADDRESS", "BROKER", "MONITOR_PORT"])
def test_a_variable_with_our_prefix_that_is_no_setting_is_told(reading: Callable[..., Settings], name: str) -> None:
    with pytest.raises(
        SettingsError, match=f"RAPPORT_{name} is unknown; allowed: RAPPORT_PART__SETTING.*broker, redis"
    ):
        reading(**{name: "1"})


def test_our_own_switches_are_left_alone(reading: Callable[..., Settings]) -> None:
    tree = [ROOT / "Makefile", *(ROOT / "tests").rglob("*.py")]
    used: set[str] = set()
    for path in tree:
        used.update(re.findall(r"environ\w*(?:\.get\(|\[)\W?(RAPPORT_[A-Z]+(?:_[A-Z]+)*)\b(?!_)", path.read_text()))
    assert used
    assert used <= OWN_SWITCHES
    assert reading(**{name.removeprefix("RAPPORT_"): "1" for name in OWN_SWITCHES}) == Settings()


def test_what_kubernetes_sets_for_a_service_of_our_name_is_left_alone(reading: Callable[..., Settings]) -> None:
    links = {
        "SERVICE_HOST": "10.0.0.1",
        "MONITOR_SERVICE_PORT": "9402",
        "MONITOR_SERVICE_PORT_HTTP": "9402",
        "PORT": "tcp://10.0.0.1:9402",
        "PORT_9402_TCP_ADDR": "10.0.0.1",
    }
    assert reading(**links) == Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("foo://:SECRET@x", "foo://(hidden)@x"),
        ("foo://me:SEC/RE@T@x/0", "foo://(hidden)@x/0"),
        ("me:SECRET@x:1", "(hidden)@x:1"),
        ("foo://x/0?password=SECRET", "foo://x/0?(hidden)"),
        ("localhost:1", "localhost:1"),
    ],
)
def test_credentials_in_an_address_are_not_told(text: str, told: str) -> None:
    assert redacted(text) == told


def test_every_setting_has_its_docstring() -> None:
    def undocumented(model: Any, where: str) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if hasattr(field.annotation, "model_fields"):
                found += undocumented(field.annotation, f"{where}{name}.")
            elif not field.description and name != "ingest":
                found.append(where + name)
        return found

    assert undocumented(Settings, "") == []
