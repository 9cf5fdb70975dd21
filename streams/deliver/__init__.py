"""The role that tells people: every alert to every sink, each at its own speed, and the live view kept true.

Sinks (terminal, Slack) are told what ``alerts`` says, version by version. Views (Redis) hold what the compacted
``alert-state`` and ``relationships`` say, so that what is delivered live, what is made anew and what is forgotten come
by one road. Each has a lane of its own. When too much waits in a lane, only the topics that fill it are read no
further: a dead Slack never holds back the view, nor a dead Redis the alerts.

In the order of the flow: ``role`` → ``shard`` → ``change`` (a record read) → ``lane`` → ``messenger`` (sinks) or
``view_lane`` and ``view_writer`` (views), ``rebuilding`` and ``state_log`` (a view from nothing).
A new sink touches nothing here: see ``sinks/__init__.py``.
"""
