"""The plain training loop that the cases are held against: no doctor, nothing clever."""

import math
import time
from dataclasses import dataclass

import torch

from tests.doctor.cases.program import Program
from tests.doctor.cases.threads import one_thread


@dataclass(frozen=True)
class Outcome:
    """What a plain training came to: scores on train and test rows, last loss, seconds."""

    train: float
    test: float
    loss: float
    seconds: float


def train(program: Program, seed: int = 0) -> Outcome:
    """Train the program's own model in place and score it in evaluation mode.

    Outputs that are not finite score minus infinity. The global random state is put back.
    """
    p, start = program, time.perf_counter()
    order = torch.Generator().manual_seed(seed)
    loss = torch.tensor(math.nan)
    with torch.random.fork_rng(), one_thread():
        torch.manual_seed(seed)
        for _ in range(p.epochs):
            p.model.train()
            n = len(p.X)
            rows = torch.randperm(n, generator=order) if p.shuffle else torch.arange(n)
            for batch in torch.split(rows, p.batch_size):
                p.optimizer.zero_grad()
                loss = p.loss(p.model(p.X[batch]), p.y[batch])
                if loss.requires_grad:
                    loss.backward()  # type: ignore[no-untyped-call]
                p.optimizer.step()
        train_score, test_score = _score(p, p.X, p.y), _score(p, p.X_test, p.y_test)
    return Outcome(train_score, test_score, float(loss.detach()), time.perf_counter() - start)


def _score(p: Program, x: torch.Tensor, y: torch.Tensor) -> float:
    p.model.eval()
    with torch.no_grad():
        out = p.model(x)
    return p.score(out, y) if bool(torch.isfinite(out).all()) else -math.inf
