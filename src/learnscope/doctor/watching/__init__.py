"""Watching a program train, without changing what it computes."""
