"""Inspection of a program's text without running it, and changes to the text."""
