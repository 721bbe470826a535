"""Chromium, driven by playwright."""

import contextlib
import shutil

import pytest

# Without these Chromium looks up hosts that a closed network refuses, many at a time.
FLAGS = (
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
)  # fmt: skip


@contextlib.contextmanager
def chromium():
    """A browser; skips the test where playwright or Chromium is not installed."""
    sync_api = pytest.importorskip('playwright.sync_api', reason='needs playwright: pip install -e .[test]')
    executable = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if executable is None:
        pytest.skip('needs Chromium: on Debian, apt install chromium')
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()
