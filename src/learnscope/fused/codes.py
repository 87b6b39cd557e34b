"""Numbers that stand for names inside the compiled trainer.

Each name of a registry that the trainer knows has a code here; a name without one is trained by
the PyTorch route. Column numbers of the tables that the compiled functions read are here too.
"""

IDENTITY, RELU, LEAKY_RELU, ELU, GELU, SILU = 0, 1, 2, 3, 4, 5
TANH, SIGMOID, SOFTPLUS, SIN, SOFTMAX, LOG_SOFTMAX = 6, 7, 8, 9, 10, 11

ACTIVATION_CODES = {
    "identity": IDENTITY,
    "relu": RELU,
    "leaky_relu": LEAKY_RELU,
    "elu": ELU,
    "gelu": GELU,
    "silu": SILU,
    "tanh": TANH,
    "sigmoid": SIGMOID,
    "softplus": SOFTPLUS,
    "sin": SIN,
    "softmax": SOFTMAX,
    "log_softmax": LOG_SOFTMAX,
}
KEEP_SLOPE = {GELU, SILU, SOFTPLUS, SIN}
"""Activations whose slope cannot be had from the activation itself."""

MSE, L1, HUBER, PERCENTAGE, BCE, BCE_LOGITS, CROSS_ENTROPY, NLL = 0, 1, 2, 3, 4, 5, 6, 7

LOSS_CODES = {
    "mse": MSE,
    "weighted": MSE,
    "l1": L1,
    "huber": HUBER,
    "percentage": PERCENTAGE,
    "bce": BCE,
    "bce_logits": BCE_LOGITS,
    "cross_entropy": CROSS_ENTROPY,
    "nll": NLL,
}

SGD, ADAM, RMSPROP = 0, 1, 2

OPTIMIZER_CODES = {"sgd": SGD, "adam": ADAM, "adamw": ADAM, "rmsprop": RMSPROP}

# Columns of the table of layers, all offsets into the workspace.
(N_IN, N_OUT, ACTIVATION, WEIGHT, BIAS, OUT, SLOPE, MASK) = range(8)
N_LAYER_COLUMNS = 8

# Entries of the table of whole numbers.
(
    EPOCHS, BATCH, SHUFFLE, CHUNK, LOSS, OPTIMIZER, NESTEROV, DECOUPLED, DECAY_BIASES,
    REDUCTION, CLASSES, PATIENCE, N_PARAMETERS, PARAMETERS, GRADIENT, FIRST_MOMENT,
    SECOND_MOMENT, BEST, INPUT, TARGET, ROW_WEIGHT, OTHER_INPUT, OTHER_TARGET, OTHER_WEIGHT,
    ERROR, OTHER_ERROR, SCRATCH, ZEROS, BACKUP, FIRST_SEEN, N_HIDDEN, NUMBERS_PER_ROW,
) = range(32)  # fmt: skip
N_WHOLE = 32

# What a loss's total is divided by: 1, the numbers, twice the numbers, the sum of row weights.
SUM, MEAN, HALF, WEIGHTED = 0, 1, 2, 3
# What `CLASSES` says: numbers; two classes by one output; several, the largest output.
NUMBERS, ONE_OUTPUT, LARGEST = 0, 1, 2

# Entries of the table of real numbers.
(
    DECAY, L1_PENALTY, CLIP_NORM, CLIP_VALUE, DROPOUT, BETA1, BETA2, EPS, MOMENTUM,
    LOSS_PARAMETER, THRESHOLD, MIN_DELTA, DAMPENING,
) = range(13)  # fmt: skip
N_REAL = 13

# Entries of the array that a training shares with the thread that watches it: STOP is written
# by the latter, the others by the training.
STOP, EPOCHS_DONE, BEST_EPOCH, N_ROWS, BATCHES_DONE = 0, 1, 2, 3, 4
N_CONTROL = 8

# How a training ended.
TRAINED, STOPPED_EARLY, CANCELLED, BAD_LOSS, BAD_GRADIENT, BAD_WEIGHTS, BAD_EVALUATION = range(7)

# What a training tells at its end: what was not finite, and the last gradient's norm.
BAD_VALUE, GRADIENT_NORM = 0, 1
