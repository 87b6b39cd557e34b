"""`learnscope runs errors`: what a network gets wrong, by class and row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.picture import check_picture, write_picture
from learnscope.errors import InputError
from learnscope.runs.folder import find_run
from learnscope.runs.run import answering, load_run

if TYPE_CHECKING:
    from learnscope.measures.confusion import Confusion
    from learnscope.measures.mistakes import Mistakes
    from learnscope.measures.proportion import Proportion
    from learnscope.trained import Trained


def errors(
    run: str,
    /,
    *,
    member: int | None = None,
    part: Literal["train", "validation", "test"] | None = None,
    top: int = 20,
    picture: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
) -> int:
    """Show what a network gets wrong.

    Args:
        run: folder, name, stamp, or "last".
        member: which member, 0 is the first; left out, the first that did not diverge.
        part: rows to look at: train, validation or test; left out, the test rows, or what there
            is in their place.
        top: how many wrong rows to list.
        picture: file for a picture of them (.svg, .png or .pdf).
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object; it has all wrong rows.
    """
    from learnscope.measures.confusion import confusion_of
    from learnscope.measures.mistakes import mistakes

    if top < 1:
        raise InputError(f"--top must be >= 1, got {top}.")
    if picture is not None:
        check_picture(picture)
    folder = find_run(run, out)
    loaded = load_run(folder)
    which = answering(loaded.results, member)
    trained = loaded.trained[which]
    wrong = mistakes(trained, part)
    matrix = confusion_of(trained, wrong.part)
    if picture is not None:
        _draw(trained, wrong, picture)
    if json:
        print_json({"run": str(folder), "member": which, **_data(wrong, matrix)})
        return 0
    if member is None and len(loaded.trained) > 1:
        note(f"learnscope: member {which} of {len(loaded.trained)} is shown (--member chooses).")
    _say(wrong, matrix, top)
    return 0


def _draw(trained: Trained, wrong: Mistakes, picture: Path) -> None:
    from learnscope.views.mistakes import compute, draw

    write_picture(draw(compute([trained], part=wrong.part)), picture)


def _say(wrong: Mistakes, matrix: Confusion, top: int) -> None:
    say(matrix.sentence())
    heading(f"\nClasses, {wrong.n} {wrong.part} rows")
    rows = [
        (c.name, *_cells(c.recall), *_cells(c.precision), _taken(c.taken_for, c.taken))
        for c in matrix.classes
    ]
    found, right = "found", "right of its labels"
    interval = "95 % interval"
    table(
        ("class", found, interval, right, interval, "mostly taken for"), rows, right=(found, right)
    )
    if len(matrix.names) <= 12:
        heading("\nTrue class (down) and label (across)")
        lines = zip(matrix.names, matrix.counts.tolist(), strict=True)
        table(("", *matrix.names), [(n, *map(str, row)) for n, row in lines], right=matrix.names)
    if len(wrong):
        heading(f"\nWrong rows, the surest first{_shown(len(wrong), top)}")
        table(("row", "is", "label", "belief", "belief in the true one"), _rows(wrong, top),
              right=("row", "belief", "belief in the true one"))  # fmt: skip


def _shown(n: int, top: int) -> str:
    return f" ({top} of {n}, --top shows more)" if n > top else ""


def _cells(p: Proportion | None) -> tuple[str, str]:
    from learnscope.measures.percent import percent_range

    if p is None:
        return "-", "-"
    return f"{p.right} of {p.n}", percent_range(p.low, p.high, p.n)


def _taken(name: str, n: int) -> str:
    return f"{name} ({n})" if n else "-"


def _rows(wrong: Mistakes, top: int) -> Sequence[tuple[str, ...]]:
    names = wrong.names
    return [
        (
            str(wrong.rows[i]),
            names[wrong.truth[i]],
            names[wrong.labels[i]],
            f"{wrong.belief[i]:.3f}",
            f"{wrong.belief_true[i]:.3f}",
        )
        for i in range(min(top, len(wrong)))
    ]


def _data(wrong: Mistakes, matrix: Confusion) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "part": wrong.part,
        "rows": wrong.n,
        "accuracy": matrix.accuracy,
        "classes": [asdict(c) for c in matrix.classes],
        "confusion": matrix.counts.tolist(),
        "wrong": [
            {
                "row": int(wrong.rows[i]),
                "is": wrong.names[wrong.truth[i]],
                "label": wrong.names[wrong.labels[i]],
                "belief": float(wrong.belief[i]),
                "belief_true": float(wrong.belief_true[i]),
            }
            for i in range(len(wrong))
        ],
        "sentence": matrix.sentence(),
    }
