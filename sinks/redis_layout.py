"""How the live view lies in Redis: the names of its keys, the scripts that change it, and what a failure means.

All keys begin with the prefix; whatever stands in an id stands in the key as it is.

====================================  ==========================================================================
``alert:ID``                          hash: version, status, severity, rule, stakeholder, started, many, json
``alerts:open:SEVERITY``              zset: ids of open alerts by the start of the episode (epoch ms)
``alerts:closed:STATUS``              zset: ids of resolved or retracted alerts by their expiry (epoch seconds)
``alerts:by:STAKEHOLDER``             zset: ids of one stakeholder's alerts by start
``alerts:many:KEY``                   set: ids of the open alerts about many people that shifted for one reason, KEY
                                      (``detectors.together``); expires, as does the next
``alerts:folded:ID``                  string: the id of the alert about many that this alert is folded into
``alerts:withheld:ID``                set: the sinks that were not told of the alert, as it was folded
``board:rules``                       zset: rule by number of open alerts
``board:stakeholders``                zset: stakeholder by weight: critical 1,000,000, warning 1,000, info 1 each
``relationship:STAKEHOLDER``          hash: version, type, party, json
``relationships:type:TYPE``           zset: stakeholders by when they were last seen (epoch ms)
``alerts:changes``                    stream: id and version of each change, the last 10,000 or so; no personal data
``view``                              the build id of the view; its absence tells that Redis was flushed
``view:building:WHO``                 who is making the view anew; gone: Redis was flushed meanwhile
====================================  ==========================================================================

The scripts reach keys that are not named to them: on a Redis Cluster the prefix must be a hash tag, ``{rapport}:``.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from redis import exceptions

from sinks import Reason, SinkError

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT = "2"
"""To be raised with every change of what is written above: views of another layout are made anew."""
STREAM_LENGTH = 10_000


_GLOB = re.compile(r"([\[\]?*^\\-])")


class Keys:
    """The names of the keys under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.board_rules = f"{prefix}board:rules"
        self.board_stakeholders = f"{prefix}board:stakeholders"
        self.changes = f"{prefix}alerts:changes"
        self.view = f"{prefix}view"

    def alert(self, alert_id: str) -> str:
        """One alert."""
        return f"{self.prefix}alert:{alert_id}"

    def open(self, severity: str) -> str:
        """The open alerts of one severity."""
        return f"{self.prefix}alerts:open:{severity}"

    def closed(self, status: str) -> str:
        """The resolved or the retracted alerts."""
        return f"{self.prefix}alerts:closed:{status}"

    def by(self, stakeholder: str) -> str:
        """The alerts of one stakeholder."""
        return f"{self.prefix}alerts:by:{stakeholder}"

    def many(self, reason: str) -> str:
        """The open alerts about many who shifted for this reason."""
        return f"{self.prefix}alerts:many:{reason}"

    def folded(self, alert_id: str) -> str:
        """What an alert is folded into."""
        return f"{self.prefix}alerts:folded:{alert_id}"

    def withheld(self, alert_id: str) -> str:
        """Who was not told of an alert."""
        return f"{self.prefix}alerts:withheld:{alert_id}"

    def relationship(self, stakeholder: str) -> str:
        """One relationship."""
        return f"{self.prefix}relationship:{stakeholder}"

    def building(self, who: str) -> str:
        """The note of one who makes the view anew."""
        return f"{self.prefix}view:building:{who}"

    def type(self, relationship_type: str) -> str:
        """The stakeholders of one relationship type."""
        return f"{self.prefix}relationships:type:{relationship_type}"


def as_pattern(text: str) -> str:
    """``text`` for a SCAN that must find it literally."""
    return _GLOB.sub(r"\\\1", text)


_TAKE_OUT = """
local WEIGHT = {info = 1, warning = 1000, critical = 1000000}
local function is_open(status) return status == 'open' or status == 'updated' end
local function bump(board, member, by)
  if tonumber(redis.call('ZINCRBY', board, by, member)) <= 0 then redis.call('ZREM', board, member) end
end
local function count(prefix, sign, severity, rule, person)
  bump(prefix .. 'board:rules', rule, sign)
  if person then bump(prefix .. 'board:stakeholders', person, sign * WEIGHT[severity]) end
end
local function take_out(prefix, id, status, severity, rule, person, many)
  if many then redis.call('SREM', prefix .. 'alerts:many:' .. many, id) end
  if is_open(status) then
    redis.call('ZREM', prefix .. 'alerts:open:' .. severity, id)
    count(prefix, -1, severity, rule, person)
  else
    redis.call('ZREM', prefix .. 'alerts:closed:' .. status, id)
  end
  if person then redis.call('ZREM', prefix .. 'alerts:by:' .. person, id) end
end
"""

