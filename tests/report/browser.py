"""A Chromium that opens a page, and notes what the page complains of and whom it asks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """The page's tab, the errors that it logged, the addresses that were asked for."""

    tab: Page
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        """What the first such element says."""
        return self.tab.locator(selector).first.text_content() or ""


@contextmanager
def opened(url: str) -> Iterator[Opened]:
    """The page at this address, in a browser of its own."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_installed(), args=QUIET)
        page = Opened(browser.new_page())
        page.tab.on("console", lambda message: page.errors.append(message.text))
        page.tab.on("pageerror", lambda error: page.errors.append(str(error)))
        page.tab.on("request", lambda request: page.asked.append(request.url))
        page.tab.goto(url)
        yield page
        browser.close()


def _installed() -> str:
    """A Chromium; without one there is nothing to test, but not in continuous integration."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and "CI" not in os.environ:
        pytest.skip("no Chromium is installed")
    assert found, "script/bootstrap test installs chromium"
    return found
