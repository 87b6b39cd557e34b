"""Schedules: one file each, `SCHEDULES` gives their names."""

from typing import TYPE_CHECKING

from learnscope.settings import kinds_of
from learnscope.training.schedules.base import Schedule
from learnscope.training.schedules.constant import Constant
from learnscope.training.schedules.cosine import Cosine
from learnscope.training.schedules.exponential import Exponential
from learnscope.training.schedules.linear import LinearSchedule
from learnscope.training.schedules.step import Step

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Step,
    "exponential": Exponential,
    "linear": LinearSchedule,
    "cosine": Cosine,
}

if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = kinds_of(SCHEDULES, default="constant")

__all__ = ["SCHEDULES", "AnySchedule", "Constant", "Schedule"]
