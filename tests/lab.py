"""A JupyterLab of its own for a test: one notebook, no settings of this machine, no news.

with lab.server(folder, ["1 + 1"]) as address, browsing.visit(browser, address) as (page, _):
    notebook = lab.Notebook(page)
    notebook.run_all()
    assert notebook.run_last() == "2"
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import courses
import nbformat
from playwright.sync_api import Locator, Page, expect

TOKEN = "secret"
NUMBER = re.compile(r"^\[\d+\]:$")
SETTINGS = {
    # Dark where the browser prefers dark, so that a test can switch.
    "apputils-extension/themes": {
        "adaptive-theme": True,
        "preferred-dark-theme": "JupyterLab Dark",
    },
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
PATIENCE = 40_000  # milliseconds for a kernel that imports torch while other tests run


def _settle(folder: Path, cells: list[str]) -> list[str]:
    """Writes the notebook and the settings into ``folder``; gives the options of the server."""
    work, settings = folder / "work", folder / "settings"
    work.mkdir()
    for name, content in SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), "utf-8")
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": python},
    )
    nbformat.write(notebook, work / "widgets.ipynb")
    return [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--ServerApp.jpserver_extensions=jupyter_lsp=True",  # the front end asks for it
    ]


def _environment(folder: Path) -> dict[str, str]:
    """A home without settings: only JupyterLab itself is loaded, none of this machine's servers."""
    places = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("DATA", "RUNTIME")}
    return courses.environment(folder) | places | {"JUPYTER_NO_CONFIG": "1"}


@contextmanager
def server(folder: Path, cells: list[str]) -> Iterator[str]:
    """The address at which a JupyterLab shows a notebook of these code cells."""
    options = _settle(folder, cells)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
            + [f"--port={port}", "--ServerApp.port_retries=0", *options]
            + ["--allow-root"] * (os.geteuid() == 0),
            cwd=folder,
            env=_environment(folder),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=20).close()
                break
            except urllib.error.URLError:
                time.sleep(0.2)
        else:
            raise AssertionError(f"JupyterLab does not answer:\n{log.read_text()}")
        yield f"{address}/lab/tree/widgets.ipynb?token={TOKEN}"
    finally:
        process.terminate()  # the kernel goes with its server
        process.wait(20)


class Notebook:
    """The notebook in a JupyterLab that ``page`` shows, as a reader uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")

    def run_all(self) -> None:
        """Run > Run All Cells, and wait for the last prompt to have its number."""
        expect(self.page.get_by_text(re.compile(r"Python 3.* \| Idle"))).to_be_visible(
            timeout=PATIENCE
        )
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        expect(self._prompt()).to_have_text(NUMBER, timeout=PATIENCE)

    def _prompt(self) -> Locator:
        return self.cells.last.locator(".jp-InputPrompt")

    def run_last(self) -> str:
        """Runs the last cell by keyboard; what it prints."""
        before = self._prompt().inner_text()
        self.cells.last.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(self._prompt()).not_to_have_text(before)
        expect(self._prompt()).to_have_text(NUMBER, timeout=PATIENCE)
        return self.cells.last.locator(".jp-OutputArea-output").inner_text().strip()
