"""Rules of the house that no tool knows: what may be committed, how long a module may be, what a page may load."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import smartecr

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "smartecr"
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".txt", ".po", ".csv", ".json", ".sh", ""}
MOST_LINES = 400
REGISTRIES = (
    "pypi." + "org",
    "pythonhosted." + "org",
    "npmjs." + "org",
    "npmjs." + "com",
    "jsdelivr." + "net",
    "unpkg." + "com",
)


@cache
def committed() -> tuple[Path, ...]:
    """Return what git knows or would add, or everything outside hidden folders when this is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        hidden = re.compile(r"(^|/)(\.(?!ci/)[^/]+|data|__pycache__)(/|$)")
        found = [path for path in ROOT.rglob("*") if not hidden.search(path.relative_to(ROOT).as_posix())]
    return tuple(path for path in found if path.is_file())


@cache
def texts() -> dict[str, str]:
    """Return the committed text files by their path in the checkout."""
    readable = [path for path in committed() if path.suffix in TEXT and path.name != "package-lock.json"]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in readable}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def pages() -> Iterator[tuple[str, str]]:
    for name, text in texts().items():
        if name.endswith(".html"):
            yield name, text


def test_the_guards_see_the_checkout() -> None:
    assert {"pyproject.toml", "run", ".ci/run", "requirements/base.txt"} <= set(texts())
    assert len(modules()) > 50
    assert len(list(pages())) > 5


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in texts().items() for host in REGISTRIES if host in text]
    assert found == []


def test_no_lock_that_names_hosts_is_committed() -> None:
    names = {path.name for path in committed()}
    assert not names & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"}


@pytest.mark.parametrize("name", ["base", "dev"])
def test_locks_name_hashes_and_no_hosts(name: str) -> None:
    text = texts()[f"requirements/{name}.txt"]
    for forbidden in ("://", "--index", "--find-links", "--extra-index", "--trusted-host"):
        assert forbidden not in text
    pins = re.findall(
        r"^([a-z0-9-]+)==(\S+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)+)", text, re.MULTILINE
    )
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 20


def test_the_development_lock_agrees_with_the_base_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", texts()[f"requirements/{name}.txt"], re.MULTILINE))

    assert pins("base") <= pins("dev")


def test_the_version_is_one() -> None:
    project = tomllib.loads(texts()["pyproject.toml"])["project"]
    assert project["version"] == smartecr.__version__


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_fits_in_one_head(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < MOST_LINES
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b", text)
    if text.strip() and path.parent.name != "migrations":
        assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path for path in SOURCE.iterdir() if path.is_dir() and any(path.rglob("*.py"))]
    assert len(rooms) >= 9
    for room in rooms:
        face = room / "__init__.py"
        assert face.exists(), room
        assert ast.get_docstring(ast.parse(face.read_text(encoding="utf-8"))), room


def test_functions_fit_on_a_screen() -> None:
    long = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 70:
                    long.append(f"{path.relative_to(SOURCE)}:{node.lineno} {node.name} {lines}")
    assert long == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an inline script", r"<script(?![^>]*\bsrc=)[^>]*>"),
        ("an inline style sheet", r"<style\b"),
        ("a style attribute", r"\sstyle\s*="),
        ("an event attribute", r"\son[a-z]+\s*="),
        ("an evaluated htmx attribute", r"\bhx-on\b|\bhx-on:|hx-vals=['\"]js:|hx-trigger=['\"][^'\"]*\["),
        ("a javascript address", r"javascript:"),
    ],
)
def test_pages_have_nothing_inline(what: str, pattern: str) -> None:
    found = [f"{name}: {what}" for name, text in pages() if re.search(pattern, text, re.IGNORECASE)]
    assert found == []


def test_pages_and_static_files_load_nothing_from_elsewhere() -> None:
    allowed = re.compile(r"https?://(www\.w3\.org/|127\.0\.0\.1|localhost)")
    found = []
    for name, text in texts().items():
        if "/templates/" not in name and "/static/" not in name:
            continue
        for address in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", _without_comments(name, text)):
            if not allowed.match(address):
                found.append(f"{name}: {address}")
    assert found == []


def _without_comments(name: str, text: str) -> str:
    if name.endswith((".css", ".js")):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(?m)^\s*//.*$", "", text) if name.endswith(".js") else text


def test_no_binary_fonts_or_libraries_are_committed() -> None:
    foreign = {
        ".woff",
        ".woff2",
        ".ttf",
        ".otf",
        ".whl",
        ".gz",
        ".zip",
        ".jar",
        ".exe",
        ".so",
        ".mo",
        ".sqlite3",
        ".key",
    }
    assert [path.name for path in committed() if path.suffix in foreign or path.name.endswith(".min.js")] == []


def test_nothing_is_committed_that_only_this_machine_knows() -> None:
    pattern = re.compile(r"(?<![\w.])(/root/|/work/|/home/\w+/)")
    found = [name for name, text in texts().items() if pattern.search(text) and name != _this_file()]
    assert found == []


def _this_file() -> str:
    return Path(__file__).relative_to(ROOT).as_posix()


def test_test_files_have_unique_names() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_the_whole_run_reaches_every_browser_test() -> None:
    import everything

    pieces = (everything.BROWSER_TILL, everything.BROWSER_REST, everything.BROWSER_LOOKS, everything.BROWSER_SPEED)
    named = [name for piece in pieces for name in piece.command if name.endswith(".py")]
    marked = [
        name for name, text in texts().items() if name.startswith("tests/") and "pytest.mark." + "browser" in text
    ]
    assert sorted(named) == sorted(marked)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["unit"], ["unit shop", "unit libraries"]),
        (["slow", "mypy"], ["slow", "mypy"]),
        (["browser till"], ["browser till"]),
        (["unit", "-k", "money"], []),
        (["tests/core"], []),
    ],
)
def test_pieces_run_by_their_names_and_all_else_is_for_pytest(arguments: list[str], names: list[str]) -> None:
    import everything

    assert [piece.name for piece in everything.chosen(arguments)] == names


def test_the_continuous_integration_ends_with_the_run_script() -> None:
    assert texts()[".ci/run"].rstrip().endswith("exec ./run test")


def test_no_line_breaks_behind_a_paragraph_sign() -> None:
    seen = {name: text for name, text in texts().items() if name.endswith((".html", ".po", ".js"))}
    assert sum(text.count("§\N{NO-BREAK SPACE}") for text in seen.values()) > 20
    assert [name for name, text in seen.items() if re.search(r"§ \S|§&nbsp;|§$", text, re.MULTILINE)] == []


@pytest.mark.parametrize(
    ("what", "home"), [("tuple." + "__new__", "core/records.py"), ("92233720368547" + "75807", "")]
)
def test_what_has_a_name_is_called_by_it(what: str, home: str) -> None:
    found = [path.relative_to(SOURCE).as_posix() for path in modules() if what in path.read_text(encoding="utf-8")]
    assert found == [home] * bool(home)
