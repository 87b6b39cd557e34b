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
# FINISH and SLOPE_FINISH say what the products do beside, see `learnscope.fused.finishes`.
(N_IN, N_OUT, ACTIVATION, WEIGHT, BIAS, OUT, SLOPE, MASK, FINISH, SLOPE_FINISH, WIDE) = range(11)
N_LAYER_COLUMNS = 11

# Entries of the table of whole numbers.
(
    EPOCHS, BATCH, SHUFFLE, CHUNK, LOSS, OPTIMIZER, NESTEROV, DECOUPLED, DECAY_BIASES,
    REDUCTION, CLASSES, PATIENCE, N_PARAMETERS, PARAMETERS, GRADIENT, FIRST_MOMENT,
    SECOND_MOMENT, BEST, INPUT, TARGET, ROW_WEIGHT, OTHER_INPUT, OTHER_TARGET, OTHER_WEIGHT,
    ERROR, OTHER_ERROR, SCRATCH, ZEROS, BACKUP, FIRST_SEEN, N_HIDDEN, NUMBERS_PER_ROW,
    SNAPSHOTS, CENTERED, GRADIENT_MEAN, N_LAYERS, N_INPUTS, N_OUTPUTS, TURNED,
) = range(39)  # fmt: skip
N_WHOLE = 39

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
STOP, EPOCHS_DONE, BEST_EPOCH, N_ROWS, BATCHES_DONE, N_SNAPSHOTS = 0, 1, 2, 3, 4, 5
N_CONTROL = 8

# The table of the parts: for each of training, validation and test four numbers, its rows and the
# addresses of features, targets and row weights (0 where every row counts alike).
ROWS, FEATURES, TARGETS, ROW_WEIGHTS = 0, 1, 2, 3
N_PART_COLUMNS = 4

# Places of the units in the table of addresses. Groups have one place for each code.
(
    TRAIN, EPOCH, MOVE, GRADIENT_PASS, EVALUATE, WATCH_UNITS, COUNT_RIGHT, FORWARD, BACKWARD,
    ADD_GRADIENT, LOAD_ROWS, FILL_ORDER, FILL_MASK, APPLY_MASK, ADJUST, SUM_OF_SQUARES,
    WIDE_GRADIENT,
) = range(17)  # fmt: skip
ACTIVATE, SLOPES, LOSSES, UPDATES, PRODUCTS = 20, 40, 60, 80, 90
N_CALLS = 100

# How a training ended.
TRAINED, STOPPED_EARLY, CANCELLED, BAD_LOSS, BAD_GRADIENT, BAD_WEIGHTS, BAD_EVALUATION = range(7)

# What follows an epoch: a row of the history, a snapshot of the weights, or both.
EVALUATED, SNAPSHOT = 1, 2

# What a training tells: what was not finite, the last gradient's norm, and the sums over the
# updates of the epoch under way, of losses and of what they are divided by.
BAD_VALUE, GRADIENT_NORM, TOTAL, COUNT = 0, 1, 2, 3
N_TOLD = 4

# Numbers in a row of the history.
N_HISTORY = 11
