from __future__ import annotations

import dataclasses

from detectors.types import DEFAULTS
from streams.knobs import described_rules, described_types, field_docs
from streams.settings import Settings, Standing


def test_every_knob_of_every_rule_is_documented() -> None:
    undocumented = [
        f"{knob.rule}.{knob.name}" for rule in described_rules(Settings()) for knob in rule.knobs if not knob.about
    ]
    assert undocumented == []


def test_rules_of_people_and_of_cohorts_are_described() -> None:
    sections = {rule.section for rule in described_rules(Settings())}
    assert {f"rules.{name}" for name in ("silent_stop", "exit_spike", "third_channel", "mention_spike")} <= sections


def test_every_type_is_described_and_what_its_knobs_mean_said_once() -> None:
    settings = Settings(relationship=Standing(types={"needy": {"dwell_days": 3}}))
    general, first, *others = described_types(settings)
    assert (general.section, [knob.name for knob in general.knobs]) == ("relationship", ["again_days", "margin"])
    assert all(knob.about for knob in (*general.knobs, *first.knobs))
    assert [each.section for each in (first, *others)] == [f"relationship.types.{name}" for name in DEFAULTS]
    told = {(knob.rule, knob.name): (knob.value, knob.default, knob.unit) for each in others for knob in each.knobs}
    assert told["relationship.types.needy", "dwell_days"] == (3, 14, "days")
    assert told["relationship.types.lost", "dwell_days"] == (0, 0, "days")


def test_a_description_names_no_code() -> None:
    assert all(":mod:" not in rule.about for rule in described_rules(Settings()))


def test_the_value_in_force_stands_beside_the_default() -> None:
    settings = Settings(rules={"silent_stop": {"false_alarms": 0.02}})
    knobs = {(k.rule, k.name): k for rule in described_rules(settings) for k in rule.knobs}
    assert knobs["silent_stop", "false_alarms"].value == 0.02
    assert knobs["silent_stop", "false_alarms"].default == 0.04
    assert knobs["third_channel", "length_days"].unit == "days"


def test_docstrings_of_the_parent_come_along_and_the_childs_own_hold() -> None:
    @dataclasses.dataclass
    class Parent:
        first: int = 1
        """One."""
        second: int = 2
        """Two,
        on two lines."""

    @dataclasses.dataclass
    class Child(Parent):
        first: int = 3
        """Three."""
        bare: int = 4

    assert field_docs(Child) == {"first": "Three.", "second": "Two, on two lines."}
