"""The faults that the doctor knows, in the order in which causes are looked for.

What stands earlier explains what stands later: data that are not finite make any loss so, a loss
that cannot be learned from makes gradients vanish, and a rate that is too high kills units.
"""

from collections.abc import Mapping

_RAISES = {
    "shape-mismatch": "A layer or the loss gets a tensor of a shape that it cannot take.",
    "dtype-mismatch": "Inputs, weights or targets have a number type that the operation refuses.",
    "target-out-of-range": "A class id is outside 0 to k - 1, or a target outside [0, 1].",
    "device-mismatch": "Model and data lie on different devices.",
    "backward-twice": "A graph is gone through backwards a second time.",
    "in-place-change": "A tensor that the gradient needs was changed in place.",
    "empty-loader": "The loader gives no batch at all.",
    "batch-too-large": "The batch is larger than the data, and incomplete batches are dropped.",
    "loss-not-scalar": "backward() or item() is called on many numbers, not one.",
    "no-forward": "A module without forward() is called.",
    "bad-setting": "A setting is outside its range, or arguments are in the wrong order.",
    "weights-do-not-fit": "Weights of another model are loaded.",
    "program-error": "The program ends with an error that is not one of the known kinds.",
}
_DATA = {
    "non-finite-data": "Inputs or targets hold NaN or infinite numbers.",
    "test-labels-differ": "Labels of the test rows mean other classes than those of the training.",
    "test-preprocessing-differs": "Test inputs were prepared otherwise than training inputs.",
    "train-test-leak": "Rows of the test are in the training data too.",
    "target-leak": "One input column is the target in disguise.",
    "misaligned-targets": "Targets do not belong to their rows: shifted or shuffled.",
}
_WIRING = {
    "optimizer-misses-parameters": "Trainable parameters are not in the optimiser.",
    "unregistered-parameters": "Parameters are used that model.parameters() does not know.",
    "detached-graph": "The graph is cut: parameters that the output depends on get no gradient.",
    "frozen-parameters": "Most weights have requires_grad = False and were never trained.",
    "weights-do-not-move": "The weights are the same after the optimiser's step.",
    "gradients-not-cleared": "Gradients of earlier batches are still there: no zero_grad.",
    "step-before-backward": "The optimiser steps before the gradients of the batch are there.",
    "training-in-eval-mode": "The model is in eval mode while it is trained.",
    "evaluation-in-training-mode": "The model is in training mode while it is evaluated.",
    "eval-mode-ignored": "Outputs in eval mode are random: dropout that is always on.",
    "rows-mixed": "The output of a row depends on other rows of the batch.",
    "input-ignored": "Parts of the input have no influence on the output.",
    "graph-kept": "Losses are collected with their graphs, which fills the memory.",
    "broadcast-metric": "The score compares all pairs of outputs and targets.",
}
_LOSS = {
    "broadcast-loss": "The loss compares every output with every target, (n, 1) against (n,).",
    "swapped-loss-arguments": "Output and target are given to the loss in the wrong order.",
    "wrong-loss-sign": "The loss falls as the output gets worse: its sign is turned.",
    "constant-loss": "The loss does not depend on the output, e.g. cross-entropy of one column.",
    "loss-below-floor": "The loss falls below its least value: targets outside its range.",
    "softmax-before-cross-entropy": "Softmax is applied twice: in the model and in the loss.",
    "sigmoid-before-bce-with-logits": "Sigmoid is applied twice: in the model and in the loss.",
    "missing-log-probabilities": "The loss wants log-probabilities and gets something else.",
    "output-range": "The closing activation cannot reach the targets, or cuts the scores.",
    "wrong-loss": "The loss does not fit the task, such as squared error on class ids.",
    "unstable-loss": "A hand-written loss is not finite for large outputs.",
    "sum-reduction": "The loss is a sum over the batch, so the rate grows with the batch.",
    "penalty-too-strong": "A penalty on the weights has a larger gradient than the data.",
}
_SCALE = {
    "ordered-batches": "Rows are sorted by class and not shuffled.",
    "unscaled-input": "Input columns have very different or very large scales.",
    "unscaled-target": "Targets are far larger than what the network can reach.",
}
_MODEL = {
    "constant-init": "Weights begin all alike, so that units stay alike.",
    "missing-nonlinearity": "Layers follow each other without an activation.",
    "batchnorm-statistics": "BatchNorm's running statistics are not those of the data.",
    "init-scale": "First weights are far too large or too small.",
    "dead-units": "ReLU units give 0 on all rows and get no gradient.",
    "saturated-units": "Sigmoid or tanh units are at their ends on nearly all rows.",
    "vanishing-gradient": "The gradient of the first layers is lost on its way.",
    "exploding-gradient": "The gradient grows on its way through the layers or steps.",
    "conv-collapse": "Maps shrink to one pixel before the last convolution.",
    "bottleneck-too-small": "A narrow layer lets too little through.",
    "dead-code": "The code of an autoencoder is the same for all rows.",
    "copying-autoencoder": "The code is as wide as the input, which is copied.",
}
_OPTIMISATION = {
    "lr-too-high": "The learning rate is too high: steps overshoot.",
    "lr-too-low": "The learning rate is too low: the weights hardly move.",
    "momentum-too-long": "Momentum averages over more steps than there are.",
    "weight-decay-too-strong": "Weight decay pulls harder than the data.",
    "dropout-too-strong": "Dropout leaves too few units.",
    "clipping-too-strong": "Gradients are clipped to far less than they are.",
    "schedule-order": "The schedule steps before the optimiser does.",
    "schedule-ends-early": "The schedule ends the learning before it is done.",
    "oscillation": "The loss jumps up and down instead of settling.",
    "too-few-updates": "The training ends while the loss is still falling.",
    # More units learn faster too: they are the cause only where no setting of the training is.
    "capacity-too-small": "The network is too small for the function.",
}
_GENERALISATION = {
    "class-imbalance": "A rare class is ignored.",
    "label-noise": "Wrong labels are learned by heart.",
    "overfitting": "The training rows are known by heart, and new rows are not.",
    "too-little-data": "There are too few rows for this network.",
    "underfitting": "Simple references do better on the training rows.",
    "wrong-metric": "Accuracy says little where one class has most of the rows.",
}

FAULTS: Mapping[str, str] = {
    **_RAISES, **_DATA, **_WIRING, **_LOSS, **_SCALE, **_MODEL, **_OPTIMISATION, **_GENERALISATION,
}  # fmt: skip
"""Slug -> what it means, one line; in the order of causes."""

_PLACES = {slug: i for i, slug in enumerate(FAULTS)}


def place(slug: str) -> int:
    """Return where a fault stands in the order of causes; unknown ones stand last."""
    return _PLACES.get(slug, len(_PLACES))
