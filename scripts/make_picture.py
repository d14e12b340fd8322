"""Make the picture of the README: the embedded plan, published and opened in headless Chromium.

    python scripts/make_picture.py [README.png]

Needs Chromium and its driver, and the extra `test` (selenium).
"""

import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from lsgis import publish

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-dev-shm-usage", "--window-size=1280,860",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def make_picture(target: Path) -> None:
    """Publish the embedded plan in English and save what a planner sees first."""
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder) / "site", lang="en")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={folder}/profile"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            driver.get((Path(folder) / "site" / "index.html").as_uri())
            driver.implicitly_wait(10)
            driver.find_element("css selector", "path.layer-commune")
            driver.execute_async_script("setTimeout(arguments[0], 1500)")
            driver.save_screenshot(str(target))
        finally:
            driver.quit()


if __name__ == "__main__":
    make_picture(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "README.png")
