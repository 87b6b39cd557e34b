"""A trained member: its data and settings together with the weights that came out."""

from dataclasses import dataclass, replace

from learnscope.arrays import Array, Ints
from learnscope.models.network import forward
from learnscope.predictor import Predictor
from learnscope.training.member import Member
from learnscope.training.result import Result
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trained:
    """One network of a run. All views and measures read this."""

    member: Member
    result: Result

    @property
    def predictor(self) -> Predictor:
        """What answers for raw inputs."""
        return Predictor(
            chain=self.member.chain,
            network=self.member.network,
            head=self.member.head,
            parameters=self.result.parameters,
        )

    def output(self, x: Array) -> Array:
        """Return the outputs (m, k) for raw inputs (m, d): features first, then the network."""
        return self.predictor.output(x)

    def activations(self, x: Array) -> list[Array]:
        """Return the activations (m, h) of every layer for raw inputs (m, d), output last."""
        return self.predictor.activations(x)

    def labels(self, x: Array) -> Ints:
        """Return the predicted class (m,) for raw inputs (m, d)."""
        return self.predictor.labels(x)

    def shares(self, x: Array) -> Array:
        """Return the belief in each class (m, c) for raw inputs (m, d), see `Head.shares`."""
        return self.predictor.shares(x)

    def part_output(self, part: Part) -> Array:
        """Return the outputs (n, k) on the rows of a part, numbers in the target's own units."""
        return self.member.head.decode(self.learned_output(part))

    def learned_output(self, part: Part) -> Array:
        """Return the outputs (n, k) on the rows of a part as the loss sees them."""
        return forward(self.member.network, self.result.parameters, self.member.parts[part].x)

    def at(self, epoch: int) -> "Trained":
        """Return the network as it was after an epoch, with the history until then.

        Every view and measure can look at it as at any other.

        Raises:
            InputError: no snapshot of that epoch was kept, see `Training.snapshots`.
        """
        history = self.result.history
        past = history["epoch"] <= epoch
        then = replace(
            self.result,
            parameters=self.result.snapshots.at(epoch),
            history={name: column[past] for name, column in history.items()},
            status="trained",
            epochs=epoch,
            best_epoch=epoch,
            cause=None,
        )
        return replace(self, result=then)

    @property
    def diverged(self) -> bool:
        """Whether training ended in values that are not finite."""
        return self.result.status == "diverged"
