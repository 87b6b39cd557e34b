"""Make, update or repair the project's environment `.venv`; do nothing when it is right.

`make` calls this before every target that needs the environment, so the usual call must be
quick: a few file reads and one start of the environment's Python. Called as

    sh tools/with_python.sh tools/setup_env.py

it installs torch in a step of its own, then the project with its `dev` and `docs` extras, all
at the releases named in `constraints.txt`. A stamp inside `.venv`, written last, says what was
installed from which inputs. Whatever does not agree with the stamp is mended, in place where
that is safe and otherwise by making the environment again. Standard library only, for nothing
else is there yet.
"""

import contextlib
import csv
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUPPORTED = ((3, 11), (3, 13))
EXTRAS = "dev,docs"
# Raise this when the script itself installs something else: stamps of older scripts lapse.
STAMP_FORMAT = 1
N_LOG_LINES = 25

Version = tuple[int, ...]
Runner = Callable[[list[str]], int]


class SetupError(Exception):
    """The set-up cannot go on; the message is one sentence for the person at the keyboard."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The paths of one checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """What was installed from which inputs; inside the environment, so they vanish together."""
        return self.venv / "learnscope-setup.json"

    @property
    def log(self) -> Path:
        """What pip said."""
        return self.venv / "learnscope-setup.log"

    @property
    def lock(self) -> Path:
        """Held while the environment changes; outside it, as it may be removed meanwhile."""
        return self.root / ".venv.lock"

    def site(self, version: Version) -> Path:
        """The environment's folder of installed packages under Python `version`."""
        return self.venv / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"


