"""Inspection of texts: what is seen, what is left alone, and whether the change mends it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from learnscope.doctor.static.edits import Edit, apply, diff
from learnscope.doctor.static.inspecting import inspect
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.programs import read_program
from learnscope.errors import InputError
from tests.doctor.conftest import SCRIPTS, Run
from tests.doctor.test_scripts import SOUND

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn, optim\n"
SEEN = [
    (
        "softmax-before-cross-entropy",
        "model = nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Linear(9, 3), nn.Softmax(dim=1))\n"
        "criterion = nn.CrossEntropyLoss()\n",
        "nn.Linear(9, 3))\n",
    ),
    (
        "softmax-before-cross-entropy",
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.a = nn.Linear(4, 3)\n"
        "        self.act = nn.Softmax(1)\n\n"
        "    def forward(self, x):\n"
        "        x = self.act(self.a(x))\n"
        "        return x\n\n"
        "def loss(model, x, y):\n    return F.cross_entropy(model(x), y)\n",
        "        x = self.a(x)\n",
    ),
    (
        "sigmoid-before-bce-with-logits",
        "class Net(nn.Module):\n"
        "    def forward(self, x):\n"
        "        return torch.sigmoid(self.out(x))\n\n"
        "criterion = nn.BCEWithLogitsLoss()\n",
        "        return self.out(x)\n",
    ),
    (
        "unregistered-parameters",
        "class Net(nn.Module):\n"
        "    def __init__(self, k):\n"
        "        super().__init__()\n"
        "        self.layers = [nn.Linear(4, 4) for _ in range(k)]\n",
        "        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(k)])\n",
    ),
    (
        "unregistered-parameters",
        "class Net(nn.Module):\n"
        "    def __init__(self, k):\n"
        "        super().__init__()\n"
        "        self.layers = []\n"
        "        for _ in range(k):\n"
        "            self.layers.append(nn.Linear(4, 4))\n",
        "        self.layers = nn.ModuleList([])\n",
    ),
    (
        "eval-mode-ignored",
        "class Net(nn.Module):\n"
        "    def forward(self, x):\n"
        "        return F.dropout(self.a(x), 0.5)\n",
        "F.dropout(self.a(x), 0.5, training=self.training)\n",
    ),
    (
        "swapped-loss-arguments",
        "criterion = nn.CrossEntropyLoss()\ndef step(model, x, y):\n"
        "    return criterion(y, model(x))\n",
        "    return criterion(model(x), y)\n",
    ),
    (
        "ordered-batches",
        "from torch.utils.data import DataLoader\n"
        "train_loader = DataLoader(train_set, batch_size=32)\n",
        "DataLoader(train_set, batch_size=32, shuffle=True)\n",
    ),
    (
        "test-preprocessing-differs",
        "X_train = scaler.fit_transform(X_train)\nX_test = scaler.fit_transform(X_test)\n",
        "X_test = scaler.transform(X_test)\n",
    ),
    (
        "lr-too-high",
        "opt = optim.SGD(model.parameters(), lr=784)\n",
        "optim.SGD(model.parameters(), lr=1e-3)\n",
    ),
    (
        "missing-log-probabilities",
        "criterion = nn.NLLLoss()\nloss = criterion(model(x), y)\n",
        "criterion = nn.CrossEntropyLoss()\n",
    ),
    (
        "missing-nonlinearity",
        "model = nn.Sequential(nn.Linear(4, 9), nn.Linear(9, 3))\n",
        "nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Linear(9, 3))\n",
    ),
    (
        "graph-kept",
        "for x, y in loader:\n"
        "    loss = criterion(model(x), y)\n"
        "    loss.backward()\n"
        "    total += loss\n",
        "    total += loss.item()\n",
    ),
]


@pytest.mark.parametrize(("slug", "body", "repaired"), SEEN)
def test_fault_is_seen_in_the_text_and_mended(
    slug: str, body: str, repaired: str, script: Callable[[str], Path]
) -> None:
    program = read_program(script(HEAD + body))
    found = [h for h in inspect(program) if h.slug == slug]
    assert len(found) == 1
    after = apply(program.pieces[0].source, found[0].edits)
    assert repaired in after
    compile(after, "train.py", "exec")
    # What was mended is not seen again.
    assert slug not in {h.slug for h in inspect(read_program(script(after)))}


@pytest.mark.parametrize(
    "name",
    [
        "eval_never_train",
        "graph_kept_list",
        "never_eval",
        "not_cleared_loader",
        "old_optimizer",
        "step_first_class",
    ],
)
def test_changed_script_runs_without_the_fault(
    name: str, run: Run, script: Callable[[str], Path]
) -> None:
    path = SCRIPTS / f"{name}.py"
    before = path.read_bytes()
    program = read_program(path)
    hint = inspect(program)[0]
    ran = run(script(apply(program.pieces[0].source, hint.edits)))
    assert ran.error is None
    assert hint.slug not in {h.slug for h in wiring.look(ran.seen)}
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", SOUND)
def test_sound_script_shows_nothing(name: str) -> None:
    assert inspect(read_program(SCRIPTS / f"{name}.py")) == []


def test_sound_habits_are_left_alone(script: Callable[[str], Path]) -> None:
    text = HEAD + (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        layers = [nn.Linear(4, 4), nn.ReLU()]\n"
        "        self.net = nn.Sequential(*layers, nn.Linear(4, 3), nn.LogSoftmax(1))\n"
        "        self.sizes = [4, 4, 3]\n\n"
        "    def forward(self, x):\n"
        "        return self.net(F.dropout(x, 0.1, training=self.training))\n\n"
        "    def predict(self, x):\n"
        "        return F.softmax(self.net(x), 1)\n\n"
        "model = Net()\n"
        "opt = optim.SGD(model.parameters(), lr=0.1)\n"
        "model = model.to('cpu')\n"
        "loss_fn = nn.NLLLoss()\n"
        "for p in model.parameters():\n"
        "    p.grad = None\n"
    )
    assert inspect(read_program(script(text))) == []


def test_edits_keep_the_rest_byte_for_byte() -> None:
    text = "a = 'é' + f(x)\nb = 2\n"
    edit = Edit(filename="t", line=1, column=10, end_line=1, end_column=14, text="g(y)")
    assert apply(text, [edit]) == "a = 'é' + g(y)\nb = 2\n"
    # A second change of the same place is left out.
    assert apply(text, [edit, edit]) == apply(text, [edit])


def test_diff_of_no_change_is_empty(script: Callable[[str], Path]) -> None:
    assert diff(read_program(script("a = 1\n")), []) == ""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("train.py", "for\n", "train.py:1 is not valid Python"),
        ("train.txt", "", "must be a Python script (.py) or a notebook"),
        ("book.ipynb", "{}", "must be a notebook of format 4"),
        ("book.ipynb", "no json", "must be a notebook of format 4"),
    ],
)
def test_file_that_is_no_program_is_refused(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        inspect(read_program(path))
    assert message in str(caught.value)


def test_file_that_is_not_there_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_program(tmp_path / "none.py")
    with pytest.raises(InputError, match="is a folder"):
        read_program(tmp_path)
