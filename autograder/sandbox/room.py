"""What a sandbox can see: a folder of modules made for one slug, and the system, read-only."""

import base64
import py_compile
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = "/grader"  # where a sandbox finds the modules made for it
HOME = "/tmp/home"
_FONTS = "/tmp/matplotlib"
FOLDERS = (HOME, f"{HOME}/.ipython", _FONTS)  # made in /tmp for every submission
_DEVICES = Path("/dev")
_HERE = Path(__file__).parent
_AUTOGRADER = _HERE.parent
# All of autograder that runs beside a student's code: no check, no reference, no expected value.
_WORKER = ("values.py", "subject.py", "fixtures.py", "sandbox/wire.py")
_ENVIRONMENT = {
    "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": HOME,
    "TMPDIR": "/tmp",
    "IPYTHONDIR": f"{HOME}/.ipython",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # Files are neither written beside the modules, nor found in the working directory.
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUNBUFFERED": "1",
    # A notebook that installs something hears at once that there is no network.
    "PIP_RETRIES": "0",
    "PIP_DEFAULT_TIMEOUT": "1",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


LIBRARIES = "/libraries"  # where the parent sees all folders of modules


def furnish(folder: Path, provides: Sequence[str]) -> None:
    """Copies into ``folder`` the modules that a sandbox may import, readable by everyone."""
    grader = folder / "autograder"
    (grader / "sandbox").mkdir(parents=True)
    for package in (grader, grader / "sandbox"):
        (package / "__init__.py").touch()
    for name in _WORKER:
        shutil.copyfile(_AUTOGRADER / name, grader / name)
    shutil.copytree(_HERE / "inside", grader / "sandbox/inside", ignore=_no_caches)
    (grader / "sandbox/inside/notebook.py").rename(grader / "notebook.py")
    for name in ("attn", *provides):
        _provide(folder, name)
    shutil.copyfile(_fonts(), folder / _fonts().name)
    for source in folder.rglob("*.py"):  # so that no submission has to
        py_compile.compile(
            str(source),
            dfile=f"{LIBRARY}/{source.relative_to(folder)}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _provide(folder: Path, name: str) -> None:
    """One module, or a package with all that is in it; of ``attn`` itself, nothing but its name."""
    source = Path(_AUTOGRADER.parent, *name.split("."))
    target = folder.joinpath(*name.split("."))
    if name == "attn":
        target.mkdir(exist_ok=True)
        shutil.copyfile(source / "__init__.py", target / "__init__.py")
    elif not name.startswith("attn."):
        raise ValueError(f"a sandbox can provide modules of attn, not {name!r}")
    elif source.is_dir():
        _parents(folder, name)
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=_no_caches)
    elif source.with_suffix(".py").is_file():
        _parents(folder, name)
        shutil.copyfile(source.with_suffix(".py"), target.with_suffix(".py"))
    else:
        raise ValueError(f"there is no module {name!r} to provide")


def _parents(folder: Path, name: str) -> None:
    *parents, _ = name.split(".")
    for i in range(2, len(parents) + 1):
        package = Path(*parents[:i])
        (folder / package).mkdir(exist_ok=True)
        shutil.copyfile(
            _AUTOGRADER.parent / package / "__init__.py", folder / package / "__init__.py"
        )


_no_caches = shutil.ignore_patterns("__pycache__")


def environment(**more: str) -> dict[str, str]:
    """The environment of a worker: an allow-list, with nothing of the judge's."""
    return _ENVIRONMENT | more


def walls(libraries: Path, library: Path, device: str) -> list[str]:
    """bubblewrap's options: what is mounted where, and which environment there is."""
    options = ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if Path(name).is_symlink():
            options += ["--symlink", str(Path(name).readlink()), name]
        else:
            options += ["--ro-bind-try", name, name]
    options += _readable_parents("/etc/fonts", "/sys/devices/system/cpu")
    for name in ("ld.so.cache", "alternatives", "fonts"):
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    cpus = "/sys/devices/system/cpu"  # torch asks it how wide the machine's vectors are
    options += ["--ro-bind-try", cpus, cpus]
    if device == "cuda":
        for node in sorted(map(str, _DEVICES.glob("nvidia*"))):
            options += ["--dev-bind", node, node]
    for folder in ("/tmp", "/dev/shm"):
        options += ["--perms", "1777", "--size", str(1 << 20), "--tmpfs", folder]
    for folder in FOLDERS:
        options += ["--perms", "0777", "--dir", folder]
    roots = _python()
    options += _readable_parents(*roots)
    for root in roots:
        options += ["--ro-bind", str(root), str(root)]
    for secret in _ours():
        if any(secret.is_relative_to(root) for root in (*roots, Path("/usr"))):
            options += ["--perms", "0000", "--size", "4096", "--tmpfs", str(secret)]
    options += ["--ro-bind", str(libraries), LIBRARIES, "--ro-bind", str(library), LIBRARY]
    fonts = f"{LIBRARY}/{_fonts().name}"
    options += ["--symlink", fonts, f"{_FONTS}/{_fonts().name}"]
    options += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv"]
    for name, value in environment(PYTHONPATH=LIBRARY, MPLCONFIGDIR=_FONTS).items():
        options += ["--setenv", name, value]
    return options


def around(key: str, user: int, tmp_mb: int, calls: bytes) -> dict[str, Any]:
    """The walls of one submission, as ``inside.confine`` wants them; ``key`` names its library."""
    writable = (Path("/tmp"), Path("/dev/shm"))
    roots = [root for root in _python() if any(root.is_relative_to(top) for top in writable)]
    return {
        "library": f"{LIBRARIES}/{key}",
        "at": LIBRARY,
        "below": LIBRARIES,
        "user": user,
        "tmp_mb": tmp_mb,
        "keep": [str(root) for root in roots],
        "folders": FOLDERS,
        "links": [(f"{_FONTS}/{_fonts().name}", f"{LIBRARY}/{_fonts().name}")],
        "filter": base64.b64encode(calls).decode(),
    }


def _readable_parents(*paths: str | Path) -> list[str]:
    """Folders on the way to a mount; bubblewrap would make them as private as they are outside."""
    parents = {str(parent) for path in paths for parent in Path(path).parents} - {"/", "/tmp"}
    return [word for parent in sorted(parents) for word in ("--perms", "0755", "--dir", parent)]


def _python() -> list[Path]:
    """Where this Python and its packages live, outer folders first, without what /usr has."""
    found = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    found |= {Path(sys.prefix), Path(sys.base_prefix)}
    return sorted(root for root in found if not root.is_relative_to("/usr"))


@cache
def _ours() -> list[Path]:
    """Where the course itself is installed: the checkout, or its two packages."""
    checkout = _AUTOGRADER.parent
    if (checkout / "pyproject.toml").is_file():
        return [checkout]
    return [checkout / name for name in ("attn", "autograder")]


@cache
def _fonts() -> Path:
    """matplotlib's list of fonts: a second and a half to make, where it is missing."""
    import matplotlib
    from matplotlib import font_manager

    name = f"fontlist-v{font_manager.FontManager.__version__}.json"
    path = Path(matplotlib.get_cachedir(), name)
    if not path.is_file():
        font_manager.json_dump(font_manager.fontManager, str(path))
    return path
