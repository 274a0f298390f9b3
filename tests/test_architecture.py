"""Imports run one way, and the core has no hidden inputs."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"domain": {"domain"}, "projections": {"domain", "projections"}}
CORE = sorted(path for folder in ALLOWED for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports: ours as `.folder`, others by their first name."""
    depth = len(path.relative_to(ROOT).parts) - 1
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            here = path.relative_to(ROOT).parts[: depth - node.level + 1]
            parts = (*here, *(node.module or node.names[0].name).split("."))
            found.add(f".{parts[0]}")
    return found


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_imports_only_what_lies_inside_it(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    outside = {"pydantic"} | set(sys.stdlib_module_names)
    assert imports(path) <= outside | {f".{name}" for name in ALLOWED[folder]}


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_reads_no_clock_no_randomness_and_no_environment(path: Path) -> None:
    named = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.Attribute)}  # fmt: skip
    hidden = {"datetime.now", "datetime.utcnow", "time.time", "uuid.uuid4", "os.environ"}
    assert not named & hidden
    assert not imports(path) & {"random", "secrets", "os", "time", "socket", "sqlite3"}


def test_nothing_loads_a_part_of_the_package_under_another_name() -> None:
    ours = {"domain", "projections", "adapters"}
    for path in ROOT.rglob("*.py"):
        if not {".venv", "build"} & set(path.relative_to(ROOT).parts):
            assert not imports(path) & ours, path
