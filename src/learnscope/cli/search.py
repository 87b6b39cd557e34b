"""`learnscope search`: the nearest images of an image, and how much that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.picture import check_picture, write_picture
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.arrays import Array
    from learnscope.search.agreement import Agreement, Difference, Share
    from learnscope.search.answers import Answer
    from learnscope.search.index import Index
    from learnscope.search.shifts import ShiftCurve
    from learnscope.trained import Trained


def search(
    run: str,
    /,
    *,
    query: str | None = None,
    k: int = 5,
    by: str | None = None,
    metric: Literal["cosine", "euclidean"] = "cosine",
    part: Literal["all", "train", "validation", "test"] = "all",
    invert: bool = False,
    centre: bool = False,
    agreement: bool = False,
    shifts: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    member: int | None = None,
    picture: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
) -> int:
    """Find the nearest examples.

    Args:
        run: folder, name, stamp, or "last".
        query: number of a row, or a picture file (.png, .jpg); left out, row 0.
        k: how many neighbours.
        by: pixels, codes (of an autoencoder), or layer1 and so on; left out, the codes where
            there are some, else the last hidden layer.
        metric: cosine (1 - cos of the angle) or euclidean.
        part: rows to search.
        invert: exchange black and white of the picture file.
        centre: cut out what the picture file shows and centre it, as MNIST does.
        agreement: how often neighbours have the query's class, against chance and raw pixels.
        shifts: pixels, e.g. 0,1,2,4: how often shifted images find what they were.
        member: which member, 0 is the first; left out, the first that did not diverge.
        picture: file for a picture of the neighbours (.svg, .png or .pdf).
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    from learnscope.runs.folder import find_run
    from learnscope.runs.run import answering, load_run
    from learnscope.search import index_of

    if picture is not None:
        check_picture(picture)
    pixels = None if shifts is None else _whole_numbers(shifts)
    folder = find_run(run, out)
    loaded = load_run(folder)
    which = answering(loaded.results, member)
    if member is None and len(loaded.trained) > 1:
        note(f"learnscope: member {which} of {len(loaded.trained)} is used (--member chooses).")
    trained = loaded.trained[which]
    index = index_of(trained, by, metric=metric, part=part)
    data: dict[str, Any] = {"run": str(folder), "member": which}
    figures = agreement or pixels is not None
    if query is not None or picture is not None or not figures:
        data |= _neighbours(trained, index, query, k, by, picture, (invert, centre), json)
    if agreement:
        data["agreement"] = _agreement(trained, index, k, part, json)
    if pixels is not None:
        data["shifts"] = _shifts(trained, index, by, pixels, part, json)
    if json:
        print_json(data)
    return 0


def _whole_numbers(text: str) -> tuple[int, ...]:
    words = [w.strip() for w in text.split(",")]
    if not all(w.isdecimal() for w in words):
        raise InputError(f"--shifts must be whole numbers of pixels like 0,1,2,4, got {text!r}.")
    return tuple(int(w) for w in words)


def _neighbours(
    trained: Trained,
    index: Index,
    query: str | None,
    k: int,
    by: str | None,
    picture: Path | None,
    changes: tuple[bool, bool],
    as_json: bool,
) -> dict[str, Any]:
    from learnscope.search import space_of
    from learnscope.search.answers import answer

    asked = _query(trained, "0" if query is None else query, changes)
    found = answer(trained, index, space_of(trained, by), asked, k)
    if picture is not None:
        _draw(trained, found, Path(query or "").name, picture)
    if not as_json:
        _say(found, k, query)
    return _data(found)


def _query(trained: Trained, text: str, changes: tuple[bool, bool]) -> int | Array:
    """Return the row number, or the raw inputs of a picture file."""
    from learnscope.problems.picture_file import is_picture, read_picture

    if text.isdecimal():
        if any(changes):
            raise InputError("--invert and --centre are for picture files, and --query is a row.")
        return int(text)
    if not is_picture(text):
        raise InputError(
            f"--query must be the number of a row or a .png or .jpg file, got {text!r}."
        )
    invert, centre = changes
    read = read_picture(text, trained.member.sample, invert=invert, centre=centre)
    if read.note:
        note(f"learnscope: {read.note}")
    row: Array = read.x[0]
    return row


def _draw(trained: Trained, found: Answer, name: str, picture: Path) -> None:
    from learnscope.views.base import refuse
    from learnscope.views.neighbours import arrange, draw, obstacle
    from learnscope.views.record import read_record

    refuse(obstacle([trained]))
    record = replace(read_record([trained]), chosen=f"seed {trained.result.seed}")
    write_picture(draw(arrange(trained, record, found, name)), picture)


