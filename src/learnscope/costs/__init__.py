"""What a training will cost: counts of its work, times rates that were measured on this machine."""

from learnscope.costs.estimate import Estimate, estimate
from learnscope.costs.rates import Rates, known_rates, measured_rates

__all__ = ["Estimate", "Rates", "estimate", "known_rates", "measured_rates"]
