"""A deck as a PDF, printed by a Chromium that is already installed."""

import os
import shutil
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
HOW = "or open the deck in a browser with ?print-pdf behind its address and print it there"


class NoPdf(Exception):
    """A deck can't be printed; says what to do."""


def browser() -> str:
    """An installed Chromium, or the one that COURSE_CHROMIUM names. Raises NoPdf."""
    named = os.environ.get("COURSE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, (*BROWSERS, *PLACES))), None)
    if not found:
        raise NoPdf(f"there is no Chromium here: install one, say in COURSE_CHROMIUM where it is, {HOW}")
    return found


def printed(deck: Path) -> Path:
    """The PDF beside a deck, made of all its slides, with what comes on key. Raises NoPdf."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise NoPdf(f"playwright isn't installed here: pip install playwright, {HOW}") from error
    file = deck.with_suffix(".pdf")
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # containers
    try:
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"] if root else [])
            tab = chromium.new_page(viewport={"width": 1280, "height": 720})
            tab.goto(f"{deck.as_uri()}?print-pdf")
            tab.wait_for_selector(".pdf-page")
            tab.wait_for_function(
                "document.fonts.status === 'loaded' && !document.querySelector('.alive:not([data-fitted])')"
            )
            tab.pdf(path=file, width="1280px", height="720px", print_background=True)
            chromium.close()
    except Error as error:
        raise NoPdf(f"{deck.name} could not be printed ({str(error).splitlines()[0]}): {HOW}") from error
    return file
