"""One thread for small networks."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold PyTorch on one thread inside, and put the number back.

    Networks this small wait for each other's threads, above all where tests run side by side.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
