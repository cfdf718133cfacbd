"""Why this machine lets nobody make namespaces, and what mends it."""

from pathlib import Path

_SETTINGS = (  # below /proc/sys, the value that forbids, the command that allows
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
)
IN_A_CONTAINER = (
    "in a container, start it with "
    "`--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
)


def mend(proc: Path = Path("/proc")) -> str:
    """What to do, in words with a command in them."""
    for setting, forbids, command in _SETTINGS:
        file = proc / "sys" / setting
        if file.is_file() and file.read_text().strip() == forbids:
            return f"run `{command}` as root"
    return IN_A_CONTAINER
