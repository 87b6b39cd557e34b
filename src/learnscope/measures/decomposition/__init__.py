"""The error of a training taken apart: noise, the family, the data, the optimiser (S0.7)."""
