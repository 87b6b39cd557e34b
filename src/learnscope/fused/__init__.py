"""The compiled trainer for small dense networks: the same truth as the PyTorch route, faster."""

from learnscope.fused.cost import cores, estimate_seconds
from learnscope.fused.members import train_members, warmup
from learnscope.fused.support import supports

__all__ = ["cores", "estimate_seconds", "supports", "train_members", "warmup"]
