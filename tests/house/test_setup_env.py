"""The set-up of the environment: what it does to a sound, a broken and a half-made one."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools import setup_env
from tools.setup_env import Place, SetupError, set_up

ROOT = Path(__file__).resolve().parents[2]
HERE = tuple(sys.version_info[:3])
PINS = "numpy==2.0\ntorch==2.13.0\n"


def write_distribution(site: Path, name: str, release: str = "1.0") -> None:
    """What pip leaves of a package: a module, and metadata that lists files and sizes."""
    info = site / f"{name}-{release}.dist-info"
    (site / name).mkdir(exist_ok=True)
    info.mkdir(exist_ok=True)
    files = {site / name / "__init__.py": f"name = '{name}'\n", info / "METADATA": "Name: x\n"}
    rows = []
    for file, text in files.items():
        file.write_text(text)
        rows.append(f"{file.relative_to(site)},sha256=x,{len(text)}")
    # Compiled files are recorded and come and go.
    rows += [f"{name}/__pycache__/__init__.pyc,,", f"{info.name}/RECORD,,"]
    (info / "RECORD").write_text("\n".join(rows) + "\n")


class Machine:
    """Stands in for `python -m venv` and for pip, and keeps a list of what it was asked."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.asked: list[str] = []
        self.failing = ""
        self.interrupted_at = ""
        self.n_damaged_installs = 0

    def __call__(self, command: list[str]) -> int:
        what = "venv" if "venv" in command else command[-1]
        self.asked.append(what)
        if what == self.interrupted_at:
            raise KeyboardInterrupt
        if what == self.failing:
            return 1
        if what == "venv":
            self.make_venv()
        else:
            # The site folder is the one pip would use: that of the environment's own Python.
            names = ["torch"] if what.startswith("torch") else ["torch", "numpy", "learnscope"]
            for name in names:
                # Like pip, it believes the metadata folder.
                if not list(self.site.glob(f"{name}-*.dist-info")):
                    write_distribution(self.site, name)
        if self.n_damaged_installs and what == ".[dev,docs]":
            self.n_damaged_installs -= 1
            (self.site / "torch" / "__init__.py").unlink()
        return 0

    @property
    def site(self) -> Path:
        return self.place.site(HERE)

    def make_venv(self) -> None:
        bin_folder = self.place.venv / "bin"
        bin_folder.mkdir(parents=True)
        self.site.mkdir(parents=True)
        (self.place.venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
        self.place.python.symlink_to(sys.executable)
        (bin_folder / "pip").write_text(f"#!{self.place.python}\nimport pip\n")
        write_distribution(self.site, "pip")

    def set_up(self, asked: tuple[int, ...] | None = None) -> list[str]:
        """One call of the set-up; gives what it asked of the machine."""
        self.asked = []
        done = set_up(self.place, base_python="python3", asked=asked, run=self)
        assert done == bool(self.asked)
        return self.asked


ALL = ["venv", "torch==2.13.0", ".[dev,docs]"]
MENDING = ALL[1:]


@pytest.fixture
def fresh(tmp_path: Path) -> Machine:
    """A machine on which the set-up has not run yet."""
    root = tmp_path / "a checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "constraints.txt").write_text(PINS)
    return Machine(Place(root=root))


@pytest.fixture
def machine(fresh: Machine) -> Machine:
    """A machine on which the set-up has run."""
    fresh.set_up()
    return fresh


def test_fresh_checkout_gets_torch_in_a_step_of_its_own_first(fresh: Machine) -> None:
    assert fresh.set_up() == ALL


def test_second_call_does_nothing(machine: Machine) -> None:
    assert machine.set_up() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_input_is_installed_in_place(machine: Machine, name: str) -> None:
    with (machine.place.root / name).open("a") as file:
        file.write("# more\n")
    assert machine.set_up() == MENDING
    assert machine.set_up() == []


@pytest.mark.parametrize("name", ["numpy", "numpy-1.0.dist-info"])
def test_missing_package_is_installed_again(machine: Machine, name: str) -> None:
    shutil.rmtree(machine.site / name)
    assert machine.set_up() == MENDING
    assert (machine.site / name).is_dir()


def test_package_changed_by_hand_is_noticed(machine: Machine) -> None:
    (machine.site / "numpy-1.0.dist-info").rename(machine.site / "numpy-9.9.dist-info")
    assert machine.set_up() == MENDING


def test_package_added_by_hand_is_left_alone(machine: Machine) -> None:
    write_distribution(machine.site, "ipython")
    assert machine.set_up() == []


def test_removed_command_is_noticed(machine: Machine) -> None:
    command = machine.place.venv / "bin" / "numpy"  # a package has this name, too
    command.touch()
    (machine.place.root / "pyproject.toml").write_text("[project]\n# with a command\n")
    machine.set_up()
    command.unlink()
    assert machine.set_up() == MENDING


def test_interpreter_that_is_gone_brings_a_new_environment(machine: Machine) -> None:
    machine.place.python.unlink()
    assert machine.set_up() == ALL


def test_interpreter_that_cannot_start_brings_a_new_environment(machine: Machine) -> None:
    machine.place.python.unlink()
    machine.place.python.symlink_to("/nonexistent/python3")
    assert machine.set_up() == ALL


def test_packages_of_another_python_bring_a_new_environment(machine: Machine) -> None:
    # What is left when the system's Python goes from one minor version to the next.
    machine.site.parent.rename(machine.site.parent.with_name("python3.10"))
    assert machine.set_up() == ALL


def test_patch_release_of_python_is_mended_in_place(machine: Machine) -> None:
    stamp = json.loads(machine.place.stamp.read_text())
    stamp["python"][2] += 1
    machine.place.stamp.write_text(json.dumps(stamp))
    assert machine.set_up() == MENDING


def test_another_python_comes_only_when_asked_for(machine: Machine) -> None:
    assert machine.set_up(asked=HERE) == []
    assert machine.set_up(asked=(3, HERE[1] + 1, 0)) == ALL


def test_unsupported_python_brings_a_new_environment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_env, "SUPPORTED", ((3, HERE[1] + 1), (3, HERE[1] + 2)))
    reason = setup_env.reason_to_rebuild(machine.place, None)
    assert reason == f"its Python is {'.'.join(map(str, HERE))}, which is not supported"


