"""The judge's line to the holder of a notebook's state, and the tasks that are begun on it."""

import contextlib
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from autograder.sandbox import wire
from autograder.subject import Lost

_SIGNALS = frozenset(signal.Signals)
GRACE_SECONDS = 3.0  # in which the end of a child must be reported before the state counts as lost


class Line:
    """Has the holder run cells, and fork children for checks, one at a time.

    ``lost`` once the holder does not answer.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.lost = False

    def start(self, kind: bytes, *outputs: int) -> "Task":
        """Begins to run ``cells``, whose prints go to ``outputs``, or a ``check`` in a child."""
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
            number, _, lost = said.partition(b" ")
            code = int(number)
            if lost:  # the check changed files that the cells had written
                self.lost = True
            # A cell can write on this line too: what is no way to end is no news.
            return code if -code in _SIGNALS or 0 <= code < 256 else None
        except TimeoutError:
            return None
        except (OSError, ValueError):
            self.lost = True
            return None


@dataclass(frozen=True)
class Task:
    """The judge's end of the private connection to one check, or to the cells."""

    sock: socket.socket

    def exchange(
        self,
        head: wire.Head,
        arrays: list[torch.Tensor],
        deadline: float,
        outputs: Sequence["Output"] = (),
    ) -> tuple[wire.Head, list[torch.Tensor]]:
        """One request and its reply; raises as ``wire`` does, or ``Lost``: too large a request."""
        head = head.model_copy(update={"nonce": secrets.token_hex(16)})
        try:
            frame = wire.encode(head, arrays)
        except wire.Malformed as error:
            raise Lost(f"the request is {error}", "ours") from error
        wire.send(self.sock, frame, deadline)
        if outputs:
            _wait(self.sock, outputs, deadline)
        reply, values = wire.receive(self.sock, deadline)
        if not secrets.compare_digest(reply.nonce.encode(), head.nonce.encode()):
            raise wire.Malformed("an answer to another question")
        return reply, values


class Output:
    """What cells print on one stream: of each cell, the first ``limit`` bytes are kept."""

    def __init__(self, limit: int) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._limit, self._kept, self._size = limit, bytearray(), 0

    def drain(self) -> None:
        """Reads what is there, so that nobody has to wait to print."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.reader, 1 << 16):
                self._size += len(part)
                self._kept += part[: max(0, self._limit - len(self._kept))]

    def take(self) -> str:
        """What was printed since it was last asked."""
        self.drain()
        text, size = bytes(self._kept).decode("utf-8", "replace"), self._size
        self._kept, self._size = bytearray(), 0
        return text if size <= self._limit else f"{text}\n[cut after {self._limit} bytes]"

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)


def _wait(sock: socket.socket, outputs: Sequence[Output], deadline: float) -> None:
    """Until there is a reply, or the time is up; what is printed meanwhile is read."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    for output in outputs:
        poll.register(output.reader, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        ready = {fd for fd, _ in poll.poll(1000 * left)}
        for output in outputs:
            output.drain()
        if sock.fileno() in ready:
            return
