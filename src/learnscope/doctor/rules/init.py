"""First weights: all alike, or of the wrong size.

- sd of a weight matrix below 1e-8, or more than half of its units with equal rows (1e-8). The last
  layer is exempt: zeros there are sound (Fixup, zero-gamma). A model of one layer has no symmetry.
  Their gradients must be alike too, else they part with the first update.
- sd outside [0.2, 5] of He's sqrt(2 / fan_in) (PyTorch's own default is 0.41 of it), or sizes of
  the layers' outputs that grow or shrink a hundredfold, or a first loss far above that of a
  constant answer. Speaks where the outcome is poor and drawing anew helps. Source: the taxonomy,
  section 2.5; He et al., ICCV 2015.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again
from learnscope.doctor.rules.base import Rule, Suspicion

EQUAL = 1e-8
LOW, HIGH = 0.2, 5.0
SHRINK, GROW = 1e-2, 1e2
FEWEST = 32
"""Numbers of a weight matrix from which on their sd is known to an eighth (1 over sqrt(2 n))."""


class ConstantInit(Rule):
    """Units that begin alike stay alike."""

    slugs = ("constant-init",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        weights = [(n, p.detach()) for n, p in case.weights.items() if p.requires_grad]
        if len(weights) < 2:
            return []
        alike = [n for n, w in weights[:-1] if _alike(w)]
        alike = _that_stay(case, alike) if alike else []
        everything = len(alike) == len(weights) - 1
        if not alike or not (everything or case.trouble):
            return []
        return [
            Suspicion(
                slug="constant-init",
                title=f"The units of {', '.join(alike[:3])} begin all alike",
                evidence=(
                    Evidence(what="layers whose units begin alike", value=len(alike), limit=0),
                    Evidence(what="sd of the first weights", limit="> 1e-8",
                             value=float(dict(weights)[alike[0]].std(correction=0))),
                ),
                why="Units with equal weights get equal gradients, so that they stay equal: a "
                "layer of h of them is one unit. With weights of 0 the gradient of the layer "
                "before is 0 too.",
                changes=(("Draw the weights at random: leave PyTorch's defaults, or He's for ReLU.",
                          drawn_again),),
                alone=True,
                layers=tuple(alike[:8]),
            )
        ]  # fmt: skip


def _that_stay(case: Case, names: list[str]) -> list[str]:
    """Return the weights whose units get equal gradients too, on all probe rows.

    Zeros that are added, as codes of positions are, begin alike and part at once; so do equal units
    behind which weights are random.
    """
    own = case.setup.copy()
    with quiet(case.setup.seed):
        own.model.train()
        own.model.zero_grad(set_to_none=True)
        loss = own.loss(own.model(case.x), case.y)
        if not loss.requires_grad:
            return names
        loss.backward()
    kept = []
    for name, p in own.model.named_parameters():
        if name in names:
            gradient = torch.zeros_like(p) if p.grad is None else p.grad
            size = float(gradient.abs().max())
            if size == 0 or _alike(gradient / size, 1e-5):
                kept.append(name)
    return kept


def _alike(weight: Tensor, limit: float = EQUAL) -> bool:
    rows = weight.reshape(len(weight), -1)
    if float(rows.std(correction=0)) < limit:
        return True
    if len(rows) < 2:
        return False
    equal = (rows.unsqueeze(0) - rows.unsqueeze(1)).abs().amax(dim=2) < limit
    return float((equal.sum(dim=1) > 1).float().mean()) > 0.5


class InitScale(Rule):
    """First weights of the wrong size."""

    slugs = ("init-scale",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        ratios = _ratios(case)
        off = {n: r for n, r in ratios.items() if r > HIGH or (EQUAL < r < LOW)}
        sizes = [float(c.output.std()) for c in case.heard.layers if c.output.numel() > 1]
        change = sizes[-1] / sizes[0] if len(sizes) > 1 and sizes[0] > 0 else 1.0
        far = not SHRINK <= change <= GROW
        born_dead = any(s.dead > 0.5 for s in case.record.begin)
        first = case.record.losses[0] if case.record.losses else math.nan
        most = _most_at_first(case)
        far = (far and not born_dead) or first > most
        if not off and not far:
            return []  # Dead units shrink what goes on: they have a rule of their own.
        worst = max(off.values(), key=lambda r: abs(math.log(r))) if off else 1.0
        large = worst > 1 if off else change > 1 or first > most
        return [
            Suspicion(
                slug="init-scale",
                title=f"First weights are too {'large' if large else 'small'}: "
                + (f"{worst:.2g} times He's in {', '.join(list(off)[:3])}" if off
                   else f"the first loss is {first:.3g}" if first > most
                   else f"outputs change {change:.2g}-fold from the first layer to the last"),
                evidence=(
                    Evidence(what="sd of weights over He's, the farthest", value=worst,
                             limit=f"{LOW:g} to {HIGH:g}"),
                    Evidence(what="size of the last layer's outputs over the first's", value=change,
                             limit=f"{SHRINK:g} to {GROW:g}"),
                    Evidence(what="loss before the first update", value=first,
                             limit=most if math.isfinite(most) else None),
                ),
                why="A layer multiplies the size of what goes through by about sqrt(fan_in) "
                "times the sd of its weights. Too large, units saturate and scores are huge; too "
                "small, the signal and its gradient vanish.",
                changes=(
                    ("Draw the weights with the layers' defaults.", drawn_again),
                    ("Draw the weights as He says: sd sqrt(2 / fan_in), biases 0.",
                     lambda s: drawn_again(s, gain=math.sqrt(2))),
                ),
                layers=tuple(off)[:8],
            )
        ]  # fmt: skip


def _ratios(case: Case) -> dict[str, float]:
    """Return name -> sd of a weight over He's sqrt(2 / fan_in).

    PyTorch draws the weights of a recurrent layer for its hidden units, whatever its inputs are:
    their number stands for the fan-in there.
    """
    hidden = {
        f"{name}.{own}" if name else own: module.hidden_size
        for name, module in case.model.named_modules()
        if isinstance(module, nn.RNNBase)
        for own, _ in module.named_parameters(recurse=False)
    }
    embedded = {
        f"{name}.weight" for name, m in case.model.named_modules() if isinstance(m, nn.Embedding)
    }
    return {
        name: float(w.std(correction=0)) / math.sqrt(2 / hidden.get(name, w[0].numel()))
        for name, w in ((n, p.detach()) for n, p in case.weights.items())
        if name not in embedded and "bias" not in name and w.numel() >= FEWEST
    }


def _most_at_first(case: Case) -> float:
    """Return the first loss above which first outputs are too large; infinite where unknown.

    Three times log k for cross-entropy, ten times the loss of the best constant answer for a mean
    of squares. Other losses have no such figure. Source: the taxonomy, section 2.5.
    """
    y = case.setup.y
    with quiet(), torch.no_grad():
        if case.task.kind == "classes":
            k = case.output.shape[1] if case.output.dim() > 1 else 0
            even = float(case.loss(torch.zeros_like(case.output), case.y))
            is_entropy = k > 1 and abs(even - math.log(k)) < 1e-3
            return 3 * even if is_entropy else math.inf
        if case.task.kind != "regression" or not case.is_plain:
            return math.inf
        target = y.reshape(len(y), -1).double()
        variance = float(target.var(dim=0, correction=0).mean())
        middle = case.y.double().mean(dim=0, keepdim=True).expand(case.y.shape)
        if middle.shape != case.output.shape:
            return math.inf
        constant = float(case.loss(middle.to(case.output.dtype), case.y))
        # Targets of a large mean make the first loss large by themselves: another rule's.
        off = float(target.mean(dim=0).abs().max()) ** 2 > 10 * variance
        return math.inf if off or constant <= 0 else 10 * constant