@pytest.mark.parametrize("move", [shutil.copytree, shutil.move])
def test_environment_of_a_moved_or_copied_checkout_is_made_anew(
    machine: Machine, tmp_path: Path, move: object
) -> None:
    new = tmp_path / "elsewhere"
    if move is shutil.move:
        shutil.move(machine.place.root, new)
    else:
        shutil.copytree(machine.place.root, new, symlinks=True)
    moved = Machine(Place(root=new))
    assert moved.set_up() == ALL
    assert moved.set_up() == []


@pytest.mark.parametrize(
    "head",
    [
        "#!{python}",
        # pip writes this one where the path has spaces or is long.
        "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''",
        "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''",
    ],
)
def test_commands_are_known_by_the_interpreter_they_name(machine: Machine, head: str) -> None:
    pip = machine.place.venv / "bin" / "pip"
    pip.write_text(head.format(python=machine.place.python) + "\nimport pip\n")
    assert setup_env.scripts_are_ours(machine.place)
    pip.write_text(head.format(python="/old/checkout/.venv/bin/python") + "\nimport pip\n")
    assert not setup_env.scripts_are_ours(machine.place)


def test_checkout_reached_through_a_link_is_the_same_checkout(
    machine: Machine, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(machine.place.root)
    assert Machine(Place(root=link)).set_up() == []


def test_set_up_cut_off_between_steps_goes_on_from_there(fresh: Machine) -> None:
    fresh.interrupted_at = ".[dev,docs]"
    with pytest.raises(KeyboardInterrupt):
        fresh.set_up()
    fresh.interrupted_at = ""
    assert fresh.set_up() == MENDING


def test_environment_cut_off_while_it_was_made_is_made_anew(machine: Machine) -> None:
    (machine.place.venv / "pyvenv.cfg").unlink()
    assert machine.set_up() == ALL


@pytest.mark.parametrize("lost", ["RECORD", "METADATA", "a file", "the end of a file"])
def test_package_cut_off_while_it_was_installed_is_installed_again(
    machine: Machine, lost: str
) -> None:
    module, info = machine.site / "torch" / "__init__.py", machine.site / "torch-1.0.dist-info"
    whole = module.read_text()
    if lost == "a file":
        module.unlink()
    elif lost == "the end of a file":
        module.write_text(whole[:5])
    else:
        (info / lost).unlink()
    (machine.site / "~umpy").mkdir()
    machine.place.stamp.unlink()

    assert machine.set_up() == MENDING
    assert module.read_text() == whole
    assert not (machine.site / "~umpy").exists()
    assert setup_env.damaged_distributions(machine.site) == []


def test_damage_that_stays_brings_a_new_environment_once(machine: Machine) -> None:
    machine.place.stamp.unlink()
    machine.n_damaged_installs = 1
    assert machine.set_up() == [*MENDING, *ALL]


def test_damage_that_stays_in_a_new_environment_is_said(fresh: Machine) -> None:
    fresh.n_damaged_installs = 1
    with pytest.raises(SetupError, match=r"torch-1\.0 is not whole after its installation"):
        fresh.set_up()
    assert fresh.set_up() == MENDING


def test_environment_with_a_broken_pip_is_made_anew(machine: Machine) -> None:
    (machine.site / "pip" / "__init__.py").unlink()
    machine.place.stamp.unlink()
    assert machine.set_up() == ALL


def test_failing_pip_keeps_the_environment_and_is_tried_again(machine: Machine) -> None:
    (machine.place.root / "constraints.txt").write_text(PINS + "rich==15\n")
    machine.failing = ".[dev,docs]"
    for _ in range(2):
        with pytest.raises(SetupError, match="pip could not install learnscope and its tools; "):
            machine.set_up()
    assert (machine.site / "numpy").is_dir()
    machine.failing = ""
    assert machine.set_up() == MENDING


def test_failing_venv_leaves_nothing_and_names_the_remedy(fresh: Machine) -> None:
    fresh.failing = "venv"
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        fresh.set_up()
    assert not fresh.place.venv.exists()


def test_unpinned_torch_is_refused(fresh: Machine) -> None:
    (fresh.place.root / "constraints.txt").write_text("numpy==2.0\n")
    with pytest.raises(SetupError, match=re.escape("must pin torch (torch==...)")):
        fresh.set_up()


def test_link_in_place_of_an_environment_is_replaced_not_followed(
    fresh: Machine, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    fresh.place.venv.symlink_to(precious)
    assert fresh.set_up() == ALL
    assert (precious / "file").exists()


def test_two_set_ups_at_once_do_the_work_once(fresh: Machine) -> None:
    others = [Machine(fresh.place) for _ in range(4)]
    slow = threading.Barrier(len(others))

    def begin(one: Machine) -> None:
        slow.wait()
        set_up(one.place, base_python="python3", run=one)

    threads = [threading.Thread(target=begin, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.asked for one in others) == [[], [], [], ALL]


def test_lock_lasts_as_long_as_a_child_that_outlives_the_set_up(fresh: Machine) -> None:
    with setup_env.locked(fresh.place) as descriptor:
        child = subprocess.Popen(["sleep", "60"], pass_fds=(descriptor,))
    with fresh.place.lock.open() as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        child.kill()
        child.wait()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_child_processes_are_not_sent_astray() -> None:
    environ = {"PYTHONPATH": "/x", "PIP_TARGET": "/x", "PIP_FIND_LINKS": "/wheels", "PIP_USER": "1"}
    child = setup_env.child_environment(environ)
    assert "PYTHONPATH" not in child and "PIP_TARGET" not in child
    assert child["PIP_FIND_LINKS"] == "/wheels"
    assert child["PIP_USER"] == "0"


# The project's own files


def pyproject() -> dict[str, object]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert isinstance(project, dict)
    return project


def test_one_range_of_python_versions_in_all_places() -> None:
    supported = SpecifierSet(str(pyproject()["requires-python"]))
    minors = [minor for minor in range(30) if f"3.{minor}" in supported]
    first, last = setup_env.SUPPORTED
    assert minors == list(range(first[1], last[1] + 1))
    probe = (ROOT / "tools" / "with_python.sh").read_text()
    assert f"if not {first} <= sys.version_info[:2] <= {last}:" in probe


def test_every_dependency_is_pinned_within_its_range() -> None:
    def key(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    pins = {key(name): release for name, release in pairs}
    assert len(pins) == len(pairs)

    project = pyproject()
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict) and isinstance(project["dependencies"], list)
    wanted = [Requirement(text) for text in sum(extras.values(), project["dependencies"])]
    assert {r.name for r in wanted if pins.get(key(r.name), "none") not in r.specifier} == set()
    # No tag of a build: the same line must do for every platform.
    assert "+" not in "".join(pins.values())
    assert "torchvision" not in pins


# The search for a Python


@pytest.fixture
def path_folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "bin"
    folder.mkdir()
    yield folder


def stub(folder: Path, name: str, probe_status: int) -> None:
    """A command that answers the version probe, and prints its name and arguments otherwise."""
    script = folder / name
    script.write_text(
        f'#!/bin/sh\n[ "$1" != -c ] || exit {probe_status}\n'
        f"printf '%s' {name}; printf '<%s>' \"$@\"\n"
    )
    script.chmod(0o755)


def with_python(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "with_python.sh"), *arguments],
        env={"PATH": str(folder), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_python3_comes_first_and_gets_the_arguments(path_folder: Path) -> None:
    stub(path_folder, "python3", 0)
    stub(path_folder, "python3.13", 0)
    assert with_python(path_folder, "a file", "b") == (0, "python3<a file><b>")


def test_unfit_and_dead_names_are_passed_over(path_folder: Path) -> None:
    stub(path_folder, "python3", 3)
    stub(path_folder, "python3.13", 127)  # a version manager's stand-in
    stub(path_folder, "python3.12", 4)
    stub(path_folder, "python3.11", 0)
    assert with_python(path_folder, "x") == (0, "python3.11<x>")


def test_named_python_is_taken_even_with_spaces_in_its_path(path_folder: Path) -> None:
    stub(path_folder, "python3", 0)
    stub(path_folder, "my python", 0)
    named = str(path_folder / "my python")
    status, said = with_python(path_folder, "x", PYTHON=named)
    assert status == 0 and said.endswith("<x>") and not said.startswith("python3")


def test_named_python_that_does_not_fit_is_not_replaced_by_another(path_folder: Path) -> None:
    stub(path_folder, "python3", 0)
    stub(path_folder, "python3.9", 3)
    status, said = with_python(path_folder, "x", PYTHON="python3.9")
    assert status == 1
    assert "PYTHON=python3.9 is not a working Python 3.11, 3.12 or 3.13" in said


def test_no_python_gives_one_sentence_with_the_remedy(path_folder: Path) -> None:
    status, said = with_python(path_folder, "x")
    assert status == 1
    assert said.startswith("learnscope: needs Python 3.11, 3.12 or 3.13 and finds none: install")
    assert said.count("\n") == 1


def test_python_without_venv_is_named_with_the_package_to_install(path_folder: Path) -> None:
    stub(path_folder, "python3", 4)
    status, said = with_python(path_folder, "x")
    assert status == 1
    assert "python3 lacks the modules venv and ensurepip" in said
    assert "apt-get install python3-venv" in said


def test_this_python_passes_the_probe(path_folder: Path) -> None:
    script = path_folder / "hello.py"
    script.write_text("print('hello')")
    assert with_python(path_folder, str(script), PYTHON=sys.executable) == (0, "hello\n")


# The real thing, with packages of our own and no network

BACKEND = '''\
"""A build backend small enough to need nothing, in the place of the real one."""
import zipfile


def wheel(folder, name, release, files):
    info, rows = f"{name}-{release}.dist-info", ""
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {release}\\n"
        + "Provides-Extra: dev\\nProvides-Extra: docs\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    file_name = f"{name}-{release}-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{file_name}", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
            rows += f"{path},,\\n"
        archive.writestr(f"{info}/RECORD", rows + f"{info}/RECORD,,\\n")
    return file_name


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    files = {
        "learnscope_tiny.py": "def main(): print('it runs')\\n",
        "learnscope-0.1.dist-info/entry_points.txt":
            "[console_scripts]\\nlearnscope = learnscope_tiny:main\\n",
    }
    return wheel(wheel_directory, "learnscope", "0.1", files)
'''


@pytest.mark.slow
def test_real_environment_is_made_used_broken_and_mended(tmp_path: Path) -> None:
    root, wheels = tmp_path / "check out", tmp_path / "wheels"
    (root / "tools").mkdir(parents=True)
    wheels.mkdir()
    for name in ("setup_env.py", "with_python.sh"):
        shutil.copy(ROOT / "tools" / name, root / "tools")
    (root / "backend.py").write_text(BACKEND)
    (root / "constraints.txt").write_text("torch==2.13.0\n")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "learnscope"\nversion = "0.1"\n'
    )
    backend: dict[str, object] = {}
    exec(BACKEND, backend)
    make_wheel = backend["wheel"]
    assert callable(make_wheel)
    make_wheel(wheels, "torch", "2.13.0", {"torch.py": "x = 1\n"})

    def call() -> tuple[int, str, float]:
        begun = time.monotonic()
        done = subprocess.run(
            ["/bin/sh", "tools/with_python.sh", "tools/setup_env.py"],
            cwd=root,
            # Neither the user's settings of pip nor the network take part.
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": sys.executable,
                "PIP_NO_INDEX": "1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_FIND_LINKS": wheels.as_uri(),
                "PYTHONPATH": "/nonexistent",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr, time.monotonic() - begun

    def runs() -> str:
        command = root / ".venv" / "bin" / "learnscope"
        return subprocess.run([command], capture_output=True, text=True, check=True).stdout

    status, said, _ = call()
    assert status == 0, said
    assert "making the environment .venv: there is none yet" in said
    assert runs() == "it runs\n"

    # The promise is half a second; a busy machine gets some more.
    status, said, seconds = call()
    assert (status, said) == (0, "")
    assert seconds < 2.0

    place = Place(root=root)
    version = setup_env.python_version(place.python)
    assert version is not None
    (place.site(version) / "torch.py").unlink()
    status, said, _ = call()
    assert status == 0, said
    assert "mending the environment .venv: site-packages/torch.py is missing" in said
    assert (place.site(version) / "torch.py").is_file()
    assert call()[:2] == (0, "")

    # A second checkout by plain copy: the environment in it still belongs to the first.
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True)
    assert setup_env.reason_to_rebuild(Place(root=copy), None) == (
        "it was moved or copied from another folder"
    )
