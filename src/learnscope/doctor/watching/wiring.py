"""Faults of a loop that only watching it can show: exact rules, which speak whatever the score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import nn

from learnscope.doctor.hint import Hint
from learnscope.doctor.watching.seen import ModelSeen, OptimizerSeen, Seen, model_of
from learnscope.doctor.watching.step_sizes import ENOUGH, clipped, schedules

MODE_LAYERS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)
NORMS = (nn.modules.batchnorm._BatchNorm,)

KEPT = 16
"""Losses alive at once, of the last 64, from which on they are being collected: more than any
program keeps by the way, with one for each of several models."""

PENALTY = 10.0
"""Ratio of the gradient of a penalty to that of the data from which it leads: the data then move
the weights by less than a tenth of what the penalty does."""


def look(seen: Seen) -> list[Hint]:
    """Return what went wrong in the loop, in the order of causes."""
    return [hint for rule in RULES for hint in rule(seen)]


def _broadcast(seen: Seen) -> Iterator[Hint]:
    for found in seen.broadcasts.values():
        n = max(*found.left, *found.right)
        shapes = ("shapes", f"{found.left} and {found.right}", "equal shapes")
        pairs = ("values compared", float(n * n), float(n))
        column = found.left if len(found.left) == 2 else found.right
        target = "y" if column is found.left else "output"
        if found.of_loss:
            yield Hint(
                slug="broadcast-loss",
                title="The loss compares every output with every target",
                where=found.where,
                why="(n, 1) and (n,) broadcast to (n, n): the loss is a mean over all pairs, whose "
                "best answer is the mean of the targets for every row. Nothing about a row can be "
                "learned.",
                change=f"Give both one shape: {target}.view(-1, 1).",
                confidence="confirmed",
                evidence=(shapes, pairs),
            )
        else:
            yield Hint(
                slug="broadcast-metric",
                title="The score compares every output with every target",
                where=found.where,
                why="(n, 1) == (n,) is an (n, n) table, whose mean is that of all pairs: about "
                "sum p_k q_k, whatever the model knows. A perfect model of two equal classes "
                "scores 0.5.",
                change="Give both one shape: output.squeeze(1) == y.",
                confidence="confirmed",
                severity="warning",
                evidence=(shapes, pairs),
            )


def _missed(seen: Seen) -> Iterator[Hint]:
    """Look for models that are trained on and that no optimiser steps."""
    if not seen.optimizers:
        return
    stepped = {id(p) for o in seen.optimizers.values() for p in o.parameters}
    for model in seen.models.values():
        names = [n for n, p in model.module.named_parameters() if p.requires_grad]
        own = dict(model.module.named_parameters())
        missed = [n for n in names if id(own[n]) not in stepped]
        # Steps by hand, or a copy that follows another model, move them all the same.
        still = [n for n in missed if n in model.start and _same(model, n)]
        if model.backwards < ENOUGH or not still or len(still) < len(names):
            continue
        reached = [n for n in still if model.cut.get(n, 0) < model.cut_looks]
        idle = [o for o in seen.optimizers.values() if o.without_gradient] or _doubled(seen, model)
        if not reached or (not idle and _feeds_another(seen, model)):
            continue
        optimizer = (idle or list(seen.optimizers.values()))[0]
        yield Hint(
            slug="optimizer-misses-parameters",
            title=f"The optimiser owns none of the parameters of {model.name or 'the model'}",
            where=optimizer.where,
            why="step() changes the parameters that the optimiser was given when it was made. "
            "These belong to another model, or to this one before it was replaced.",
            change=f"Make the optimiser from {model.name or 'model'}.parameters(), after the "
            "model's last change.",
            confidence="confirmed",
            evidence=(("parameters without an optimiser", float(len(missed)), 0.0),),
            layers=tuple(missed[:8]),
        )


def _doubled(seen: Seen, model: ModelSeen) -> list[OptimizerSeen]:
    """Return an optimiser that owns what another one does, the one that steps after the model.

    A model that only feeds another may be meant to stay as it is. Two optimisers of one and the
    same set of parameters are no such choice: one of them was meant for this model.
    """
    own = list(seen.optimizers.values())
    sets = [{id(p) for p in o.parameters} for o in own]
    doubled = [o for o, s in zip(own, sets, strict=True) if s and sets.count(s) > 1]
    return sorted(doubled, key=lambda o: id(model.module) not in o.models)


def _feeds_another(seen: Seen, model: ModelSeen) -> bool:
    """Whether other models were trained together with this one, which may be meant to stay."""
    return any(id(model.module) in loss.models and len(loss.models) > 1
               for loss in seen.losses.values())  # fmt: skip


def _same(model: ModelSeen, name: str) -> bool:
    parameter = dict(model.module.named_parameters())[name].detach()
    before = model.start[name]
    return parameter.shape == before.shape and bool((parameter == before).all())


def _no_step(seen: Seen) -> Iterator[Hint]:
    """Look for backward passes that no step follows."""
    if seen.optimizers or seen.backwards < ENOUGH:
        return
    model, loss = seen.main_model(), next(iter(seen.losses.values()))
    if model is None or not model.start:
        return
    if all(_same(model, name) for name in model.start):
        yield Hint(
            slug="weights-do-not-move",
            title="No step follows backward()",
            where=loss.where,
            why="backward() only computes gradients; w <- w - lr g happens in optimizer.step(). "
            f"After {seen.backwards} backward passes every weight is what it was.",
            change="optimizer.step() after backward()",
            confidence="confirmed",
            evidence=(("steps", 0.0, float(seen.backwards)),),
        )


def _unmoved(seen: Seen) -> Iterator[Hint]:
    for optimizer in seen.optimizers.values():
        if optimizer.unmoved >= ENOUGH and optimizer.unmoved == optimizer.sampled:
            rate = optimizer.rates[0][1] if optimizer.rates else float("nan")
            yield Hint(
                slug="weights-do-not-move",
                title="Steps change nothing",
                where=optimizer.where,
                why="The gradients are not 0, and every weight is the same before and after the "
                f"step. The learning rate is {rate:g}.",
                change="lr=1e-3" if rate == 0 else "Use a rate that the weights' digits can hold.",
                confidence="confirmed",
                evidence=(("steps without change", float(optimizer.unmoved), 0.0),),
            )
        elif (
            optimizer.without_gradient >= ENOUGH
            and optimizer.without_gradient == optimizer.sampled
            and seen.backwards >= ENOUGH
            and model_of(seen, optimizer) is not None
        ):
            yield Hint(
                slug="weights-do-not-move",
                title="Steps find no gradients",
                where=optimizer.where,
                why="zero_grad() between backward() and step() throws the gradients away, so a "
                "step has nothing to follow. Every weight stays what it was.",
                change="zero_grad(), then backward(), then step()",
                confidence="confirmed",
                evidence=(("steps without a gradient", float(optimizer.without_gradient), 0.0),),
            )


def _not_cleared(seen: Seen) -> Iterator[Hint]:
    for optimizer in seen.optimizers.values():
        if optimizer.judged < ENOUGH or optimizer.uncleared < optimizer.judged:
            continue
        if _order_is_wrong(optimizer):
            continue
        norms = [n for n in optimizer.norms if n > 0] or [float("nan")]
        name = optimizer.name or "optimizer"
        yield Hint(
            slug="gradients-not-cleared",
            title="Gradients are never cleared",
            where=optimizer.where,
            why="backward() adds to .grad, so step t uses g_1 + ... + g_t. Old directions never "
            "fade and the steps grow with t.",
            change=f"{name}.zero_grad() before each backward()",
            confidence="confirmed",
            evidence=(
                ("steps on gradients of earlier steps", float(optimizer.uncleared), 0.0),
                ("gradient norm, last sampled step", norms[-1], None),
                ("gradient norm, first step", norms[0], None),
            ),
        )


def _order_is_wrong(optimizer: OptimizerSeen) -> bool:
    return optimizer.judged >= ENOUGH and optimizer.early >= optimizer.judged - 1


def _early_step(seen: Seen) -> Iterator[Hint]:
    for optimizer in seen.optimizers.values():
        if _order_is_wrong(optimizer) and model_of(seen, optimizer) is not None:
            yield Hint(
                slug="step-before-backward",
                title="step() comes before backward()",
                where=optimizer.where,
                why="The step uses the gradient of the batch before: it was computed for other "
                "rows. The last gradient of all is never used.",
                change="zero_grad(), loss.backward(), step(), in this order",
                confidence="confirmed",
                evidence=(("steps between forward and backward", float(optimizer.early), 0.0),),
            )


def _cut(seen: Seen) -> Iterator[Hint]:
    """Look for parameters that backward never reaches, although their layer is used."""
    for model in seen.models.values():
        if model.cut_looks < ENOUGH:
            continue
        cut = [n for n, count in model.cut.items() if count >= model.cut_looks]
        used = [n for n in cut if n.rpartition(".")[0] in model.called]
        if not used:
            continue
        yield Hint(
            slug="detached-graph",
            title=f"No gradient reaches {', '.join(used[:3])}{' ...' if len(used) > 3 else ''}",
            where=model.where,
            why="These layers take part in the output, and after backward() their gradient is "
            "None: the graph is cut behind them by detach(), .data, item(), numpy() or no_grad().",
            change="Take the detach(), .data or no_grad() out of the way from these layers to the "
            "loss.",
            confidence="confirmed",
            evidence=(("parameters without gradient", float(len(used)), 0.0),),
            layers=tuple(used[:8]),
        )


def _modes(seen: Seen) -> Iterator[Hint]:
    for model in seen.models.values():
        kinds = [m for m in model.module.modules() if _depends_on_mode(m)]
        if not kinds or model.backwards < ENOUGH:
            continue
        names = tuple(n for n, m in model.module.named_modules() if _depends_on_mode(m))[:8]
        if model.in_eval > 0.5 * model.backwards:
            yield Hint(
                slug="training-in-eval-mode",
                title="The model trains in evaluation mode",
                where=model.where,
                why="In evaluation mode dropout is off and batch normalisation uses its running "
                "statistics, which then never change. "
                f"That was so from step {model.first_eval_step} on.",
                change=f"{model.name or 'model'}.train() at the start of each epoch",
                confidence="confirmed",
                evidence=(("steps in evaluation mode", float(model.in_eval), 0.0),),
                layers=names,
            )
        if model.eval_in_training and model.eval_in_training == model.eval_calls:
            yield Hint(
                slug="evaluation-in-training-mode",
                title="The evaluation runs in training mode",
                where=model.eval_where,
                why="In training mode dropout removes units and batch normalisation uses the "
                "batch's own statistics, so a row's answer depends on chance and on the other "
                "rows.",
                change=f"{model.name or 'model'}.eval() before it, .train() after it",
                confidence="confirmed",
                severity="warning",
                evidence=(("evaluations in training mode", float(model.eval_in_training), 0.0),),
                layers=names,
            )


def _depends_on_mode(module: nn.Module) -> bool:
    if isinstance(module, MODE_LAYERS):
        return module.p > 0
    if isinstance(module, NORMS):
        return module.track_running_stats
    return isinstance(module, nn.RNNBase) and module.dropout > 0 and module.num_layers > 1


def _kept(seen: Seen) -> Iterator[Hint]:
    for loss in seen.losses.values():
        if loss.kept < KEPT and loss.added < max(KEPT, 0.5 * loss.count):
            continue
        yield Hint(
            slug="graph-kept",
            title="Losses are kept together with their graphs",
            where=loss.kept_where or loss.where,
            why="A loss holds the graph that it came from. Summed or collected, the graphs of all "
            "steps stay in memory, which grows with every step.",
            change="Keep loss.item() in place of loss.",
            confidence="confirmed",
            severity="warning",
            evidence=(("losses kept with their graphs", float(max(loss.kept, loss.added)), 1.0),),
        )


def _penalty(seen: Seen) -> Iterator[Hint]:
    for loss in seen.losses.values():
        ratios = sorted(p / d for p, d in loss.parts if d > 0)
        middle = ratios[len(ratios) // 2] if ratios else 0.0
        if len(ratios) >= ENOUGH and middle > PENALTY:
            yield Hint(
                slug="penalty-too-strong",
                title="The penalty outweighs the data",
                where=loss.where,
                why="The gradient of a sum is the sum of gradients: where that of the penalty is "
                "many times that of the data, the weights follow the penalty alone.",
                change=f"Divide its factor by {_round(middle)}.",
                confidence="likely",
                evidence=(("gradient of the penalty / of the data", middle, PENALTY),),
            )


def _round(x: float) -> str:
    return f"{10 ** len(str(int(x)))}"


def _unfit(seen: Seen) -> Iterator[Hint]:
    if seen.backwards or not any(m.forwards for m in seen.models.values()):
        return
    stepped = [o for o in seen.optimizers.values() if o.steps >= ENOUGH]
    if stepped:
        yield Hint(
            slug="weights-do-not-move",
            title="Steps without a backward pass",
            where=stepped[0].where,
            why="step() uses the gradients that backward() puts into .grad, and backward() was "
            "never called. A closure for L-BFGS must call it, too.",
            change="loss.backward() before step(), or within the closure",
            confidence="confirmed",
            evidence=(("backward passes", 0.0, float(stepped[0].steps)),),
        )
        return
    yield Hint(
        slug="empty-loader",
        title="The program trained nothing",
        where="",
        why="Its models ran, and no backward pass was seen: the loop over the batches had none.",
        change="Look at len(loader): with drop_last it is floor(n / batch_size).",
        confidence="possible",
        severity="note",
    )


RULES: Sequence[Callable[[Seen], Iterator[Hint]]] = (
    _no_step,
    _missed,
    _cut,
    _early_step,
    _unmoved,
    _not_cleared,
    _broadcast,
    _modes,
    _penalty,
    schedules,
    clipped,
    _kept,
    _unfit,
)
