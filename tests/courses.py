"""Courses for tests, nbgrader's commands in them, and a formgrader to look into them."""

import contextlib
import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path


def environment(home: Path) -> dict[str, str]:
    """Without what the Jupyter of this machine is set to."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    kept = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    return kept | {"PATH": path, "HOME": str(home), "USER": "instructor"}


def nbgrader(course: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs an nbgrader command in a course, as an instructor would."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        env=environment(course.parent),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@contextlib.contextmanager
def formgrader(course: Path) -> Iterator[Callable[..., str]]:
    """A Jupyter server in a course; gives a function that fetches formgrader's pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=secret"]
    log = course.parent / "server.log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", *options],
            cwd=course,
            env=environment(course.parent),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )

    def fetch(page: str, *, post: bool = False) -> str:
        address = f"http://127.0.0.1:{port}/formgrader/{page}"
        asked = urllib.request.Request(address, b"" if post else None)
        asked.add_header("Authorization", "token secret")
        with urllib.request.urlopen(asked, timeout=180 if post else 20) as answer:
            return answer.read().decode()

    try:
        for _ in range(300):
            assert server.poll() is None, log.read_text()
            try:
                fetch("manage_assignments")
                break
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError:
                time.sleep(0.2)
        yield fetch
    finally:
        server.terminate()
        server.wait(20)
