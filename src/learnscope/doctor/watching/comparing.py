"""Comparisons of outputs with targets: shapes that broadcast, and the rows of evaluations."""

from __future__ import annotations

from torch import Tensor, nn

from learnscope.doctor.watching.frames import line_here
from learnscope.doctor.watching.losses import FUNCTIONAL, is_loss
from learnscope.doctor.watching.seen import Broadcast, ModelSeen, Seen
from learnscope.doctor.watching.tape import Call, Entry, Tape, same_rows, tensors_in, with_grad

COMPARISONS = frozenset({"eq", "ne", "equal", "allclose", "isclose"})
DIFFERENCES = frozenset({"sub", "rsub", "isub", "subtract", "dist"})


def evaluation_begins(model: ModelSeen, call: Call) -> None:
    """Note a call without gradients."""
    model.eval_calls += 1
    if call.training:
        model.eval_in_training += 1
        if not model.eval_where:
            model.eval_where = line_here()


def note(seen: Seen, tape: Tape, entry: Entry) -> None:
    """Note shapes that broadcast, and the targets of an evaluation."""
    loss = is_loss(entry)
    if not (loss or entry.name in COMPARISONS or entry.name in DIFFERENCES):
        return
    values = (*entry.args, *entry.kwargs.values())
    tensors = [a for a in values if isinstance(a, Tensor)][:2]
    if len(tensors) < 2:
        return
    left, right = tensors
    if all_pairs(tuple(left.shape), tuple(right.shape)) and _elementwise(entry):
        _note_broadcast(seen, entry, left, right, loss)
    _note_evaluation(seen, tape, left, right)


def all_pairs(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Whether an operation on these shapes meets all pairs of rows: (n, 1) and (n,), n > 1.

    >>> all_pairs((4, 1), (4,)), all_pairs((4, 1), (4, 1)), all_pairs((4, 3), (3,))
    (True, False, False)
    """
    if len(left) < len(right):
        left, right = right, left
    return len(left) == 2 and len(right) == 1 and left[1] == 1 and left[0] == right[0] > 1


def _elementwise(entry: Entry) -> bool:
    """Whether a loss goes value by value; cross-entropy of class numbers does not."""
    name = entry.name
    if isinstance(entry.func, nn.Module):
        return name not in {"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"}
    return name not in FUNCTIONAL - {
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "soft_margin_loss",
        "kl_div",
        "poisson_nll_loss",
    }


def _note_broadcast(seen: Seen, entry: Entry, left: Tensor, right: Tensor, loss: bool) -> None:
    where = line_here()
    found = seen.broadcasts.get(where)
    if found is not None:
        found.count += 1
        return
    of_loss = loss or (entry.name in DIFFERENCES and with_grad())
    seen.broadcasts[where] = Broadcast(
        entry.name, tuple(left.shape), tuple(right.shape), where, of_loss
    )


def _note_evaluation(seen: Seen, tape: Tape, left: Tensor, right: Tensor) -> None:
    call = tape.calls[-1] if tape.calls else None
    if call is None or call.judged or (call.grad and call.training):
        return
    model = seen.models.get(id(call.module))
    x = list(tensors_in(call.args))
    outside = [t for t in (left, right) if tape.maker(t) is None and len(x) == 1]
    if model is not None and len(outside) == 1 and same_rows(x[0], outside[0]):
        call.judged = True
        model.test_rows.add(x[0], outside[0])
