"""Autoencoders whose code says nothing, or everything; convolutions whose maps are gone.

- A code that is the same for all rows: the sd of every unit is below 1e-6.
- A code as wide as the input, reconstructed to an R2 of 0.99: the network copies.
- A map of one pixel before the last convolution. Source: the taxonomy, section 2.5.
"""

from __future__ import annotations

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again
from learnscope.doctor.rules.base import Rule, Suspicion

DEAD = 1e-6
COPIED = 0.99


class Codes(Rule):
    """The narrowest layer of an autoencoder."""

    slugs = ("dead-code", "copying-autoencoder")
    stage = "outcome"

    def look(self, case: Case) -> list[Suspicion]:
        layers = case.heard.layers
        if not case.task.reconstruction or len(layers) < 2:
            return []
        inputs = case.x.reshape(len(case.x), -1).shape[1]
        narrow = min(int(c.output.reshape(len(c.output), -1).shape[1]) for c in layers[:-1])
        score = case.record.scores["train"]
        if narrow >= inputs and score >= COPIED:
            return [
                Suspicion(
                    slug="copying-autoencoder",
                    title=f"The code has {narrow} numbers for {inputs} inputs, and copies them",
                    evidence=(
                        Evidence(what="units of the narrowest layer", value=narrow, limit=inputs),
                        Evidence(what="R2 of the reconstruction", value=score, limit=COPIED),
                    ),
                    why="With as many numbers as the input the identity is a solution. Nothing is "
                    "learned of what the rows have in common.",
                    advice="Use a code narrower than the input, noise on the inputs, or a "
                    "penalty on the code.",
                    severity="warning",
                    alone=True,
                )
            ]
        if score > 0.05:
            return []
        spread = [float(s.dead) for s in case.record.end if s.name == "relu"]
        if not spread or max(spread) < 1.0:
            return []
        return [
            Suspicion(
                slug="dead-code",
                title="The code is the same for all rows",
                evidence=(
                    Evidence(what="share of the code's units that are 0 on all rows",
                             value=max(spread), limit=1.0),
                    Evidence(what="R2 of the reconstruction", value=score),
                ),
                why="All units of a layer give 0: the decoder gets the same for every row, and its "
                "best answer is the mean row. No gradient reaches the encoder.",
                changes=(("Draw other first weights.", drawn_again),),
            )
        ]  # fmt: skip


class ConvCollapse(Rule):
    """Maps of one pixel before a convolution."""

    slugs = ("conv-collapse",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        convs = [c for c in case.heard.layers if c.name == "conv" and c.given.dim() == 4]
        small = [c for c in convs[1:] if c.given.shape[-1] == 1 and c.given.shape[-2] == 1]
        if not small:
            return []
        sizes = " -> ".join(str(c.given.shape[-1]) for c in convs)
        return [
            Suspicion(
                slug="conv-collapse",
                title="A convolution gets maps of one pixel",
                evidence=(Evidence(what="sides of the maps before each convolution", value=sizes,
                                   limit="> 1"),),
                why="Where a map has one pixel a convolution has no neighbours to look at: it is a "
                "dense layer on padding. Strides and pools have thrown away where things are.",
                advice="Use fewer strides and pools, or padding.",
                severity="warning",
                alone=bool(case.trouble),
            )
        ]  # fmt: skip
