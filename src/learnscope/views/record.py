"""What a picture says about its run, and which members it shows: all from the run's own record."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError, listing
from learnscope.measures.health import is_dead, living_text
from learnscope.trained import Trained
from learnscope.training.split import PARTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Texts of a picture, generated from the settings that ran.

    Attributes:
        problem: sentence of the problem.
        model: what the model is, with its features.
        training: how it was trained, in a few words.
        seeds: root seeds of the members that are shown.
        left_out: root seeds of the members that are not, as their training diverged.
        dead: root seeds of the members that are dead: not shown, or, where none is alive, shown
            all the same.
        chosen: what is said of the one member that is shown where only one is; "" where all are.
    """

    problem: str
    model: str
    training: str
    seeds: tuple[int, ...]
    left_out: tuple[int, ...]
    dead: tuple[int, ...] = ()
    chosen: str = ""

    def short_model(self) -> str:
        """Return the model for a title, at most some 60 characters."""
        return textwrap.shorten(self.model, 64, placeholder=" …")

    def note(self) -> str:
        """Return two lines for below a picture: problem, training, and a model too long above."""
        model = "" if self.short_model() == self.model else f"{self.model}. "
        return f"{self.problem}\n{model}{self.training}."

    def missing(self) -> str:
        """Say which members are left out, "" where none is."""
        texts = []
        if self.left_out:
            n, seeds = len(self.left_out), seed_list(self.left_out)
            texts.append(f"{n} of {self.total} diverged, left out ({seeds})")
        if self.dead and not self.all_dead:
            texts.append(f"{len(self.dead)} of {self.total} dead, left out")
        if self.all_dead:
            texts.append("dead: it answers the same for every row" if self.total == 1 else
                         "no member is alive, dead ones are shown")  # fmt: skip
        return "; ".join(texts)

    @property
    def all_dead(self) -> bool:
        """Whether the members shown are dead, as none is alive."""
        return bool(self.dead) and self.dead == self.seeds

    @property
    def total(self) -> int:
        """Number of members, shown or not."""
        return len(self.seeds) + len(self.left_out) + (0 if self.all_dead else len(self.dead))

    def who(self) -> str:
        """Say whom a median is of: "5 members", or "the 14 living of 20 members (6 dead)"."""
        n = len(self.seeds)
        if self.all_dead:
            diverged = f" ({len(self.left_out)} diverged)" if self.left_out else ""
            return f"{count(n, 'dead member')}{diverged}"
        return living_text(n, len(self.dead), len(self.left_out))


def seed_list(seeds: Sequence[int]) -> str:
    """Return "seed 3" or "seeds 3, 7, 8" with at most six of them."""
    word = "seed" if len(seeds) == 1 else "seeds"
    return f"{word} {listing(map(str, seeds), 6)}"


def shown_members(trained: Sequence[Trained]) -> list[Trained]:
    """Return the members that are alive; where none is, the dead ones that are finite."""
    finite = finite_members(trained)
    return [t for t in finite if not is_dead(t)] or finite


def finite_members(trained: Sequence[Trained]) -> list[Trained]:
    """Return the members whose training did not diverge and whose weights are finite."""
    return [t for t in trained if is_finite(t)]


def no_finite_member(view: str, trained: Sequence[Trained]) -> str:
    """Say that no member has weights to show, "" where one has."""
    if finite_members(trained):
        return ""
    return f"{view} needs a member with finite weights, and none of the {len(trained)} has them."


def own_inputs(view: str, trained: Sequence[Trained]) -> str:
    """Say that a view is for targets where a model learns its own inputs, "" for other models."""
    model = trained[0].member.experiment.model
    if model.learns == "target":
        return ""
    return (
        f"{view} shows what is predicted, and the targets of this {model.kind_name()} model are "
        "its own inputs. Use 'codes' or 'reconstructions'."
    )


def inputs_text(t: Trained) -> str:
    """Return e.g. "this problem has 2 (x, y)"."""
    columns = t.member.sample.columns
    return f"this problem has {len(columns)} ({listing(columns, 4)})"


def is_finite(t: Trained) -> bool:
    """Whether a member has weights that can be evaluated."""
    return not t.diverged and all(np.isfinite(p).all() for p in t.result.parameters.values())


def members(trained: Sequence[Trained]) -> tuple[list[Trained], Record]:
    """Return the members that medians and maps are of, and the record; see `shown_members`.

    Raises:
        InputError: there is no member, or they are not of one problem.
        DataError: every one of them diverged.
    """
    record = read_record(trained)
    shown = shown_members(trained)
    if not shown:
        cause = trained[0].result.cause or "weights that are not finite"
        raise DataError(
            f"none of the {len(trained)} members can be drawn: all diverged (first: {cause}). "
            "Lower training.lr, or look at the loss curves."
        )
    return shown, record


