"""Which members the compiled trainer can train. Needs no compiler to be imported."""

from learnscope.fused.codes import ACTIVATION_CODES, LOSS_CODES, OPTIMIZER_CODES
from learnscope.models.network import DenseNetwork
from learnscope.training.member import Member

_OPTIMIZER_FIELDS = {
    "sgd": {"kind", "momentum", "nesterov", "dampening"},
    "adam": {"kind", "beta1", "beta2", "eps"},
    "adamw": {"kind", "beta1", "beta2", "eps"},
    "rmsprop": {"kind", "alpha", "eps", "momentum", "centered"},
}
_OUTPUT_ONLY = {"softmax", "log_softmax"}


def supports(member: Member) -> str | None:
    """Return None where the fused trainer can train this member, else one short reason."""
    training, network = member.experiment.training, member.network
    if not isinstance(network, DenseNetwork):
        return f"the model {member.experiment.model.kind_name()} is not dense"
    for i, layer in enumerate(network.layers):
        last = i == len(network.layers) - 1
        if layer.activation not in ACTIVATION_CODES:
            return f"the activation {layer.activation} is not fused"
        if layer.activation in _OUTPUT_ONLY and not last:
            return f"the activation {layer.activation} is fused at the output only"
    loss = str(training.loss.kind_name())
    if loss not in LOSS_CODES:
        return f"the loss {loss} is not fused"
    optimizer = str(training.optimizer.kind_name())
    settings = training.optimizer.model_dump()
    if optimizer not in OPTIMIZER_CODES:
        return f"the optimizer {optimizer} is not fused"
    # A setting that was added to an optimiser must not be ignored in silence.
    unknown = set(settings) - _OPTIMIZER_FIELDS[optimizer]
    if unknown:
        return f"the setting {min(unknown)} of the optimizer {optimizer} is not fused"
    return None
