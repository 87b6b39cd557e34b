"""Which trainer trains: the fused one where it can and is faster, else PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from learnscope.errors import InputError, suggestion
from learnscope.training.member import Member
from learnscope.training.result import OnProgress, OnResult, Progress, Result, ShouldStop

if TYPE_CHECKING:
    from learnscope.training.loop import TrainingState

Route = Literal["auto", "torch", "fused"]

WIDEST = 512
"""Widest layer, inputs included, that the fused trainer takes of its own accord: the widest that
`benchmarks/crossover.py` has measured, where it is still ahead of PyTorch on one core."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which route trains, and why in a few words."""

    route: Literal["torch", "fused"]
    reason: str


def choose_route(members: Sequence[Member], wanted: Route = "auto") -> Choice:
    """Return the route for these members.

    Raises:
        InputError: there is no such route, or the fused one was asked for and cannot train them.
    """
    from learnscope import fused

    _check_word(wanted)
    if wanted == "torch":
        return Choice(route="torch", reason="asked for")
    obstacle = next((text for m in members if (text := fused.supports(m))), None)
    if wanted == "fused":
        if obstacle:
            raise InputError(
                f"--route fused cannot train this experiment: {obstacle}. Use '--route torch'."
            )
        return Choice(route="fused", reason="asked for")
    if obstacle:
        return Choice(route="torch", reason=obstacle)
    widest = max(layer.n_in for m in members for layer in m.network.layers)
    if widest > WIDEST:
        return Choice(route="torch", reason=f"a layer has {widest} inputs, more than {WIDEST}")
    return Choice(route="fused", reason="a small dense network")


def _check_word(wanted: str) -> None:
    words = get_args(Route)
    if wanted not in words:
        raise InputError(
            f"route must be one of {', '.join(words)}, got {wanted!r}."
            f"{suggestion(str(wanted), words)}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """What a caller hears while members train, and how it stops them.

    Attributes:
        on_progress: called some times a second.
        on_result: called with every finished member, from one thread at a time.
        should_stop: asked often; true ends the training with `Interrupted`.
    """

    on_progress: OnProgress
    on_result: OnResult
    should_stop: ShouldStop


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    """How the PyTorch route keeps and takes up the member at work.

    Attributes:
        load: gives the state kept for a member, or None.
        save: keeps a state of a member.
    """

    load: Callable[[Member], TrainingState | None]
    save: Callable[[Member, TrainingState], None]


def train_members(
    members: Sequence[Member], choice: Choice, listener: Listener, resume: Resume
) -> list[Result]:
    """Train the members on the chosen route and return their results in the same order."""
    if choice.route == "fused":
        from learnscope import fused

        return fused.train_members(
            members,
            on_progress=listener.on_progress,
            on_result=listener.on_result,
            should_stop=listener.should_stop,
        )
    return [_train_one(member, i, members, listener, resume) for i, member in enumerate(members)]


def _train_one(
    member: Member, i: int, members: Sequence[Member], listener: Listener, resume: Resume
) -> Result:
    from learnscope.training.loop import train_member

    epochs = member.experiment.training.epochs

    def report(progress: Progress) -> None:
        listener.on_progress(
            Progress(
                done=i * epochs + progress.done,
                total=len(members) * epochs,
                members_done=i,
                members=len(members),
                message=progress.message,
            )
        )

    result = train_member(
        member,
        on_progress=report,
        should_stop=listener.should_stop,
        resume=resume.load(member),
        save=lambda state: resume.save(member, state),
    )
    listener.on_result(result)
    return result