def read_record(trained: Sequence[Trained]) -> Record:
    """Return the texts of members of one experiment; refuses members of several problems."""
    if not trained:
        raise InputError("a picture needs at least one trained member, got none.")
    first = trained[0].member
    for t in trained[1:]:
        sample = t.member.sample
        if (sample.columns, sample.outputs) != (first.sample.columns, first.sample.outputs):
            raise InputError(
                f"a picture shows members of one problem, got the columns "
                f"{listing(first.sample.columns)} and {listing(sample.columns)}. Draw them apart."
            )
    finite = [(t.result.seed, is_dead(t)) for t in finite_members(trained)]
    alive, dead = (tuple(s for s, d in finite if d is word) for word in (False, True))
    return Record(
        problem=first.experiment.problem.sentence(),
        model=_model_text(trained[0]),
        training=_training_text(trained[0]),
        seeds=alive or dead,
        left_out=tuple(t.result.seed for t in trained if not is_finite(t)),
        dead=dead,
    )


def _model_text(t: Trained) -> str:
    experiment = t.member.experiment
    maps = [m.kind_name() or type(m).__name__ for m in experiment.features]
    return experiment.model.sentence() + (f" on features {', '.join(maps)}" if maps else "")


def _training_text(t: Trained) -> str:
    s = t.member.experiment.training
    batch = "full batch" if s.batch_size is None else f"batches of {s.batch_size}"
    return (
        f"{s.loss.kind_name()} loss, {s.optimizer.kind_name()} at rate {s.lr:g}, {batch}, "
        f"{s.epochs} epochs"
    )


def choose(trained: Sequence[Trained], seed: int | None) -> tuple[Trained, str]:
    """Return the member of a root seed, or the one in the middle by loss, and what it is.

    The loss is the last one on the test rows, else on the validation rows, else in training. The
    middle is that of the members that are alive; a root seed may be that of a dead one.
    """
    if seed is not None:
        finite = finite_members(trained)
        found = [t for t in finite if t.result.seed == seed]
        if not found:
            known = listing(str(t.result.seed) for t in finite)
            raise InputError(f"seed must be that of a member with finite weights ({known}), "
                             f"got {seed!r}.")  # fmt: skip
        return found[0], f"seed {seed}"
    # Where all diverged, their examples can still be shown.
    shown = shown_members(trained) or list(trained)
    if len(trained) == 1:
        return shown[0], f"seed {shown[0].result.seed}"
    n, total = len(shown), len(trained)
    of = f"{n}" if n == total else f"the {n} living of {total}"
    if is_dead(shown[0]):
        of = f"{n} dead"
    name, losses = _last_losses(shown)
    if n == 1 or not name:
        rank = "only" if n == 1 else "first"
        return shown[0], f"seed {shown[0].result.seed}, {rank} of {of}"
    t = shown[int(np.argsort(losses, kind="stable")[(n - 1) // 2])]
    return t, f"seed {t.result.seed}, median of {of} by {name} loss"


def _last_losses(finite: Sequence[Trained]) -> tuple[str, Array]:
    for part in ("test", "validation", "train"):
        column = [t.result.history.get(f"{part}_loss", np.empty(0)) for t in finite]
        losses = np.array([c[-1] if len(c) else np.nan for c in column])
        if np.isfinite(losses).all():
            return {"train": "training"}.get(part, part), losses
    return "", np.full(len(finite), np.nan)


def part_of_rows(t: Trained) -> Ints:
    """Return the part (n,) of each row of the sample: 0 train, 1 validation, 2 test, -1 none."""
    part = np.full(len(t.member.sample), -1, dtype=np.int64)
    for name, rows in t.member.rows.items():
        part[rows] = PARTS.index(name)
    return part


def output_index(t: Trained, output: str | int) -> int:
    """Return the column of a target given by name or number; refuses what is not there."""
    names = t.member.sample.outputs
    if isinstance(output, int) and 0 <= output < len(names):
        return output
    if output in names:
        return names.index(str(output))
    raise InputError(f"output must be one of {listing(names)}, got {output!r}.")


def count(n: int, word: str) -> str:
    """Return e.g. "1 member" or "5 members"."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def whose_points(t: Trained, chosen: str, n: int) -> str:
    """Say whose examples are shown, "" where all members have the same."""
    split = t.member.experiment.training.split
    divided = split.seed is None and len(t.member.rows.items()) > 1
    same = t.member.experiment.problem.seed is not None and not divided
    return "" if n == 1 or same else f"Points: {chosen}. "


def number(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.3g}"
