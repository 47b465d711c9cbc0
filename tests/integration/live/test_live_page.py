"""/live: from sign-up to a downloaded file, in a browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdf
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.fake_llm import FakeLlm, slow
from tests.integration.live.browser import Browser, chromium
from tests.integration.live.sites import SeparateSite, Site
from tests.integration.processes.installation import Installation
from tests.integration.processes.waiting import until

PATIENCE_SECONDS = 20

NOTE_PROGRESS = """
    window.progress = [];
    new MutationObserver(() => {
        const bar = document.querySelector("#jobs progress");
        if (bar) window.progress.push(bar.value / bar.max);
    }).observe(document.querySelector("#jobs"), {subtree: true, childList: true, attributes: true});
"""


class Page:
    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def see(self, selector: str, text: str = "") -> WebElement:
        """The element, once it is shown and contains the text."""

        def look(driver: webdriver.Chrome) -> WebElement | None:
            for found in driver.find_elements(By.CSS_SELECTOR, selector):
                if found.is_displayed() and text in found.text:
                    return found
            return None

        what = f"{selector} with {text!r}"
        found = WebDriverWait(self.driver, PATIENCE_SECONDS).until(look, what)
        assert found is not None
        return found

    def write(self, form: str, **values: str) -> None:
        for name, value in values.items():
            field = self.see(f"#{form}-form [name={name}]")
            if field.tag_name == "select":
                Select(field).select_by_visible_text(value)
            else:
                field.clear()
                field.send_keys(value)

    def press(self, text: str) -> None:
        buttons = self.driver.find_elements(By.TAG_NAME, "button")
        next(button for button in buttons if button.is_displayed() and button.text == text).click()

    def complaints(self) -> list[str]:
        """What the browser has to say against the page: broken scripts, refused styles, missing files."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with FakeLlm(slow(0.2)) as llm:
        folder = tmp_path_factory.mktemp("run")
        installation = Installation(folder, GROQ_API_KEY="key", GROQ_BASE_URL=llm.url)
        installation.serve("run")
        yield installation.url
        installation.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    browser.driver.get(f"{url}/live")
    yield Page(browser.driver)
    browser.driver.delete_all_cookies()


def test_it_works_from_sign_up_to_a_downloaded_file(
    page: Page, url: str, browser: Browser, tmp_path: Path
) -> None:
    page.write("login", full_name="Ada Lovelace", email="ada@example.com", password="correct horse battery")
    page.press("Sign up")
    page.see("#connection", "connected")

    page.write("session", role="Astronomer", experience="senior", topics="Optics, Orbits")
    page.press("Create the session")
    page.driver.execute_script(NOTE_PROGRESS)
    page.write("generate", count="30")
    page.press("Generate")
    page.see(".job[data-status=succeeded]", "30 of 30")
    page.see("#notifications", "Your questions are ready")
    page.see("#unread", "1")
    progress = page.driver.execute_script("return window.progress")
    assert any(0 < value < 1 for value in progress), "the bar jumped to its end"
    assert progress[-1] == 1

    page.write("export", format="pdf")
    page.press("Export")
    link = page.see(".job a", "Download the file")
    page.see("#unread", "2")
    page.driver.save_screenshot(str(tmp_path / "live.png"))
    link.click()
    file = until(lambda: next(browser.downloads.glob("*.pdf"), None), "downloaded file")
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(file.read_bytes())).pages)
    assert "Astronomer" in text

    page.press("Read all")
    WebDriverWait(page.driver, PATIENCE_SECONDS).until(
        lambda _: not page.driver.find_element(By.ID, "unread").is_displayed()
    )
    assert httpx.get(f"{url}/api/v1/notifications", cookies=cookies(page)).json()["unread_count"] == 0
    page.see("#protocol", "job.updated")
    assert page.complaints() == []


def test_who_comes_back_finds_the_notifications(page: Page) -> None:
    page.write("login", email="eve@example.com", password="correct horse battery")
    page.press("Sign up")
    page.write("session", topics="Optics")
    page.press("Create the session")
    page.write("generate", count="1")
    page.press("Generate")
    page.see("#unread", "1")

    page.driver.refresh()

    page.see("#connection", "connected")
    page.see("#notifications", "Your questions are ready")
    page.see("#unread", "1")


def test_a_wrong_password_is_told(page: Page) -> None:
    page.write("login", email="ada@example.com", password="wrong")
    page.press("Log in")

    page.see("#problem")
    assert page.see("#connection", "not connected")


def cookies(page: Page) -> dict[str, str]:
    found = page.driver.get_cookies()
    return {each["name"]: each["value"] for each in found}


def test_it_is_there_where_one_person_runs_the_product(embedded: Site) -> None:
    answer = httpx.get(f"{embedded.url}/live")

    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text


def test_it_is_not_there_in_production(separate: SeparateSite) -> None:
    for path in ("/live", "/live/live.js", "/live/vendor/socket.io.esm.min.js"):
        assert httpx.get(separate.url + path).status_code == 404
