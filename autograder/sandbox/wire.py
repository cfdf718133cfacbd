"""Frames between the judge and a worker: lengths, a JSON header, arrays as safetensors.

What a worker sends is written by a stranger. Lengths are checked before memory is taken for them,
the header is validated, nothing is unpickled, and all that can go wrong is ``Malformed``, the peer
being silent for too long (``TimeoutError``) or gone (``EOFError``).
"""

import socket
import struct
import time
from collections.abc import Sequence
from json import dumps
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, TensorSpec, deserialize, serialize

MAX_HEADER = 4 << 20  # bytes of JSON: ours, and the index inside safetensors
MAX_PAYLOAD = 80 << 20  # bytes of arrays, their index included
MAX_BRACKETS = 250_000  # in a header: five a part of a value; "[]" takes thirty times its memory
_LENGTHS = struct.Struct("<II")
_INDEX = struct.Struct("<Q")
_PART = 1 << 18  # bytes asked for at a time
# What safetensors calls the types that may cross: no complex numbers, no eight-bit floats.
_DTYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "U16": torch.uint16, "U32": torch.uint32,
    "U64": torch.uint64, "I8": torch.int8, "I16": torch.int16, "I32": torch.int32,
    "I64": torch.int64, "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32,
    "F64": torch.float64,
}  # fmt: skip


class Malformed(ValueError):
    """The bytes are no frame, or a frame that may not be sent."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Failure(_Model):
    """An exception of the student's code, as ``StudentError`` has it."""

    type: str = Field(max_length=500)
    message: str = Field(max_length=4000)
    where: str = Field(max_length=500)


class Head(_Model):
    """A frame's header. A reply repeats the nonce of what it replies to.

    To the worker: ``cell``, a source to run; or ``name``, ``device`` and ``tree``, a program for
    the object of that name. From it: ``tree``, the reply; ``undefined``, there is no such name;
    or, after a cell, its ``failure``, if it raised, and ``shown``, the text of its result.
    """

    nonce: str = Field(default="", max_length=64)
    cell: str | None = None
    name: str = ""
    device: str = "cpu"
    tree: dict[str, Any] | None = None
    undefined: bool = False
    failure: Failure | None = None
    shown: str | None = Field(default=None, max_length=500)


def encode(head: Head, arrays: Sequence[torch.Tensor]) -> bytes:
    """A frame. Raises ``Malformed`` where it would be larger than a reader accepts."""
    header = dumps(head.model_dump(exclude_defaults=True), ensure_ascii=False).encode()
    payload = _joined(arrays) if arrays else b""
    if len(header) > MAX_HEADER or len(payload) > MAX_PAYLOAD:
        raise Malformed("more than may be sent in one frame")
    return _LENGTHS.pack(len(header), len(payload)) + header + payload


def _joined(arrays: Sequence[torch.Tensor]) -> bytes:
    # safetensors.torch.save does the same by way of NumPy and ctypes, in nine times the time.
    kept = [array.contiguous() for array in arrays]  # safetensors is handed bare addresses
    return serialize({
        str(i): TensorSpec(
            dtype=str(array.dtype).removeprefix("torch."),
            shape=array.shape,
            data_ptr=array.data_ptr(),
            data_len=array.nbytes,
        )
        for i, array in enumerate(kept)
    })  # fmt: skip


def decode(header: bytes, payload: bytes) -> tuple[Head, list[torch.Tensor]]:
    """What a frame's two parts say. Raises ``Malformed``."""
    if header.count(b"[") + header.count(b"{") > MAX_BRACKETS:
        raise Malformed("a header of too many parts")
    try:
        head = Head.model_validate_json(header)
        if not payload:
            return head, []
        if len(payload) < _INDEX.size or _INDEX.unpack_from(payload)[0] > MAX_HEADER:
            raise Malformed("the index of the arrays is too large")
        named = {name: _array(said) for name, said in deserialize(payload)}
        return head, [named[str(i)] for i in range(len(named))]
    except (ValidationError, SafetensorError, *_ODD) as error:
        raise Malformed(f"not a frame: {type(error).__name__}") from error


# What torch and safetensors raise for types, shapes and names that they do not know.
_ODD = (KeyError, ValueError, TypeError, OverflowError, RuntimeError)


def _array(said: dict[str, Any]) -> torch.Tensor:
    data, dtype = said["data"], _DTYPES[said["dtype"]]
    if not data:
        return torch.empty(said["shape"], dtype=dtype)
    if dtype is torch.bool and data.translate(None, b"\0\1"):
        raise Malformed("a truth value that is neither true nor false")
    return torch.frombuffer(data, dtype=dtype).reshape(said["shape"])


def send(sock: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Sends a frame. ``deadline`` is a time of ``time.monotonic``; without, it waits."""
    try:
        sock.settimeout(_left(deadline))
        sock.sendall(frame)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise EOFError from error


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[Head, list[torch.Tensor]]:
    """Waits for one frame. What the peer sent beyond it is read as the next, and has no nonce."""
    lengths = _LENGTHS.unpack(_exactly(sock, _LENGTHS.size, deadline))
    if lengths[0] > MAX_HEADER or lengths[1] > MAX_PAYLOAD:
        raise Malformed("a frame larger than is accepted")
    header, payload = (_exactly(sock, length, deadline) for length in lengths)
    return decode(header, payload)


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    # Memory grows with what has arrived, not with what was announced, nor with how many pieces.
    arrived = bytearray()
    while missing := count - len(arrived):
        sock.settimeout(_left(deadline))
        try:
            part = sock.recv(min(missing, _PART))
        except ConnectionResetError as error:
            raise EOFError from error
        if not part:
            raise EOFError
        arrived += part
    return bytes(arrived)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
