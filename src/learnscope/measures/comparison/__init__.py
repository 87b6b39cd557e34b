"""Comparing two models, runs or settings: every answer says which question it answers."""
