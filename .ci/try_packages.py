"""Builds wheel and sdist, installs each into a clean environment, and tries it there from a foreign folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# What an installation has to find: its schemas, its hooks, its command line with help.
TRIALS = (
    ("init",),
    ("iam", "@backend.api"),
    ("schema", "flag"),
    ("create", "--type", "change", "--to", "@frontend.web", "--change", "x" * 60, "--action", "y" * 120, "--json"),
    ("hooks", "install"),
    ("hooks", "status"),
    ("check",),
    ("inbox", "@frontend.web"),
    ("--help",),
    ("complete", "--help"),
)


def main() -> None:
    """Build both packages and try each one, and an editable installation."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        run(sys.executable, "-m", "build", "--outdir", str(top / "dist"), str(PROJECT))
        for package in sorted((top / "dist").iterdir()):
            try_package(top / f"env-{package.suffix.strip('.')}", str(package))
        try_package(top / "env-editable", "--editable", str(PROJECT))


def try_package(folder: Path, *package: str) -> None:
    """Install a package into a new environment in ``folder`` and use it in a new repository beside it."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    run(str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *package)
    repository = folder / "repository"
    run("git", "init", "--quiet", str(repository))
    env = {**os.environ, "PATH": str(scripts) + os.pathsep + os.environ["PATH"]}
    env.pop("PYTHONPATH", None)
    for words in TRIALS:
        run(str(scripts / "flaggit"), *words, cwd=repository, env=env)
    run(str(scripts / "python"), "-m", "flaggit", "--version", cwd=repository, env=env)
    print(f"{package[-1].rpartition('/')[2]}: installed and tried")


def run(*argv: str, **options: object) -> None:
    """Run a command and end with what it said where it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
