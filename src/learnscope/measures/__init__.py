"""Measures: numbers about a trained member or a run, one file each."""
