"""The command line: it parses, builds settings, calls the library and shows what came out."""

from learnscope.cli.app import main

__all__ = ["main"]
