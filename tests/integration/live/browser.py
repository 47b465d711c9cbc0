"""Chromium without a window, as a person would use it with one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=en",
)


@dataclass(frozen=True, slots=True)
class Browser:
    driver: webdriver.Chrome
    downloads: Path


@contextmanager
def chromium(folder: Path, width: int = 1200, height: int = 900) -> Iterator[Browser]:
    """Keeps its profile and its downloads in that folder. Skips the test where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver_program = shutil.which("chromedriver")
    if program is None or driver_program is None:
        pytest.skip("needs Chromium and its driver (in Debian: chromium, chromium-driver)")
    downloads = folder / "downloads"
    downloads.mkdir()
    options = Options()
    options.binary_location = program
    for switch in (*_SWITCHES, f"--window-size={width},{height}", f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(switch)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(driver_program))
    try:
        yield Browser(driver, downloads)
    finally:
        driver.quit()
