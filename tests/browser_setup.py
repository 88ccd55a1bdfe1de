"""Finds a Chromium for the browser tests before they run; as root, installs Debian's package."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ["chromium", "fonts-wqy-microhei"]


def find() -> str | None:
    """Path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> bool:
    """Install Debian's packages; False when that is not possible here."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES])
    return all(
        subprocess.run(c, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0 for c in commands
    )


if __name__ == "__main__":
    if find() is None and not (install() and find()):
        print("Browser tests (tests/browser) do not run: install Chromium, e.g. apt-get install chromium.")
        sys.exit(1 if os.environ.get("TESTS_REQUIRE_BROWSER") else 0)
