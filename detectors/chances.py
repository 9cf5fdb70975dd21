"""How probable what was counted is: tails of the distributions that rules compare a person with."""

from __future__ import annotations

from math import exp, lgamma


def at_least(successes: int, trials: int, a: float, b: float) -> float:
    """P(X >= successes) for a beta-binomial X of ``trials`` with the prior Beta(a, b); 0 <= successes <= trials.

    The probability of k is C(n, k) B(k + a, n - k + b) / B(a, b), summed in logs of gamma functions.
    """
    whole = lgamma(trials + 1) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(trials + a + b)
    total = 0.0
    for k in range(successes, trials + 1):
        rest = trials - k
        total += exp(whole - lgamma(k + 1) - lgamma(rest + 1) + lgamma(k + a) + lgamma(rest + b))
    return min(total, 1.0)
