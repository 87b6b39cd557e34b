"""Install the browser that the browser tests drive, unless there is one.

Called as `sh tools/with_python.sh tools/setup_browser.py`. Only a root user of a system with
apt-get gets it installed; everybody else is told how. Without a browser those tests are skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

COMMANDS = ("chromium", "chromium-browser", "google-chrome")
# Fonts are only recommended by the browser, and a page without any shows empty boxes.
PACKAGES = ("chromium", "fonts-liberation")
N_TRIES = 3


def find_browser() -> str | None:
    """The path of a browser that starts, or None."""
    for command in COMMANDS:
        path = shutil.which(command)
        if path and _call([path, "--version"]) == 0:
            return path
    return None


def install_browser(call: Callable[[list[str]], int]) -> None:
    """Install the browser through apt-get, with a second and third try for a weak network."""
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "--yes"]
    for _ in range(N_TRIES):
        call([*apt, "update"])
        if call([*apt, "install", "--no-install-recommends", *PACKAGES]) == 0:
            return


def _call(command: list[str]) -> int:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = subprocess.DEVNULL
    try:
        return subprocess.run(
            command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, timeout=900
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return 1


def main() -> int:
    """Install the browser if need be; gives 1 if there is none in the end."""
    browser = find_browser()
    if browser is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("browser: installing " + " and ".join(PACKAGES), file=sys.stderr, flush=True)
        install_browser(_call)
        browser = find_browser()
    if browser is None:
        print(
            "browser: none found; the browser tests will be skipped. Install Chromium "
            f"(on Debian, as root: apt-get install {' '.join(PACKAGES)}).",
            file=sys.stderr,
        )
        return 1
    print(f"browser: {browser}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
