"""Where answers are tried: the devices behind ``--device auto|cpu|cuda``."""

import subprocess
import sys
from functools import cache

CHOICES = ("auto", "cpu", "cuda")
_ASK = "import torch; print(torch.__version__, torch.cuda.is_available())"


def resolve(choice: str) -> tuple[str, ...]:
    """The devices, in the order in which an answer is tried on them.

    ``auto``: on the CPU, and then on CUDA where torch sees a device, as ``check`` does for a
    student. ``LookupError`` where CUDA is asked for and there is none, or the choice is unknown.
    """
    match choice:
        case "cpu":
            return ("cpu",)
        case "auto":
            return ("cpu", "cuda") if _cuda()[1] else ("cpu",)
        case "cuda":
            version, seen = _cuda()
            if not seen:
                raise LookupError(f"torch {version} sees no CUDA device: use `--device cpu`")
            return ("cuda",)
    raise LookupError(f"there is no device {choice!r}; choose {', '.join(CHOICES)}")


@cache
def _cuda() -> tuple[str, bool]:
    """torch's version, and whether it sees CUDA.

    Asked of a process of its own: whoever has touched CUDA cannot use it in its forks any more.
    """
    asked = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, text=True, check=False, timeout=120
    )
    version, _, seen = asked.stdout.strip().partition(" ")
    return version, seen == "True"
