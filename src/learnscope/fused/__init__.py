"""The compiled trainer for small dense networks: the same truth as the PyTorch route, faster."""

from learnscope.fused.cost import estimate_seconds
from learnscope.fused.support import supports
from learnscope.fused.train import train_members, warmup

__all__ = ["estimate_seconds", "supports", "train_members", "warmup"]
