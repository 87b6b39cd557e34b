"""A lesson on the terminal: Markdown with formulas as plain text."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import heading, say, table

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry

WIDTH = 100
"""Widest line of a lesson on a terminal: longer ones are hard to read."""


def tell_lesson(entry: Entry) -> None:
    """Print the lesson, the variants and the questions of an entry, and how to go on."""
    say(f"{entry.about.summary}\n")
    _markdown(without_dollars(entry.lesson))
    run = f"learnscope run {entry.name}"
    if entry.variant:
        heading("\nVariants")
        table(("name", "what"), [*entry.titles().items()])
        say(f"\nOne: '{run} --variant {entry.variant[0].name}'. All: '{run} --variant all'.")
    if entry.question:
        heading("\nQuestions")
        for question in entry.question:
            say(f"{question.number}. {question.text}")
        first = entry.question[0].number
        say(f"\nComputed answers: 'learnscope answer {entry.name} {first}' and so on.")
        if any(q.goal for q in entry.question):
            say(f"Try it yourself: 'learnscope exercise {entry.name}'.")
    heading("\nTo run it")
    say(f"{run}\nlearnscope check {entry.name}\n" if entry.check else f"{run}\n")


def facts(entry: Entry) -> dict[str, Any]:
    """Return what `tell_lesson` says as plain data."""
    return {
        "name": entry.name,
        **entry.about.model_dump(mode="json"),
        "lesson": entry.lesson,
        "variants": entry.titles(),
        "questions": [
            {"number": q.number, "text": q.text, "exercise": q.goal is not None}
            for q in entry.question
        ],
        "n_checks": len(entry.check),
    }


def without_dollars(text: str) -> str:
    """Return the text with `$x²$` as x²: the formulas are written so that they read as text."""
    return re.sub(r"\$([^$\n]+)\$", r"\1", text)


def _markdown(text: str) -> None:
    if not sys.stdout.isatty():
        say(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(text), width=min(WIDTH, console.width))