def _say(found: Answer, k: int, query: str | None) -> None:
    who = query if found.query is None else f"row {found.query}"
    label = f" ({found.label})" if found.label else ""
    heading(f"Nearest to {who}{label} by {found.space}, {found.metric} distance")
    rows = [
        (
            str(i + 1),
            str(found.numbers[i]),
            found.labels[i],
            f"{found.distances[i]:.6g}",
            "the same code" if found.same[i] else "",
        )
        for i in range(len(found.numbers))
    ]
    table(("", "row", "class", "distance", ""), rows, right=("row", "distance"))
    if len(found.numbers) < k:
        say(f"There are only {len(found.numbers)} that have a distance to it.")
    left = (
        f"; {found.undefined} have codes of zeros, which have no cosine" if found.undefined else ""
    )
    say(f"{found.searched:,} examples were searched{left}.")


def _data(found: Answer) -> dict[str, Any]:
    return {
        "space": found.space,
        "metric": found.metric,
        "query": found.query,
        "label": found.label or None,
        "searched": found.searched,
        "undefined": found.undefined,
        "neighbours": [
            {
                "row": int(found.numbers[i]),
                "class": found.labels[i] or None,
                "distance": float(found.distances[i]),
                "same_code": bool(found.same[i]),
            }
            for i in range(len(found.numbers))
        ],
    }


def _agreement(trained: Trained, index: Index, k: int, part: str, as_json: bool) -> dict[str, Any]:
    from learnscope.search import agreement, compare_agreement, index_of

    own = agreement(index, k)
    found, gap = [own], None
    if index.space not in {"pixels", "inputs"}:
        raw = index_of(trained, "pixels", metric=index.metric, part=part)
        found.append(agreement(raw, k))
        gap = compare_agreement(index, raw, k)
    if not as_json:
        _say_agreement(found, gap)
    spaces = [asdict(a) for a in found]
    return {"spaces": spaces, "difference": None if gap is None else asdict(gap)}


def _say_agreement(found: Sequence[Agreement], gap: Difference | None) -> None:
    first = found[0]
    heading(f"\nShare of the {first.k} nearest with the query's class ({first.metric})")
    names = [share.name for share in first.classes]
    rows = []
    for name in ("all", *names):
        cells = [_cell(next((s for s in (a.overall, *a.classes) if s.name == name), None))
                 for a in found]  # fmt: skip
        rows.append((name, *cells))
    table(("class of the query", *(a.space for a in found)), rows)
    left = f" {first.unanswered} queries have no neighbours." if first.unanswered else ""
    twins = f" {first.duplicates} have an identical code among them." if first.duplicates else ""
    say(f"{first.overall.n} queries; by chance {first.chance:.3f}.{left}{twins}")
    if gap is not None:
        clear = "more than chance" if gap.low > 0 or gap.high < 0 else "no clear difference"
        say(
            f"{first.space} minus {found[1].space}: {gap.mean:+.3f}, 95 % interval {gap.low:+.3f} "
            f"to {gap.high:+.3f} over {gap.n} queries that both answer: {clear}."
        )


def _cell(share: Share | None) -> str:
    return "-" if share is None else f"{share.share:.3f} [{share.low:.3f}, {share.high:.3f}]"


def _shifts(
    trained: Trained, index: Index, by: str | None, pixels: Sequence[int], part: str, as_json: bool
) -> list[dict[str, Any]]:
    from learnscope.search import index_of, shift_curve, space_of

    pairs = [(index, space_of(trained, by))]
    if index.space != "pixels":
        raw = index_of(trained, "pixels", metric=index.metric, part=part)
        pairs.append((raw, space_of(trained, "pixels")))
    curves = [shift_curve(trained, i, space, pixels) for i, space in pairs]
    if not as_json:
        _say_shifts(curves)
    return [asdict(c) for c in curves]


def _say_shifts(curves: Sequence[ShiftCurve]) -> None:
    heading(f"\nImages shifted in four directions ({curves[0].metric})")
    rows = [
        (str(c.shifts[i]), c.space, _cell(c.found[i]), _cell(c.label[i]), _cell(c.others[i]))
        for i in range(len(curves[0].shifts))
        for c in curves
    ]
    head = ("pixels", "by", "nearest is the original", "has its class", "another has its class")
    table(head, rows, right=("pixels",))
