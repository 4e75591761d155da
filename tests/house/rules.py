"""The rules of the house as functions: text of a file in, what offends (with its line) out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {".html", ".xml", ".svg", ".txt"}
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "manager", "data", "info", "process"}


def python_files(*folders: str) -> list[Path]:
    """Every module under the named folders of the project."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def template_files() -> list[Path]:
    return sorted(file for file in (ROOT / "templates").rglob("*") if file.suffix in TEMPLATES)


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def more_than_a_docstring(source: str) -> list[str]:
    """Package roots hold nothing: an object defined there draws imports from everywhere."""
    body = ast.parse(source).body
    extra = [node for node in body if not _is_text(node)]
    return [f"line {node.lineno}" for node in extra]


def vague_names(path: str) -> list[str]:
    """A file called `utils` gathers what nobody could place."""
    return [part for part in Path(path).with_suffix("").parts if part in VAGUE_NAMES]


def legacy_queries(source: str) -> list[str]:
    """`Model.query` and `session.query` hide the statement; we write select()."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr == "query"
        and ast.unparse(node.value).split(".")[-1].lstrip("_")[:1].isupper()
    ] + [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("session.query")
    ]


def hidden_imports(source: str) -> list[str]:
    """An import inside a function gets round the order of the parts unseen."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return sorted(set(found))


def clocks(source: str) -> list[str]:
    """A test that measures elapsed time fails on a busy machine; speed is for `make bench`.

    Waiting until a deadline is fine, and so is `process_time`: it may bound what hostile input
    costs, whatever else runs here.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute | ast.Name):
            word = node.attr if isinstance(node, ast.Attribute) else node.id
            measures = word in {"perf_counter", "timeit", "benchmark"}
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            measures = ast.unparse(node.left) in {"time.time()", "time.monotonic()", "monotonic()"}
        else:
            continue
        if measures:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def raw_html_in_python(source: str) -> list[str]:
    """`Markup(…)` switches escaping off."""
    return [
        f"line {node.lineno}: {ast.unparse(node)[:60]}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Markup"
    ]


def raw_html_in_templates(source: str) -> list[str]:
    """`|safe` and `autoescape false` switch escaping off."""
    return _lines_with(r"\|\s*safe\b|autoescape\s+false", source)


def inline_scripts_and_styles(source: str) -> list[str]:
    """The content security policy allows neither, so that a planted one cannot run."""

    return _lines_with(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)[^>]*>"
        r"|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:",
        source,
    )


def foreign_addresses(source: str) -> list[str]:
    """What a page loads comes from the site itself."""
    return _lines_with(
        r"<(script|link|img|iframe|source|video|audio|use)\b[^>]*(src|href)\s*=\s*[\"'](https?:)?//",
        source,
    )


def _lines_with(pattern: str, source: str) -> list[str]:
    return [
        f"line {source.count(chr(10), 0, match.start()) + 1}: {match.group(0)[:60]}"
        for match in re.finditer(pattern, source, re.IGNORECASE)
    ]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
