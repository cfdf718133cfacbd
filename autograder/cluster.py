"""Where workers come from: this machine, or a scheduler that runs already.

One job needs no other process: the worker is a thread of this one. More are forks of a process that
has imported PyTorch once, so that a worker which dies is replaced at once. Their line is TLS with
keys of this run: dask's own has no password, and other people may have an account here.
"""

import ipaddress
import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import Any

import dask.config
from distributed import Client, LocalCluster

from autograder.sandbox import close_nurseries
from autograder.work import Tidy

_CONNECT_SECONDS = 20
_OURS = {
    # A task is on a worker only while it runs: who dies with a worker is a suspect, nobody else.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.multiprocessing-method": "forkserver",
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],  # pages that tell anybody what is graded
    "distributed.worker.http.routes": [],
}


class SchedulerError(ConnectionError):
    """A scheduler that cannot be used: why, and what mends it."""


@contextmanager
def workers(scheduler: str | None, jobs: int) -> Iterator[Client]:
    """A client of the scheduler at an address, or of ``jobs`` workers that end with the context.

    ``SchedulerError`` where the address cannot or must not be used.
    """
    start = _local(jobs) if scheduler is None else _client(scheduler)
    try:
        with _quiet(), start as client:
            yield client
    finally:
        close_nurseries()  # of a worker that was a thread of this process, and was stopped


@contextmanager
def _local(jobs: int) -> Iterator[Client]:
    own: dict[str, Any] = {"processes": False}
    if jobs > 1:
        _start_forkserver()
        own = {"host": "127.0.0.1", "security": True}
    own |= {"n_workers": jobs, "threads_per_worker": 1, "memory_limit": 0}
    own |= {"silence_logs": logging.CRITICAL}
    own |= {"scheduler_kwargs": {"dashboard": False, "dashboard_address": "127.0.0.1:0"}}
    # As long as the cluster lives: it starts workers in place of those that died.
    with (
        dask.config.set(_OURS),
        LocalCluster(**own) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        client.register_plugin(Tidy(ours=jobs > 1))
        yield client


def _start_forkserver() -> None:
    """Starts the process that workers are forks of, deaf to Ctrl-C like all that comes of it."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["autograder.work"])
    in_main = threading.current_thread() is threading.main_thread()
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        forkserver.ensure_running()
    finally:
        if in_main:
            signal.signal(signal.SIGINT, heard)


# ---------------------------------------------------------------- a scheduler elsewhere


def _client(address: str) -> Client:
    _refuse_strangers(address)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except TypeError as error:  # dask, of a tls:// address without keys
        raise SchedulerError(
            f"{address} wants keys: name them in dask's configuration ({error})"
        ) from None
    except (OSError, ValueError) as error:
        why = f"{error}".splitlines()[0]
        raise SchedulerError(f"no scheduler answers at {address}: {why}") from None
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError:
        client.close()
        raise SchedulerError(
            f"the scheduler at {address} has no worker: start one with `dask worker {address}`"
        ) from None
    client.register_plugin(Tidy(ours=False))
    return client


def _refuse_strangers(address: str) -> None:
    """A scheduler without TLS runs what anybody who reaches its port sends."""
    protocol, _, place = address.rpartition("://")
    if protocol == "tls":
        return
    if protocol not in ("tcp", ""):
        raise SchedulerError(f"{address} is no address: it begins with tls:// or tcp://")
    host = place.rpartition(":")[0].strip("[]") or place
    if not _is_loopback(host):
        raise SchedulerError(
            f"{address} is not encrypted, and whoever reaches that port can run programs as its "
            "owner: use a tls:// address, or a tunnel to 127.0.0.1 (the page *Many machines* "
            "shows both)"
        )


def _is_loopback(host: str) -> bool:
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(str(place).partition("%")[0]).is_loopback for place in found)


@contextmanager
def _quiet() -> Iterator[None]:
    """dask tells of every worker that ends; what of it concerns an instructor, we say."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
