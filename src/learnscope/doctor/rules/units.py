"""Units that are dead or saturated.

- A ReLU *unit* is dead where it is 0 on all of the probe rows; a layer is told at half of its
  units.
  The share of zeros says nothing: a sound sparse layer has 50 to 95 % of them.
- A sigmoid unit is saturated where |input| > 4 on nine rows of ten, a tanh unit at 2; a layer is
  told at half of its units, the closing one never.
Both speak only where the outcome is poor and a change helps. Source: the taxonomy, section 2.5.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from learnscope.doctor.calls import with_activation
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again
from learnscope.doctor.record import UnitState
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

SHARE = 0.5


class DeadUnits(Rule):
    """ReLU units that are 0 on all rows."""

    slugs = ("dead-units",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        closing = case.closing_call[1]
        begin, end = (_worst(s, "dead", closing) for s in (case.record.begin, case.record.end))
        worst = begin if begin is not None and begin.dead >= SHARE else end
        if worst is None or worst.dead < SHARE or worst.units < 2:
            return []
        born = begin is not None and begin.dead >= SHARE
        leaky = "Use LeakyReLU, which has a slope everywhere."
        return [
            Suspicion(
                slug="dead-units",
                arose=not born,
                title=f"{100 * worst.dead:.0f} % of the {worst.units} units of ReLU number "
                f"{worst.place + 1} are 0 on all rows"
                + (" from the start" if born else " after the training"),
                evidence=(
                    Evidence(what="share of units that are dead", value=worst.dead, limit=SHARE),
                    Evidence(what="the same before the training",
                             value=0.0 if begin is None else begin.dead, limit=SHARE),
                ),
                why="Where a ReLU gives 0 its slope is 0: a unit that is 0 on every row gets no "
                "gradient and never comes back. Large negative biases, a rate that is too high and "
                "inputs far from 0 do that.",
                changes=(
                    ("Draw the weights anew with biases of 0.",
                     lambda s: drawn_again(s, gain=math.sqrt(2))),
                    (leaky, lambda s: _leaky(s, closing)),
                ) if born else ((leaky, lambda s: _leaky(s, closing)),),
            )
        ]  # fmt: skip


def _leaky(setup: Setup, spare: int) -> Setup:
    model = with_activation(setup.model, ("relu", "relu6"), _leaky_relu, spare)
    return replace(setup, model=model)


def _leaky_relu(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.leaky_relu(x, 0.1)


class SaturatedUnits(Rule):
    """Sigmoid and tanh units at their ends."""

    slugs = ("saturated-units",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        closing = case.closing_call[1]
        begin, end = (_worst(s, "saturated", closing) for s in (case.record.begin, case.record.end))
        worst = begin if begin is not None and begin.saturated >= SHARE else end
        if worst is None or worst.saturated < SHARE:
            return []
        born = begin is not None and begin.saturated >= SHARE
        return [
            Suspicion(
                slug="saturated-units",
                title=f"{100 * worst.saturated:.0f} % of the {worst.units} units of {worst.name} "
                f"number {worst.place + 1} are at their ends on nearly all rows",
                evidence=(
                    Evidence(what="share of saturated units", value=worst.saturated, limit=SHARE),
                    Evidence(what="the same before the training",
                             value=0.0 if begin is None else begin.saturated, limit=SHARE),
                ),
                why="Far out the slope of a sigmoid is next to 0 (0.018 at 4), and with it the "
                "gradient of all that lies before. Inputs or first weights that are too large put "
                "units there.",
                changes=(
                    ("Draw smaller first weights: the layers' defaults.", drawn_again),
                    ("Use ReLU in place of it.", lambda s: _relu(s, closing)),
                ) if born else (("Use ReLU in place of it.", lambda s: _relu(s, closing)),),
            )
        ]  # fmt: skip


def _relu(setup: Setup, spare: int) -> Setup:
    model = with_activation(setup.model, ("sigmoid", "tanh"), torch.relu, spare)
    return drawn_again(replace(setup, model=model))


def _worst(states: tuple[UnitState, ...], of: str, closing: int) -> UnitState | None:
    kept = [s for s in states if s.place != closing]
    return max(kept, key=lambda s: float(getattr(s, of)), default=None)
