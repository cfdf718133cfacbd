"""A PostgreSQL server of the tests' own, from what is installed; reached through a socket file."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

OWNER = "course"
_INITDB = ["-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync"]


class Unavailable(Exception):
    """No server can be had on this machine; says why."""


class Server:
    """A running server. Databases are copied from others by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        """As nbgrader's ``db_url``."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def copy(self, source: str, target: str) -> str:
        """A new database like another, which nobody may be connected to; gives its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        return self.url(target)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self.folder} user={OWNER} dbname=postgres", autocommit=True)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Runs a server until the block ends. ``Unavailable`` where none is installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        as_user.append("--clear-groups")
    data = folder / "data"
    made = subprocess.run(
        [*as_user, programs / "initdb", *_INITDB, "-D", data],
        cwd="/",
        capture_output=True,
        text=True,
    )
    process = None
    try:
        if made.returncode != 0:
            raise Unavailable(f"initdb failed: {made.stderr.strip()[-300:]}")
        settings = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, *options],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running = Server(folder)
        _wait(running, process)
        yield running
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast shutdown": it lets go of its clients
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the newest installed server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve()] if on_path else []
    if not found:
        raise Unavailable("no PostgreSQL server is installed: apt-get install postgresql")
    return found[-1].parent


def _version(program: Path) -> float:
    return float(program.parts[-3])


def _wait(running: Server, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            running.connect().close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"the PostgreSQL server did not start: {error}") from None
            time.sleep(0.1)