# KEYS: the alert. ARGV: prefix, id, version, status, severity, rule, started, json, seconds a closed alert is kept,
# now (epoch seconds), length of the stream, '=' and the stakeholder or '', the reason that many have in common or '',
# and the ids of the alerts that are folded into this one. Answers 1 if this version is new.
PUT_ALERT = (
    _TAKE_OUT
    + """
local prefix, id, version, status, severity, rule, started, json, kept, now, length = unpack(ARGV, 1, 11)
local person, many = ARGV[12] ~= '' and ARGV[12]:sub(2), ARGV[13] ~= '' and ARGV[13]
local key = KEYS[1]
local old = redis.call('HMGET', key, 'version', 'status', 'severity', 'rule', 'stakeholder', 'many')
if old[1] and tonumber(old[1]) >= tonumber(version) then return 0 end
if old[1] then
  take_out(prefix, id, old[2], old[3], old[4], old[5], old[6])
  redis.call('DEL', key)  -- not for a new one: a full Redis refuses a script only before its first write
end
redis.call('HSET', key, 'version', version, 'status', status, 'severity', severity, 'rule', rule,
           'started', started, 'json', json)
if person then redis.call('HSET', key, 'stakeholder', person) end
if is_open(status) then
  redis.call('ZADD', prefix .. 'alerts:open:' .. severity, started, id)
  count(prefix, 1, severity, rule, person)
else
  redis.call('EXPIRE', key, kept)
  redis.call('ZADD', prefix .. 'alerts:closed:' .. status, now + kept, id)
end
if many then
  redis.call('HSET', key, 'many', many)
  if is_open(status) then
    redis.call('SADD', prefix .. 'alerts:many:' .. many, id)
    redis.call('EXPIRE', prefix .. 'alerts:many:' .. many, kept)
  end
end
for place = 14, #ARGV do redis.call('SET', prefix .. 'alerts:folded:' .. ARGV[place], id, 'EX', kept) end
for _, closed in ipairs({'resolved', 'retracted'}) do
  redis.call('ZREMRANGEBYSCORE', prefix .. 'alerts:closed:' .. closed, '-inf', '(' .. now)
end

if person then
  local by = prefix .. 'alerts:by:' .. person
  redis.call('ZADD', by, started, id)
  local any_open = false
  for _, one in ipairs(redis.call('ZRANGE', by, 0, -1)) do
    local state = redis.call('HGET', prefix .. 'alert:' .. one, 'status')
    if not state then redis.call('ZREM', by, one) elseif is_open(state) then any_open = true end
  end
  if any_open then redis.call('PERSIST', by) else redis.call('EXPIRE', by, kept) end
end
redis.call('XADD', prefix .. 'alerts:changes', 'MAXLEN', '~', length, '*', 'id', id, 'version', version)
return 1
"""
)

# KEYS: the alert. ARGV: prefix, id. Answers 1 if there was one.
FORGET_ALERT = (
    _TAKE_OUT
    + """
redis.call('DEL', ARGV[1] .. 'alerts:folded:' .. ARGV[2], ARGV[1] .. 'alerts:withheld:' .. ARGV[2])
local old = redis.call('HMGET', KEYS[1], 'status', 'severity', 'rule', 'stakeholder', 'many')
if not old[1] then return 0 end
take_out(ARGV[1], ARGV[2], old[1], old[2], old[3], old[4], old[5])
return redis.call('DEL', KEYS[1])
"""
)

# KEYS: who was not told of the alert, the open alerts about many for its reason. ARGV: the sink, whether this is the
# first version (1 or 0), whether it is critical, seconds that it is remembered. Answers 1 if the sink is not told.
WITHHOLD = """
local sink, first, critical, kept = unpack(ARGV)
if critical == '1' then
  redis.call('SREM', KEYS[1], sink)
  return 0
end
if redis.call('SISMEMBER', KEYS[1], sink) == 1 then return 1 end
if first == '0' or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('SADD', KEYS[1], sink)
redis.call('EXPIRE', KEYS[1], kept)
return 1
"""

# KEYS: the relationship. ARGV: prefix, stakeholder, version, type, party, last seen, json. Answers 1 if it is new.
PUT_RELATIONSHIP = """
local prefix, person, version, kind, party, seen, json = unpack(ARGV)
local old = redis.call('HMGET', KEYS[1], 'version', 'type')
if old[1] and tonumber(old[1]) >= tonumber(version) then return 0 end
if old[2] and old[2] ~= kind then redis.call('ZREM', prefix .. 'relationships:type:' .. old[2], person) end
redis.call('HSET', KEYS[1], 'version', version, 'type', kind, 'party', party, 'json', json)
redis.call('ZADD', prefix .. 'relationships:type:' .. kind, seen, person)
return 1
"""

# KEYS: the relationship. ARGV: prefix, stakeholder. Answers 1 if there was one.
FORGET_RELATIONSHIP = """
local kind = redis.call('HGET', KEYS[1], 'type')
if not kind then return 0 end
redis.call('ZREM', ARGV[1] .. 'relationships:type:' .. kind, ARGV[2])
return redis.call('DEL', KEYS[1])
"""

# KEYS: the note of who builds, the view. ARGV: build. Answers 1 if the note was still there.
MARK = """
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
return 1
"""


@contextmanager
def redis_failures() -> Iterator[None]:
    """Turn what the client raises into SinkError; the message holds neither address nor data."""
    try:
        yield
    except (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError) as error:
        raise SinkError(Reason.MISCONFIGURED, f"Redis refuses us ({type(error).__name__})", retryable=False) from None
    except (exceptions.TimeoutError, TimeoutError):
        raise SinkError(Reason.TIMED_OUT, "no answer from Redis in time", retryable=True) from None
    except (exceptions.ConnectionError, OSError) as error:
        raise SinkError(Reason.CONNECTION_LOST, f"Redis is gone ({type(error).__name__})", retryable=True) from None
    except exceptions.RedisError as error:
        raise _said_no(error) from None


_PASSING = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError, exceptions.TryAgainError, exceptions.NoScriptError)
_PASSING_WORDS = ("OOM ", "READONLY ", "MISCONF ", "NOREPLICAS ")  # inside a script, all that is left of the class


def _said_no(error: exceptions.RedisError) -> SinkError:
    """Full memory, a full disk, a replica in charge and a forgotten script pass; the rest doesn't."""
    if isinstance(error, _PASSING) or any(word in str(error) for word in _PASSING_WORDS):
        return SinkError(Reason.SERVER_ERROR, f"Redis can't write now ({type(error).__name__})", retryable=True)
    return SinkError(Reason.REFUSED, f"Redis says no ({type(error).__name__})", retryable=False)
