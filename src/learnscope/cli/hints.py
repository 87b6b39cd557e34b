"""What a reader of other tools most likely meant by a setting that does not exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learnscope.settings import Settings

ALIASES = {
    "model.hidden_layer_sizes": "model.hidden",
    "model.hidden_layers": "model.hidden",
    "model.layers": "model.hidden",
    "model.units": "model.hidden",
    "problem.n_samples": "problem.n",
    "problem.samples": "problem.n",
    "training.criterion": "training.loss",
    "training.dtype": "training.precision",
    "training.early_stopping": "training.stopping",
    "training.iterations": "training.epochs",
    "training.l2": "training.weight_decay",
    "training.learning_rate": "training.lr",
    "training.learning_rate_init": "training.lr",
    "training.max_iter": "training.epochs",
    "training.momentum": "training.optimizer.momentum",
    "training.objective": "training.loss",
    "training.optimizer.learning_rate": "training.lr",
    "training.optimizer.lr": "training.lr",
    "training.optimizer.weight_decay": "training.weight_decay",
    "training.patience": "training.stopping.patience",
    "training.scheduler": "training.schedule",
    "training.test_size": "training.split.test",
    "training.validation": "training.split.validation",
}
"""Paths with the names that other tools have -> the path here."""

NO_SETTING = re.compile(r"(?:^|: )([\w.]+) has no setting '([^']*)'\.")
MORE = re.compile(r" \(\d+ more to mend after it\.\)$")
FLAG = re.compile(r'Unknown option: "?--([\w-]+)')


def hinted(text: str) -> str:
    """Return a complaint with what was meant, where it is about a setting that is known."""
    found = NO_SETTING.search(text)
    if found is None:
        return text
    place, word = found[1], found[2]
    more = MORE.search(text)
    rest = text[found.end() : more.start() if more else len(text)]
    head, tail = text[: found.end()], more[0] if more else ""
    alias = ALIASES.get(f"{place}.{word}")
    if alias is not None:
        return f"{head} Did you mean {alias!r}?{tail}"
    kinds = _kinds_with(place, word)
    if not kinds:
        return text
    takes = "" if "Did you mean" in rest else rest
    has = "has" if len(kinds) == 1 else "have"
    return f"{head}{takes} {' and '.join(kinds)} {has} it: choose with {place}.kind.{tail}"


def flag_hint(text: str) -> str:
    """Return " Did you mean --training.lr?" for a flag that is a setting without its table."""
    found = FLAG.match(text)
    if found is None:
        return ""
    from learnscope.models import Mlp
    from learnscope.training.settings import Training

    word = found[1].replace("-", "_")
    for table, settings in (("training", Training), ("model", Mlp)):
        alias = ALIASES.get(f"{table}.{word}")
        if alias is not None or word in settings.all_words():
            return f" Did you mean --{alias or f'{table}.{word}'}?"
    return ""


def _kinds_with(place: str, word: str) -> list[str]:
    """Return the kinds that could stand at a place and have that setting."""
    from learnscope.models import MODELS
    from learnscope.problems import PROBLEMS
    from learnscope.training.losses import LOSSES
    from learnscope.training.optimizers import OPTIMIZERS
    from learnscope.training.schedules import SCHEDULES

    registries: dict[str, Mapping[str, type[Settings]]] = {
        "problem": PROBLEMS,
        "model": MODELS,
        "training.loss": LOSSES,
        "training.optimizer": OPTIMIZERS,
        "training.schedule": SCHEDULES,
    }
    return [k for k, kind in registries.get(place, {}).items() if word in kind.all_words()]
