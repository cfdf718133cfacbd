"""podman's command line, as text and in full; and what is said where podman cannot isolate."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from asking import SHORT, ask

from autograder.sandbox import CodeCell, Limits, SandboxMissing, containers, open_session, room
from autograder.sandbox.memory import BASE_MB

CONTAINER = containers.Container(
    "attnbook-1-x", Path("/tmp/attnbook-1-x/libraries/0"), 4711, Limits(), image="attnbook"
)
COMMAND = f"""
podman run --name attnbook-1-x --rm --pull never
--network none --no-hosts --hostname sandbox
--pid private --ipc private --uts private --cgroupns private
--read-only --read-only-tmpfs=false --systemd false
--unsetenv-all --http-proxy=false --log-driver none
--cap-drop all --security-opt no-new-privileges --user 4711:4711
--memory 3584m --memory-swap 3584m
--pids-limit 80
--ulimit core=0:0 --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
--shm-size 128m
--tmpfs /tmp:rw,size=128m,mode=1777,nosuid,nodev,notmpcopyup
--timeout 1200 --stop-timeout 0
--volume /tmp/attnbook-1-x/libraries/0:/grader:ro,Z
--tmpfs /opt/attnbook:ro,size=4k,mode=000,notmpcopyup --workdir /tmp
--env HOME={room.HOME} --env IPYTHONDIR={room.HOME}/.ipython --env LANG=C.UTF-8
--env MKL_NUM_THREADS=1 --env MPLBACKEND=module://matplotlib_inline.backend_inline
--env MPLCONFIGDIR=/tmp/matplotlib --env OMP_NUM_THREADS=1 --env OPENBLAS_NUM_THREADS=1
--env PATH=/usr/local/bin:/usr/bin:/bin
--env PIP_DEFAULT_TIMEOUT=1 --env PIP_DISABLE_PIP_VERSION_CHECK=1 --env PIP_NO_INPUT=1
--env PIP_RETRIES=0 --env PYTHONDONTWRITEBYTECODE=1 --env PYTHONNOUSERSITE=1
--env PYTHONPATH=/grader --env PYTHONSAFEPATH=1 --env PYTHONUNBUFFERED=1 --env TMPDIR=/tmp
--preserve-fds 1 --entrypoint python attnbook
-m autograder.sandbox.inside.parent 3
"""


def test_the_command_line_in_full():
    assert BASE_MB == 512
    assert containers.command(CONTAINER) == COMMAND.split()


def test_the_image_has_the_course_where_it_is_covered():
    recipe = Path(__file__).parents[2].joinpath("Containerfile").read_text()
    assert f"\nWORKDIR {containers.CHECKOUT}\nCOPY pyproject.toml" in recipe
    assert "\nUSER grader\n" in recipe


def test_the_image_has_all_that_the_package_is_built_of():
    recipe = Path(__file__).parents[2].joinpath("Containerfile").read_text()
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    for folder in (*wheel["packages"], *wheel["force-include"]):
        assert f"\nCOPY {folder} {folder}\n" in recipe
    for file in (project["project"]["readme"], *project["project"]["license-files"]):
        assert re.search(rf"^COPY .*\b{file}\b", recipe, re.MULTILINE)


def test_the_connection_becomes_descriptor_3(tmp_path):
    file = (tmp_path / "file").open("w")
    fd = os.dup2(file.fileno(), 47)
    argv = containers.started_with(fd, ["sh", "-c", "echo here >&3"])
    subprocess.run(argv, pass_fds=[fd], check=True)
    os.close(fd)
    file.close()
    assert (tmp_path / "file").read_text() == "here\n"


@pytest.fixture
def podman(monkeypatch, tmp_path):
    """A podman that says what a test wants it to."""

    def pretend(*, rootless=True, version="v2", controllers=("cpu", "memory", "pids"), image=0):
        host = {"cgroupVersion": version, "cgroupControllers": list(controllers)}
        host["security"] = {"rootless": rootless}
        (tmp_path / "info.json").write_text(json.dumps({"host": host}))
        script = tmp_path / "podman"
        script.write_text(
            "#!/bin/sh\n"
            f'case "$1" in info) cat {tmp_path}/info.json;; image) exit {image};;\n'
            '--version) echo "podman version 5.4.0";; esac\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return pretend


def test_what_isolates_is_said_and_that_it_is_slower(podman):
    podman()
    assert containers.check() == (
        "podman 5.4.0, rootless, seccomp, a container each (slower: nothing is warm); "
        "memory held by a cgroup (version 2) with a process limit"
    )
    podman(rootless=False, version="v1", controllers=())
    assert "rootless" not in containers.check()
    assert "version 1" in containers.check()


@pytest.mark.parametrize(
    ("host", "mend"),
    [
        ({"version": "v1"}, "systemd.unified_cgroup_hierarchy=1"),
        ({"controllers": ["cpu"]}, "Delegate=memory pids"),
        ({"image": 1}, "run `podman build --tag attnbook .`"),
    ],
)
def test_what_podman_lacks_is_refused_with_what_mends_it(podman, host, mend):
    podman(**host)
    with pytest.raises(SandboxMissing, match=mend), open_session([], [], SHORT, "podman"):
        pytest.fail("it ran")


def test_no_podman_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(SandboxMissing, match="apt-get install podman"),
        open_session([], [], SHORT, "podman"),
    ):
        pytest.fail("it ran")


def test_a_podman_that_fails_says_why(monkeypatch, tmp_path):
    script = tmp_path / "podman"
    script.write_text("#!/bin/sh\necho 'Error: no subuid ranges' >&2\nexit 125\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxMissing, match="no subuid ranges"):
        containers.check()


def _runs() -> bool:
    """Whether a container of the image can be had here."""
    try:
        containers.check()
    except SandboxMissing:
        return False
    command = ["podman", "run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024"]
    command += ["--ulimit", "nproc=1024:1024"]
    command += ["--entrypoint", "true"]
    done = subprocess.run([*command, containers.IMAGE], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.bank
def test_a_real_container():
    if not _runs():
        pytest.skip("podman runs no container of the image here")
    source = """
        import os
        def f(x): return x + 1
        def who():
            status = open("/proc/self/status").read().split()
            said = [status[status.index(n) + 1] for n in ("CapEff:", "NoNewPrivs:", "Seccomp:")]
            return [*said, len([p for p in os.listdir("/proc") if p.isdigit()])]
        def course():
            try:
                return os.listdir("/opt/attnbook")
            except OSError:
                return []
        def variables(): return sorted(os.environ)
        def grow():
            import mmap
            kept = mmap.mmap(-1, 2 << 30)
            for i in range(0, 2 << 30, 4096): kept[i] = 1
    """
    cell = CodeCell("f", "\n".join(line[8:] for line in source.splitlines()))
    with open_session([cell], [], SHORT, "podman") as session:
        assert session.isolation.startswith("podman")
        assert [log.status for log in session.log] == ["ok"]
        assert ask(session.subject("f"), 41).value == 42
        assert ask(session.subject("who")).value == ["0000000000000000", "1", "2", 2]
        assert ask(session.subject("course")).value == []
        allowed = {*containers.environment(), "HOSTNAME", "container", "LC_CTYPE", "TERM", "PWD"}
        allowed.add("TORCHINDUCTOR_CACHE_DIR")  # torch sets it itself
        assert set(ask(session.subject("variables")).value) <= allowed
        with pytest.raises(Exception, match="more than 512 MB"):
            ask(session.subject("grow"))
        assert ask(session.subject("f"), 1).value == 2
    left = subprocess.run(["podman", "ps", "-aq"], capture_output=True, text=True, check=True)
    assert not left.stdout.strip()
