"""Changes inside expressions and loops, made and looked at as text, and run again."""

from pathlib import Path

import pytest

from learnscope.doctor.static.edits import apply
from learnscope.doctor.static.inspecting import hints_of
from learnscope.doctor.static.repairs import repair
from learnscope.doctor.static.source import read_source
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.joining import judge
from learnscope.doctor.watching.programs import read_program
from learnscope.doctor.watching.running import run_program

SOFT, SIG = "softmax-before-cross-entropy", "sigmoid-before-bce-with-logits"
LOOP = "for x, y in loader:\n    {}\n    loss.backward()\n    opt.step()\n"
NET = "class Net(nn.Module):\n    def forward(self, x):\n        {}\n"
REPAIRED = [
    (SOFT, LOOP.format("loss = F.cross_entropy(F.softmax(net(x), dim=1), y)"),
     "loss = F.cross_entropy(net(x), y)"),
    (SOFT, LOOP.format("loss = ce(net(x).softmax(1), y)"), "loss = ce(net(x), y)"),
    (SOFT, LOOP.format("loss = ce(nn.Softmax(dim=1)(net(x)), y)"), "loss = ce(net(x), y)"),
    (SIG, LOOP.format("out = torch.sigmoid(net(x))\n    loss = bce(out, y)"), "out = net(x)\n"),
    (SIG, NET.format("return torch.sigmoid(self.out(x)).view(-1, 1)"),
     "return self.out(x).view(-1, 1)"),
    (SOFT, NET.format("return F.softmax(self.fc(x), dim=-1), x"), "return self.fc(x), x"),
    ("in-place-change", NET.format("h = self.a(x)\n        h += 0.5\n        return h"),
     "        h = h + 0.5\n"),
]  # fmt: skip
SEEN = [
    (SOFT, LOOP.format("loss = F.cross_entropy(torch.softmax(net(x), 1), y)"),
     "F.cross_entropy(net(x), y)"),
    ("weights-do-not-move",
     "for x, y in loader:\n    f(net(x), y).backward()\n    opt.zero_grad()\n    opt.step()\n",
     "    opt.step()\n    opt.zero_grad()\n"),
    ("weights-do-not-move",
     "def closure():\n    opt.zero_grad()\n    loss = f(net(x), y)\n    return loss\n\n"
     "opt.step(closure)\n",
     "    loss.backward()\n    return loss\n"),
    ("schedule-ends-early",
     "sched = torch.optim.lr_scheduler.StepLR(opt, 10)\nfor epoch in range(9):\n"
     "    for x, y in loader:\n        loss.backward()\n        opt.step()\n        sched.step()\n",
     "        opt.step()\n    sched.step()\n"),
    ("schedule-order",
     "sched = torch.optim.lr_scheduler.StepLR(opt, 10)\nfor epoch in range(9):\n    sched.step()\n"
     "    for x, y in loader:\n        loss.backward()\n        opt.step()\n",
     "        opt.step()\n    sched.step()\n"),
    ("wrong-metric", "for x, y in loader:\n    hits += (net(x).argmax(1) == y).sum().item()\n"
     "print(hits / len(loader))\n", "hits / len(loader.dataset)"),
]  # fmt: skip
SILENT = [
    # Each is what the fault looks like from afar.
    LOOP.format("loss = F.nll_loss(torch.log_softmax(net(x), 1), y)"),
    "for x, y in loader:\n    opt.zero_grad()\n    opt.step(lambda: f(net(x), y))\n",
    "for x, y in loader:\n    opt.zero_grad()\n    f(net(x), y).backward()\n    opt.step()\n",
    "def closure():\n    loss = f(net(x), y)\n    loss.backward()\n    return loss\n"
    "opt.step(closure)\n",
    "sched = torch.optim.lr_scheduler.OneCycleLR(opt, 1, total_steps=9)\nfor e in range(3):\n"
    "    for x, y in loader:\n        loss.backward()\n        opt.step()\n        sched.step()\n",
    "for x, y in loader:\n    loss = f(net(x), y)\n    loss.backward()\n"
    "    total += loss.item()\nprint(total / len(loader))\n",
    "for x, y in loader:\n    loss = f(net(x), y)\n    loss.backward()\n"
    "    total += loss.item() * len(x)\nprint(total / len(rows))\n",
    "for x, y in loader:\n    hits += (net(x).argmax(1) == y).sum().item()\n"
    "print(hits / len(loader.dataset))\n",
    "for x, y in loader:\n    share += (net(x).argmax(1) == y).float().mean().item()\n"
    "print(share / len(loader))\n",
]  # fmt: skip


