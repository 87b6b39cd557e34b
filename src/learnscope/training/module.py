"""The network as a PyTorch module; see `learnscope.models.modules`.

This file imports PyTorch: import it where it is used.
"""

from learnscope.models.modules import (
    FUNCTIONS,
    Chance,
    Dense,
    NetworkModule,
    build_module,
    load_parameters,
    read_parameters,
)

__all__ = [
    "FUNCTIONS",
    "Chance",
    "Dense",
    "NetworkModule",
    "build_module",
    "load_parameters",
    "read_parameters",
]
