"""The way to a broker, and the brokers and the Redis that we can run ourselves.

To add one more part: a module with a subclass of `part.Part`, named in `parts.py`, and its test.
"""