def written(folder: Path, text: str) -> Path:
    path = folder / "train.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("slug", "before", "after"), REPAIRED)
def test_repair_of_what_a_run_has_shown(slug: str, before: str, after: str, tmp_path: Path) -> None:
    path = written(tmp_path, before)
    edits = repair(read_source(read_program(path)), slug, "", "")
    assert after in apply(before, edits)


def test_eval_around_the_block_that_was_seen(tmp_path: Path) -> None:
    text = "fit(net)\nwith torch.no_grad():\n    print(loss(net(x), y))\nfit(net)\n"
    source = read_source(read_program(written(tmp_path, text)))
    change = "net.eval() before it, .train() after it"
    edits = repair(source, "evaluation-in-training-mode", "train.py:3", change)
    mended = (
        "fit(net)\nnet.eval()\nwith torch.no_grad():\n    print(loss(net(x), y))\nnet.train()\n"
    )
    assert apply(text, edits).startswith(mended)
    assert repair(source, "evaluation-in-training-mode", "train.py:1", change) == ()


def test_of_two_activations_a_person_must_choose(tmp_path: Path) -> None:
    text = LOOP.format("loss = ce(a(x).softmax(1), y) + ce(b(x).softmax(1), y)")
    assert repair(read_source(read_program(written(tmp_path, text))), SOFT, "", "") == ()


@pytest.mark.parametrize(("slug", "before", "after"), SEEN)
def test_seen_in_the_text_and_changed(slug: str, before: str, after: str, tmp_path: Path) -> None:
    hints = hints_of(read_source(read_program(written(tmp_path, before))))
    (hint,) = [h for h in hints if h.slug == slug]
    assert after in apply(before, hint.edits)


@pytest.mark.parametrize("text", SILENT)
def test_sound_lines_are_left_alone(text: str, tmp_path: Path) -> None:
    known = {slug for slug, *_ in SEEN}
    hints = hints_of(read_source(read_program(written(tmp_path, text))))
    assert [h.slug for h in hints if h.slug in known] == []


def test_mean_of_batch_means_over_rows(tmp_path: Path) -> None:
    # 1569 rows in batches of 32 are 50 batches: 1569 / 50 = 31.4 times too small.
    text = (
        "for x, y in loader:\n    loss = f(net(x), y)\n    loss.backward()\n"
        "    total += loss.item()\nprint(total / len(rows))\n"
    )
    (hint,) = hints_of(read_source(read_program(written(tmp_path, text))))
    assert (hint.slug, hint.where, hint.severity) == ("wrong-metric", "train.py:5", "warning")
    assert "    total += loss.item() * len(x)\n" in apply(text, hint.edits)


PROGRAM = """\
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(64, 3)
y = X @ torch.tensor([[1.0], [2.0], [-1.0]])
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for i in range(20):
    loss = nn.functional.mse_loss(model(X), y)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), LIMIT)
    opt.step()
"""


@pytest.mark.parametrize(("limit", "found"), [("1e-4", ["clipping-too-strong"]), ("1.0", [])])
def test_clipping_of_every_gradient(limit: str, found: list[str], tmp_path: Path) -> None:
    path = written(tmp_path, PROGRAM.replace("LIMIT", limit))
    ran = run_program(read_program(path))
    assert [h.slug for h in wiring.look(ran.seen)] == found


def test_two_optimisers_of_one_model_and_none_of_the_other(tmp_path: Path) -> None:
    from tests.doctor.cases.listed_scripts import SCRIPTS

    program = read_program(SCRIPTS["two_optimizers"].path())
    data = judge(program, run_program(program), budget=1.0)
    (found,) = data["findings"]
    assert found["slug"] == "optimizer-misses-parameters"
    # The generator's optimiser is the one to be made anew.
    assert "+g_opt = torch.optim.Adam(generator.parameters()" in found["diff"]
