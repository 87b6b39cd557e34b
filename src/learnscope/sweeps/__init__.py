"""Sweeps: an experiment with axes, and everything between them and the atlas of its members."""
