"""Measures of an atlas: what limits each of its points, the best of them, and what to change."""
