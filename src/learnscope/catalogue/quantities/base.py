"""What a quantity is: settings that turn the members of one experiment into numbers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from learnscope.settings import Settings
from learnscope.trained import Trained


class Quantity(Settings, ABC):
    """Something to measure of trained members."""

    @abstractmethod
    def values(self, group: Sequence[Trained]) -> list[float]:
        """Return a number for each member, in their order, or one for all of them together.

        NaN for a member that diverged, where its weights are needed.
        """


class PerMember(Quantity, ABC):
    """A quantity that is a function of one member alone."""

    @abstractmethod
    def value(self, trained: Trained) -> float:
        """Return the number of one member."""

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [float("nan") if t.diverged else float(self.value(t)) for t in group]
