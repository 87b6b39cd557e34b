"""Errors of the graph: what `backward()` cannot go through."""

from __future__ import annotations

import re

from learnscope.doctor.explaining.base import Explanation, Failure, Rule


def _no_gradient(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="detached-graph",
        title="The loss does not depend on any parameter that can be trained",
        why="backward() follows the operations that led to the loss, and here nothing leads to a "
        "parameter. The graph was cut by detach(), .data, .item(), numpy(), argmax, a comparison "
        "or torch.no_grad(), or all parameters have requires_grad=False.",
        change="Compute the loss from the model's own output, outside of no_grad(), without "
        "detach().",
        expected="a loss with a grad_fn",
        got="none",
    )


def _not_scalar(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="loss-not-scalar",
        title="backward() of more than one number",
        why="The gradient is that of one number, the loss. This tensor has one value for each row "
        "(reduction='none', or the output itself).",
        change="loss.mean().backward()",
        expected="one number",
        got="a tensor",
    )


def _twice(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="backward-twice",
        title="backward() goes through a graph that is gone",
        why="The first backward() frees what the forward pass kept. Something of an earlier step "
        "is still in this loss: a sum of losses, the state of a recurrent network, or a result "
        "computed once before the loop.",
        change="Compute the output anew in every step; carry states on with h = h.detach(); add "
        "losses up with loss.item().",
        expected="a forward pass for each backward pass",
        got="one for several",
    )


def _in_place(failure: Failure, match: re.Match[str]) -> Explanation:
    maker = match[1]
    return Explanation(
        slug="in-place-change",
        title=f"A value that {maker} needs for its gradient was overwritten",
        why="The backward pass uses the values of the forward pass, and an operation such as +=, "
        "x[i] = ..., relu_() or inplace=True changed them. An optimiser's step between forward "
        "and backward does the same to the weights.",
        change="Write x = x + y in place of x += y, and inplace=False; call step() after all "
        "backward() calls.",
        expected="values as they were",
        got=f"an output of {maker} that was changed",
    )


def _leaf(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="in-place-change",
        title="A parameter is changed while gradients are recorded",
        why="An update by hand is no part of the function that is differentiated. PyTorch asks to "
        "say so.",
        change="with torch.no_grad(): w -= lr * w.grad",
        expected="an update under no_grad()",
        got="one outside of it",
    )


def _numpy(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="detached-graph",
        title="numpy() of a tensor that is part of the graph",
        why="NumPy does not record gradients, so PyTorch asks to cut the graph in words. That is "
        "right for pictures and scores, and wrong within a loss.",
        change=".detach().numpy(), or torch.no_grad() around an evaluation",
        expected="a tensor without gradient",
        got="one with",
    )


def _nothing_to_optimise(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="unregistered-parameters",
        title="The optimiser gets no parameters",
        why="model.parameters() finds layers that are attributes of the module, or in a ModuleList "
        "or Sequential. Layers in a plain list or dictionary are invisible to it; a generator that "
        "was used up is empty, too.",
        change="self.layers = nn.ModuleList([...])",
        expected="at least one parameter",
        got="none",
    )


def _non_leaf(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="optimizer-misses-parameters",
        title="The optimiser gets a computed tensor",
        why="Only leaves can be stepped: tensors that were made, not computed. A .to(device) or a "
        "product after requires_grad=True makes a new tensor.",
        change="Make the tensor where it is to be, then w.requires_grad_(): "
        "w = (0.1 * torch.randn(n)).requires_grad_().",
        expected="a leaf",
        got="a result",
    )


def _none_grad(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="detached-graph",
        title="A gradient is None",
        why="A parameter's .grad is None until a backward pass reaches it. None has come yet, or "
        "the graph is cut before this parameter.",
        change="Read .grad after backward(); see that the loss depends on the parameter.",
        expected="a gradient",
        got="None",
    )


RULES: tuple[Rule, ...] = (
    (r"element 0 of tensors does not require grad", _no_gradient),
    (r"grad can be implicitly created only for scalar outputs", _not_scalar),
    (r"Trying to backward through the graph a second time", _twice),
    (
        r"modified by an inplace operation: .*?(?:which is output \d+ of (\w+)|$)",
        _in_place,
    ),
    (r"a leaf Variable that requires grad is being used in an in-place operation", _leaf),
    (r"Can't call numpy\(\) on Tensor that requires grad", _numpy),
    (r"optimizer got an empty parameter list", _nothing_to_optimise),
    (r"can't optimize a non-leaf Tensor", _non_leaf),
    (r"unsupported operand type\(s\) for \*: '\w+' and 'NoneType'", _none_grad),
    (r"'NoneType' object has no attribute '(?:data|norm|zero_|abs|mean|clone|detach)'", _none_grad),
)
