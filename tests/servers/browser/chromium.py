"""Chromium without a window, for tests that look at a page as people do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic"]
PATIENCE = 150_000       # milliseconds
NEEDS_CHROMIUM = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (make system-deps)")


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser; what is expected of its pages is waited for."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        with playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as chromium:
            yield chromium


@contextmanager
def handed_over(page: Page) -> Iterator[None]:
    """What is pressed meanwhile on the Slack page has reached the app when this ends."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        yield
