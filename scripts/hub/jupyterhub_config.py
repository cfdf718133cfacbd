"""A JupyterHub for one class on one machine; `book/for_instructors.md` says how it is started.

Students follow an nbgitpuller link to the notebooks, and hand in through nbgrader's exchange.
Beside this file lies `nbgrader_config.py`, which tells their nbgrader where the exchange is.
The folder ATTN_HUB, root's, holds what changes:
    exchange/   nbgrader's; open to all, as nbgrader asks
    state/      the hub's own: its database, its keys, its proxy's process id; closed to all others
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("ATTN_HUB", "/srv/attention"))
STATE = FOLDER / "state"


def needed(name: str, what: str) -> str:
    """A setting that nobody can guess."""
    if not os.environ.get(name):
        raise SystemExit(f"error: set {name}, {what}")
    return os.environ[name]


c.JupyterHub.bind_url = os.environ.get("ATTN_HUB_URL", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

# One password for everybody who is named: for a rehearsal on 127.0.0.1 and for nothing else.
# A class needs the authenticator of its school, and TLS in front.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = needed(
    "ATTN_HUB_PASSWORD", "the rehearsal's password"
)
c.Authenticator.allowed_users = set(needed("ATTN_HUB_USERS", "who may log in: 'ada bob'").split())

# A student's server runs as that user of the system, so that the exchange knows who handed in.
c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [str(Path(sys.executable).parent / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.Spawner.environment = {
    "ATTN_EXCHANGE": str(FOLDER / "exchange"),
    "JUPYTER_CONFIG_PATH": str(HERE),
    "OMP_NUM_THREADS": "1",  # a class shares the processors
}
