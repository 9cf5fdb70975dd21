"""The role that knows people: applies interactions to its partitions and publishes what the rules conclude."""
