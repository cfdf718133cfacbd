"""The hub's configuration: its paths are there, and a student with it hands in to the course."""

import subprocess
import sys
from pathlib import Path

import pytest
from courses import environment, nbgrader
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import open_course
from autograder.source import ROOT

HUB = ROOT / "scripts" / "hub"
SLUG = "human_attention"
SETTINGS = {"ATTN_HUB_PASSWORD": "a rehearsal's", "ATTN_HUB_USERS": "ada bob"}


def hub(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Config:
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    return PyFileConfigLoader("jupyterhub_config.py", path=str(HUB)).load_config()


def test_what_changes_lies_in_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    c = hub(monkeypatch, **SETTINGS, ATTN_HUB=str(tmp_path))
    state = tmp_path / "state"
    assert c.JupyterHub.db_url == f"sqlite:///{state}/jupyterhub.sqlite"
    files = (c.JupyterHub.cookie_secret_file, c.ConfigurableHTTPProxy.pid_file)
    assert {Path(file).parent for file in files} == {state}
    assert c.Spawner.environment["ATTN_EXCHANGE"] == str(tmp_path / "exchange")
    assert c.JupyterHub.bind_url.startswith("http://127.0.0.1:"), "it speaks no TLS"
    assert c.Authenticator.allowed_users == {"ada", "bob"}


@pytest.mark.parametrize("name", SETTINGS)
def test_without_a_password_or_names_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    with pytest.raises(SystemExit, match=f"error: set {name}"):
        hub(monkeypatch, **(SETTINGS | {name: ""}))


def test_a_student_of_the_hub_fetches_and_hands_in(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    folder = tmp_path / "hub"
    (folder / "exchange").mkdir(parents=True)
    (folder / "exchange").chmod(0o777)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f'c.Exchange.root = "{folder}/exchange"\n')
    assert nbgrader(course, "release_assignment", SLUG).returncode == 0

    home = tmp_path / "ada"
    home.mkdir()
    given = hub(monkeypatch, **SETTINGS, ATTN_HUB=str(folder)).Spawner.environment
    env = environment(home) | given

    def student(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=home,
            env=env,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    student("fetch_assignment", SLUG)
    student("submit", SLUG)
    assert nbgrader(course, "collect", SLUG).returncode == 0
    [arrived] = course.glob(f"submitted/*/{SLUG}")  # below the name of whoever runs this test
    assert (arrived / f"{SLUG}.ipynb").read_bytes() == (
        ROOT / "exercises" / SLUG / f"{SLUG}.ipynb"
    ).read_bytes()
    assert (arrived / "timestamp.txt").is_file()


def test_the_instructors_formgrader_finds_the_course(course: Path, tmp_path: Path):
    """The line of `for_instructors` for ``~/.jupyter/nbgrader_config.py``."""
    line = f'load_subconfig("nbgrader_config.py", path="{course}")\n'
    (tmp_path / "nbgrader_config.py").write_text(line)
    loaded = PyFileConfigLoader("nbgrader_config.py", path=str(tmp_path)).load_config()
    assert loaded == open_course(course)[1]
    assert 'load_subconfig("nbgrader_config.py", path=' in (
        ROOT / "book" / "for_instructors.md"
    ).read_text("utf-8")
