"""The record of how a person stands: every role, with the evidence of its types."""

from __future__ import annotations

import json

from detectors.partition import Partition
from detectors.relationship import add_role
from detectors.stakeholder import Stakeholder
from detectors.windows import DAY_MS
from sinks.relationship import encode_relationship
from streams.commands.stakeholder import standing
from streams.monitor.relationships import relationship
from tests.detectors.lives import core, life, run


def test_of_whom_little_is_known_the_record_says_where_everybody_begins() -> None:
    known = relationship(b"c-1", Stakeholder(0, DAY_MS), 7, Partition(core()))
    assert (known.party, known.type, known.since, known.scores, known.roles) == ("unknown", "newcomer", None, {}, [])
    assert "roles" not in json.loads(encode_relationship(known))


def test_scores_are_told_as_of_the_newest_evidence() -> None:
    who, partition = Stakeholder(0, 90 * DAY_MS), Partition(core())
    types = partition.core.types
    types.show(who, "mad_bro", "critical", 0)
    types.show(who, "at_risk", "warning", 14 * DAY_MS)
    known = relationship(b"c-1", who, 7, partition)
    assert known.scores == {"mad_bro": 1.0, "at_risk": 1.0}


def test_who_is_something_else_as_well_has_a_role_for_it() -> None:
    who, partition = Stakeholder(0, DAY_MS), Partition(core())
    types = partition.core.types
    who.party = "investor"
    types.show(add_role(who, "customer"), "mad_bro", "critical", DAY_MS)
    add_role(who, "employee")
    known = relationship(b"c-1", who, 7, partition)
    assert (known.party, known.type) == ("investor", "prospect")
    customer, employee = known.roles
    assert (customer.party, customer.type, customer.since) == ("customer", "mad_bro", "1970-01-02T00:00:00.000Z")
    assert customer.scores == {"mad_bro": 2.0}
    assert (employee.party, employee.type, employee.since, employee.scores) == ("employee", "new", None, {})
    told = [" ".join(line.split()) for line in standing("c-1", known)]
    assert told[0].startswith("investor c-1: prospect")
    assert told[-2:] == [
        "besides customer: mad bro, since 1970-01-02 00:00 UTC",
        "besides employee: new, since when: not enough to say",
    ]


def test_what_a_rule_can_not_judge_yet_is_said_and_never_a_zero() -> None:
    made = run(
        core(),
        life("""
            day 0  10:00  purchase_made  shop
            day 9  10:00  call_made      phone
            day 0  10:00  enquiry_made   press  as=journalist  by=press
        """),
    ).partition
    ann = relationship(b"ann", made.people[b"ann"], 7, made)
    assert ann.unclear["silent_stop"] == "1 purchase so far: no rhythm yet"
    assert ann.unclear["exit_spike"] == "no begun purchase is known"
    assert ann.unclear["third_channel"] == "nobody can tell how their words are meant"
    assert ann.scores == {}
    told = [" ".join(line.split()) for line in standing("ann", ann)]
    assert "not judged silent_stop: not enough to say, 1 purchase so far: no rhythm yet" in told
    assert "silent_stop" not in relationship(b"press", made.people[b"press"], 7, made).unclear
