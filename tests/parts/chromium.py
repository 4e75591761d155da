"""A real browser that watches every page it opens.

A page of ours may log no error, break no content security policy, miss no file and ask no other
host for anything. The watch is part of the fixture, so that every journey checks it unasked.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response

from tests.parts import run

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WIDE, NARROW = 1280, 390  # CSS pixels: a desk and a phone


@dataclass
class Watch:
    """What went wrong on the pages of one visitor; `expected` lists statuses that are meant,
    `allowed` addresses of other hosts that the test answers itself."""

    host: str
    problems: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type not in {"error", "warning"}:
            return
        # The browser reports each failed response once more here; _response judges those.
        if "Failed to load resource" not in message.text:
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if url in self.allowed:
            return
        address = urlsplit(url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self.host:
            self.problems.append(f"request to another host: {url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"{response.status} for {response.url}")


@dataclass
class Visitor:
    """One person at one browser: a context of its own, closed and judged at the end."""

    context: BrowserContext
    page: Page
    watch: Watch
    base: str

    def go(self, path: str) -> Response | None:
        return self.page.goto(self.base + path)

    def expect_status(self, *statuses: int) -> None:
        """Error pages that this journey visits on purpose."""
        self.watch.expected.update(statuses)

    def accessibility_problems(self) -> list[str]:
        """What axe finds wrong with the page as it stands (WCAG 2.2 A and AA, best practice)."""
        if not AXE.exists():
            run.missing("axe-core (node_modules)")
        self.page.evaluate(AXE.read_text())
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = self.page.evaluate("tags => axe.run({runOnly: tags})", tags)
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: "
            + "; ".join(str(node["target"][0]) for node in rule["nodes"][:5])
            for rule in found["violations"]
        ]

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window; 0 when nothing scrolls sideways."""
        return int(
            self.page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


def program() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or run.missing("Chromium")


def launch(playwright: Playwright) -> Browser:
    """Starts the browser, without a sandbox: root may not use one, and it meets our pages only."""
    return playwright.chromium.launch(
        executable_path=program(), args=list(QUIET), chromium_sandbox=False
    )


@contextmanager
def visit(
    browser: Browser, base: str, *, javascript: bool = True, width: int = WIDE, **options: Any
) -> Iterator[Visitor]:
    """A visitor of the site at `base`; at the end the watch must have seen nothing wrong."""
    context = browser.new_context(
        java_script_enabled=javascript,
        viewport={"width": width, "height": 900 if width > 600 else 844},
        base_url=base,
        **options,
    )
    watch = Watch(urlsplit(base).netloc)
    context.on("page", watch.over)
    page = context.new_page()
    page.set_default_timeout(10_000)
    try:
        yield Visitor(context, page, watch, base)
    finally:
        context.close()
    assert not watch.problems, "\n".join(watch.problems)
