"""The judge's line to the holder of a notebook's state, and the tasks that are started on it."""

import contextlib
import os
import secrets
import signal
import socket
import threading
from dataclasses import dataclass

import torch

from autograder.sandbox import wire
from autograder.subject import Lost

_SIGNALS = frozenset(signal.Signals)
GRACE_SECONDS = 3.0  # in which the end of a child must be reported before the state counts as lost


class Line:
    """Starts children of the holder, one at a time. ``lost`` once the holder does not answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.lost = False

    def start(self, kind: bytes, *outputs: int) -> "Task":
        """A child that runs a ``cell`` or a ``check``; what it prints goes to ``outputs``."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._sock.settimeout(GRACE_SECONDS)
                socket.send_fds(self._sock, [kind], [theirs.fileno(), *outputs])
            except OSError:
                self.lost = True
        return Task(ours)

    def end(self, task: "Task") -> int | None:
        """Ends a child; its exit code, or None where the holder is lost with it."""
        task.sock.close()
        code = self._ended()
        if code is None and not self.lost:
            with contextlib.suppress(OSError):
                self._sock.send(b"stop")
            code = self._ended()
        self.lost = self.lost or code is None
        return code

    def stop(self, task: "Task") -> int | None:
        """Ends a child at once, whatever it does."""
        with contextlib.suppress(OSError):
            self._sock.send(b"stop")
        return self.end(task)

    def close(self) -> None:
        self._sock.close()

    def _ended(self) -> int | None:
        try:
            self._sock.settimeout(GRACE_SECONDS)
            said = self._sock.recv(32)
            if not said:
                self.lost = True
            code = int(said)
            # A cell can write on this line too: what is no way to end is no news.
            return code if -code in _SIGNALS or 0 <= code < 256 else None
        except TimeoutError:
            return None
        except (OSError, ValueError):
            self.lost = True
            return None


@dataclass(frozen=True)
class Task:
    """The judge's end of the private connection to one child."""

    sock: socket.socket

    def exchange(
        self, head: wire.Head, arrays: list[torch.Tensor], deadline: float
    ) -> tuple[wire.Head, list[torch.Tensor]]:
        """One request and its reply; raises as ``wire`` does, or ``Lost``: too large a request."""
        head = head.model_copy(update={"nonce": secrets.token_hex(16)})
        try:
            frame = wire.encode(head, arrays)
        except wire.Malformed as error:
            raise Lost(f"the request is {error}", "ours") from error
        wire.send(self.sock, frame, deadline)
        reply, values = wire.receive(self.sock, deadline)
        if not secrets.compare_digest(reply.nonce.encode(), head.nonce.encode()):
            raise wire.Malformed("an answer to another question")
        return reply, values


class Output:
    """Reads what a child prints, keeps the first ``limit`` bytes and throws the rest away."""

    def __init__(self, limit: int) -> None:
        self._read, self.write = os.pipe()
        self._limit, self._kept, self._size = limit, bytearray(), 0
        self._thread = threading.Thread(target=self._drain, daemon=True)

    def begin(self) -> None:
        """Called when the child has the writing end."""
        os.close(self.write)
        self._thread.start()

    def text(self) -> str:
        """What was printed until now."""
        self._thread.join(0.5)  # a process left behind may hold the pipe open
        text = bytes(self._kept).decode("utf-8", "replace")
        return text if self._size <= self._limit else f"{text}\n[cut after {self._limit} bytes]"

    def _drain(self) -> None:
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            while part := pipe.read(1 << 16):
                self._size += len(part)
                self._kept += part[: max(0, self._limit - len(self._kept))]
