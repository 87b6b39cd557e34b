"""Uncertainty beyond the point estimate: ensembles over seeds, and Laplace's approximation."""
