"""Write docs/catalogue.md, the page that maps the numbers of the source to commands.

`python tools/make_catalogue_page.py` writes the page, `--check` fails where it is out of date. All
of it is read from the files of the catalogue.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from learnscope.catalogue import names, read_entry
from learnscope.catalogue.entry import Entry, in_order

PAGE = Path(__file__).parents[1] / "docs" / "catalogue.md"

HEAD = """\
# Catalogue

<!-- Written by tools/make_catalogue_page.py from the files of the catalogue: change those. -->

The experiments that come with learnscope follow five teaching notebooks: the learning problem
(S0), classification (S1), regression (S2), trainings that fail (S3), and the inside of networks
(S4). Each is a settings file with a lesson, variants, questions with computed answers, and
expected outcomes:

```console
$ learnscope show line_by_hand
$ learnscope check line_by_hand --progress none
$ learnscope answer line_by_hand Q1 --quiet
$ learnscope exercise line_by_hand
```

[Figures of the source](catalogue-figures.md) says where published figures are those of few draws.

![Activations and their slopes](pictures/activations.svg)
"""


def page() -> str:
    """Return the page."""
    entries = [read_entry(name) for name in names()]
    entries.sort(key=lambda e: e.about.first)
    return "\n".join([HEAD, *_experiments(entries), *_numbers(entries), *_questions(entries)])


def _experiments(entries: Sequence[Entry]) -> Iterator[str]:
    yield "## Experiments\n"
    for topic in dict.fromkeys(e.about.topic for e in entries):
        yield f"### {topic}\n"
        yield from _table(
            ("name", "what it shows", "variants", "outcomes"),
            [
                (f"`{e.name}`", _cell(e.about.summary), _names(e), str(len(e.check) or ""))
                for e in entries
                if e.about.topic == topic
            ],
        )


def _names(entry: Entry) -> str:
    return ", ".join(f"`{v.name}`" for v in entry.variant)


def _numbers(entries: Sequence[Entry]) -> Iterator[str]:
    yield "## Numbers of the source\n"
    rows = [
        (number, _cell(found.what), f"`learnscope {found.command or f'run {e.name}'}`")
        for e in entries
        for number, found in e.about.sources.items()
    ]
    rows.sort(key=lambda row: in_order(row[0]))
    yield from _table(("number", "what", "command"), rows)


def _questions(entries: Sequence[Entry]) -> Iterator[str]:
    yield "## Questions\n"
    yield (
        "`learnscope answer NAME NUMBER` trains what an answer needs and words it with the "
        "numbers; `learnscope exercise NAME` asks you. Numbers with E are our own.\n"
    )
    rows = [
        (q.number, _cell(q.text), f"`{e.name}`", "yes" if q.goal else "")
        for e in entries
        for q in e.question
    ]
    rows.sort(key=lambda row: (row[0][0] == "E", int(row[0][1:])))
    yield from _table(("number", "question", "experiment", "exercise"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it with the files; return the exit code."""
    text = page()
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.name} is out of date: run python tools/make_catalogue_page.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