def python_version(python: Path) -> Version | None:
    """The version (major, minor, micro) that `python` reports, or None if it does not start."""
    # Without site (-S) it starts in half the time, and a broken .pth file cannot stop it.
    command = [str(python), "-I", "-S", "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def inputs_hash(place: Place) -> str:
    """Hash of everything that decides what gets installed."""
    digest = hashlib.sha256(f"{STAMP_FORMAT} {EXTRAS}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update(hashlib.sha256((place.root / name).read_bytes()).digest())
    return digest.hexdigest()


def installed_names(place: Place, version: Version) -> list[str]:
    """Names of all packages, metadata folders and commands in the environment.

    Metadata folders carry the release in their name, so a package that was removed, upgraded or
    downgraded by hand leaves a name missing.
    """
    folders = (place.site(version), place.venv / "bin")
    entries = (entry for folder in folders for entry in folder.iterdir())
    # With their folder, for a package and its command often have one name.
    return sorted(f"{e.parent.name}/{e.name}" for e in entries if e.name != "__pycache__")


def scripts_are_ours(place: Place) -> bool:
    """Whether the commands in the environment start this environment's Python.

    They carry an absolute path, which is wrong after the checkout was moved or copied.
    """
    try:
        head = (place.venv / "bin" / "pip").read_text(encoding="utf-8")[:2000].splitlines()[:2]
        # "#!/path/python", or with a long path or one with spaces, a second line of shell:
        # '''exec' "/path with spaces/python" "$0" "$@"
        if head[0] == "#!/bin/sh":
            path = head[1].removeprefix("'''exec' ").split(' "$0"')[0].strip('"')
        else:
            path = head[0].removeprefix("#!").strip()
        return os.path.samefile(os.path.dirname(path), place.venv / "bin")
    except (OSError, IndexError, UnicodeDecodeError):
        return False


def reason_to_rebuild(place: Place, asked: Version | None) -> str | None:
    """Why the environment must be made anew, or None if it can be kept and mended in place.

    Args:
        place: the checkout.
        asked: the version a person asked for, None when any supported one will do.
    """
    if not os.path.lexists(place.venv):
        return "there is none yet"
    if not (place.venv / "pyvenv.cfg").is_file():
        return "it is half made"
    version = python_version(place.python)
    if version is None:
        return "its Python does not start"
    text = ".".join(map(str, version))
    if not SUPPORTED[0] <= version[:2] <= SUPPORTED[1]:
        return f"its Python is {text}, which is not supported"
    if asked is not None and asked[:2] != version[:2]:
        return f"its Python is {text}, and {asked[0]}.{asked[1]} was asked for"
    if not place.site(version).is_dir():
        return f"its packages belong to another Python than its own, {text}"
    if not (place.venv / "bin" / "pip").is_file():
        return "it has no pip"
    if not scripts_are_ours(place):
        return "it was moved or copied from another folder"
    return None


def reason_to_update(place: Place) -> str | None:
    """Why an environment that can be kept needs mending, or None if it is right as it is."""
    try:
        stamp = json.loads(place.stamp.read_text(encoding="utf-8"))
        was_inputs, was_version, was_installed = (
            stamp["inputs"],
            tuple(stamp["python"]),
            set(stamp["installed"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "its installation was not finished"
    version = python_version(place.python)
    if version is None or version != was_version:
        return "its Python was updated"
    if was_inputs != inputs_hash(place):
        return "pyproject.toml or constraints.txt changed"
    missing = sorted(was_installed - set(installed_names(place, version)))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return f"{missing[0]}{more} is missing"
    return None


def damaged_distributions(site: Path) -> list[Path]:
    """Metadata folders of the packages whose files are not all there at their recorded size.

    An install that was cut off leaves such packages, and pip takes them for installed.
    """
    return [info for info in sorted(site.glob("*.dist-info")) if not _is_whole(info)]


def _is_whole(info: Path) -> bool:
    try:
        if not (info / "METADATA").is_file():
            return False
        with (info / "RECORD").open(newline="", encoding="utf-8") as record:
            for name, _, size in csv.reader(record):
                # Compiled files come and go: Python makes them again.
                if name.endswith(".pyc"):
                    continue
                found = (info.parent / name).stat().st_size
                if size and found != int(size):
                    return False
    except (OSError, ValueError):
        return False
    return True


def clear_leftovers(site: Path) -> bool:
    """Remove what makes pip take a broken package for an installed one. True if pip is sound."""
    damaged = damaged_distributions(site)
    for info in damaged:
        remove(info)
    # pip renames a package to "~..." while it replaces it, and back or away when done.
    for half_removed in site.glob("~*"):
        remove(half_removed)
    return any(site.glob("pip-*.dist-info"))


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def torch_requirement(place: Place) -> str:
    """The line of `constraints.txt` that pins torch."""
    for line in (place.root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("torch=="):
            return line.strip()
    raise SetupError("constraints.txt must pin torch (torch==...), and does not.")


@contextlib.contextmanager
def locked(place: Place) -> Iterator[int]:
    """Hold the checkout's lock; gives its descriptor, to be passed on to child processes.

    The kernel frees the lock when the last holder ends, however it ends. A pip that outlives a
    killed set-up thus still keeps the next set-up waiting.
    """
    descriptor = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up is at work; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what would send packages to, or take modules from, another place."""
    astray = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    kept = {name: value for name, value in environ.items() if name not in astray}
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def logging_runner(place: Place, descriptor: int) -> Runner:
    """A runner that appends a command's output to the log and returns its exit status."""

    def run(command: list[str]) -> int:
        # Making the environment empties its folder, and the log with it: the text is kept aside.
        done = subprocess.run(
            command,
            cwd=place.root,
            env=child_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(descriptor,),
        )
        if place.venv.is_dir():
            with place.log.open("a", encoding="utf-8") as log:
                log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
        if done.returncode:
            print("\n".join(done.stdout.splitlines()[-N_LOG_LINES:]), file=sys.stderr)
        return done.returncode

    return run


def make_venv(place: Place, base_python: str, run: Runner) -> None:
    """Make an empty environment with `base_python`, in place of whatever is there."""
    remove(place.venv)
    if run([base_python, "-m", "venv", ".venv"]) != 0:
        # Half an environment is worse than none.
        remove(place.venv)
        raise SetupError(
            f"{base_python} could not make an environment; on Debian and Ubuntu, "
            "apt-get install python3-venv gives what it needs."
        )


def install(place: Place, run: Runner) -> None:
    """Install torch, then the project and its tools, at the pinned releases."""
    torch = torch_requirement(place)
    pip = [str(place.python), "-m", "pip", "install", "--constraint", "constraints.txt"]
    steps = (
        # By itself and by its exact release: as another package's requirement, it may come as a
        # GPU build of several gigabytes.
        (torch, [*pip, torch]),
        ("learnscope and its tools", [*pip, "--editable", f".[{EXTRAS}]"]),
    )
    for what, command in steps:
        begun = time.monotonic()
        say(f"installing {what} (minutes at the first time)")
        if run(command) != 0:
            raise SetupError(
                f"pip could not install {what}; what it said is in .venv/{place.log.name}. "
                "When the cause is mended, run the same command again."
            )
        say(f"installed {what} in {time.monotonic() - begun:.0f} s")


def set_up(
    place: Place, *, base_python: str, asked: Version | None = None, run: Runner | None = None
) -> bool:
    """Bring the environment to the state that pyproject.toml and constraints.txt ask for.

    Args:
        place: the checkout.
        base_python: the interpreter to make an environment with, itself in none.
        asked: the version a person asked for, None when any supported one will do.
        run: how commands are run, by default as child processes.

    Returns:
        Whether anything was done.

    Raises:
        SetupError: it could not be brought there; what was there is kept where it still works.
    """
    if reason_to_rebuild(place, asked) is None and reason_to_update(place) is None:
        return False
    with locked(place) as descriptor:
        # Somebody else may have done the work while we waited for the lock.
        rebuild = reason_to_rebuild(place, asked)
        update = None if rebuild else reason_to_update(place)
        if rebuild is None and update is None:
            return False
        run = run or logging_runner(place, descriptor)
        if rebuild is None:
            say(f"mending the environment .venv: {update}")
            place.stamp.unlink(missing_ok=True)
            rebuild = _mend(place, run)
        if rebuild is not None:
            say(f"making the environment .venv: {rebuild}")
            make_venv(place, base_python, run)
            install(place, run)
        _write_stamp(place)
        return True


def _mend(place: Place, run: Runner) -> str | None:
    """Install into the environment that is there; gives the reason if it must be made anew."""
    version = python_version(place.python)
    assert version is not None  # reason_to_rebuild has seen it start
    site = place.site(version)
    # A failing pip below is not a reason to make it anew: without a network that would leave
    # nothing where something was.
    if not clear_leftovers(site):
        return "its pip is broken"
    install(place, run)
    return "it cannot be mended in place" if damaged_distributions(site) else None


def _write_stamp(place: Place) -> None:
    version = python_version(place.python)
    if version is None:
        raise SetupError("the new environment's Python does not start; remove .venv and run again.")
    if damaged := damaged_distributions(place.site(version)):
        raise SetupError(
            f"{damaged[0].stem} is not whole after its installation; is the disk full?"
        )
    stamp = {
        "inputs": inputs_hash(place),
        "python": version,
        "installed": installed_names(place, version),
    }
    # Under another name first: a stamp is there whole or not at all.
    unfinished = place.stamp.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    unfinished.replace(place.stamp)


def say(text: str) -> None:
    """Print one line about the set-up, at once and apart from the results on standard output."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Set up the checkout this file belongs to; gives the exit status."""
    place = Place(root=Path(__file__).resolve().parent.parent)
    # An active environment may be the very one to be made anew: go by the Python beneath it.
    base_python: str = getattr(sys, "_base_executable", sys.executable)
    asked = tuple(sys.version_info[:3]) if os.environ.get("PYTHON") else None
    try:
        set_up(place, base_python=base_python, asked=asked)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.strerror}: {error.filename}; mend that, or remove .venv, and run again.")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next call goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
