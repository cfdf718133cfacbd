"""Frames arrive as they were sent; whatever else arrives is refused in one way."""

import json
import socket
import struct
import threading
import time
import tracemalloc

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox import wire
from autograder.subject import decode_reply
from autograder.values import CannotCross, Packed, pack

DTYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.int64,
          torch.float16, torch.bfloat16, torch.float32, torch.float64]  # fmt: skip


@pytest.fixture
def ends():
    a, b = socket.socketpair()
    with a, b:
        yield a, b


def soon():
    return time.monotonic() + 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_a_frame_arrives_as_it_was_sent(ends, dtype, shape):
    array = torch.ones(shape).to(dtype)
    head = wire.Head(nonce="n", name="f", tree={"t": "str", "v": "é"})
    wire.send(ends[0], wire.encode(head, [array, torch.zeros(2)]), soon())
    received, arrays = wire.receive(ends[1], soon())
    assert received == head
    assert torch.equal(arrays[0], array)
    assert arrays[0].dtype == dtype


def test_more_than_may_be_sent_is_refused_by_the_sender():
    with pytest.raises(wire.Malformed):
        wire.encode(wire.Head(cell="x" * (wire.MAX_HEADER + 1)), [])


@pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (0, 2**32 - 1), (wire.MAX_HEADER + 1, 0)])
def test_an_announced_length_takes_no_memory(ends, lengths):
    ends[0].sendall(struct.pack("<II", *lengths))
    with pytest.raises(wire.Malformed):
        wire.receive(ends[1], soon())


def test_silence_and_absence_have_their_own_errors(ends):
    with pytest.raises(TimeoutError):
        wire.receive(ends[1], time.monotonic() + 0.05)
    ends[0].sendall(b"\x10\0\0\0\0\0\0\0 half")
    ends[0].close()
    with pytest.raises(EOFError):
        wire.receive(ends[1], soon())
    with pytest.raises(EOFError):
        wire.send(ends[1], b"x" * 1000, soon())


def test_a_trickle_does_not_extend_the_deadline(ends):
    def trickle():
        for byte in b"\x64\0\0\0\0\0\0\0" + b"x" * 100:
            try:
                ends[0].send(bytes([byte]))
            except OSError:
                return
            time.sleep(0.02)

    threading.Thread(target=trickle, daemon=True).start()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        wire.receive(ends[1], start + 0.2)
    assert time.monotonic() - start < 1.5


def decodes_or_refuses(header: bytes, payload: bytes) -> None:
    try:
        head, arrays = wire.decode(header, payload)
    except wire.Malformed:
        return
    try:
        decode_reply(Packed(head.tree or {}, arrays))
    except CannotCross:
        return


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_random_bytes_are_refused(header, payload):
    decodes_or_refuses(header, payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["tensor", "array", "list", "dict", "int", "float", "foreign", "seed"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["t", "v", "i", "device", "kind", "results", "error",
                                       "value", "changed", "gradients"]), inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["nonce", "tree", "cell", "failure", "name"]), JSON), JSON)
def test_random_json_is_refused(head, tree):
    payload = safetensors.torch.save({"0": torch.zeros(2), "1": torch.ones(1).bfloat16()})
    for said in (
        head,
        {"nonce": "", "tree": tree},
        {"nonce": "", "tree": {"t": "dict", "v": tree}},
    ):
        decodes_or_refuses(json.dumps(said).encode(), payload)


REPLY = pack({"results": [{"value": [torch.ones(3), 1.5, "x"], "changed": [], "gradients": {}}],
              "error": None})  # fmt: skip


@given(st.data())
def test_a_damaged_reply_is_refused(data):
    frame = wire.encode(wire.Head(nonce="n", tree=REPLY.tree), REPLY.arrays)
    header, _ = struct.unpack("<II", frame[:8])
    body = bytearray(frame[8:])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    decodes_or_refuses(bytes(body[:header]), bytes(body[header:]))


def indexed(array: dict, data: bytes) -> bytes:
    index = json.dumps({"0": array | {"data_offsets": [0, len(data)]}}).encode()
    return struct.pack("<Q", len(index)) + index + data


@pytest.mark.parametrize(
    "payload",
    [
        indexed({"dtype": "BOOL", "shape": [1]}, b"\2"),
        indexed({"dtype": "C64", "shape": [1]}, bytes(8)),
        indexed({"dtype": "F8_E4M3", "shape": [1]}, bytes(1)),
        indexed({"dtype": "F32", "shape": [2**64 - 1, 0]}, b""),
        indexed({"dtype": "F32", "shape": [2]}, bytes(4)),
        indexed({"dtype": "F32", "shape": [1]}, bytes(4))[:-1],
    ],
    ids=["neither true nor false", "complex", "eight bits", "no such shape", "short", "cut"],
)
def test_arrays_that_cannot_be_are_refused(payload):
    with pytest.raises(wire.Malformed):
        wire.decode(b"{}", payload)


def test_our_arrays_are_safetensors():
    arrays = [torch.rand(2, 3).T, torch.zeros(0, 3), torch.ones(()).bfloat16()]
    frame = wire.encode(wire.Head(), arrays)
    read = safetensors.torch.load(frame[8 + struct.unpack("<II", frame[:8])[0] :])
    assert all(torch.equal(read[str(i)], array) for i, array in enumerate(arrays))


def test_a_header_of_empty_lists_is_refused_before_it_is_read():
    header = b'{"tree":{"v":[' + b"[]," * wire.MAX_BRACKETS + b"[]]}}"
    tracemalloc.start()
    with pytest.raises(wire.Malformed):
        wire.decode(header, b"")
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


class ByteByByte:
    def settimeout(self, seconds):
        pass

    def recv(self, most):
        return bytes(bytearray(1))  # one that Python does not share


def test_memory_follows_what_arrives_and_not_how_many_pieces():
    tracemalloc.start()
    assert wire._exactly(ByteByByte(), 50_000, None) == bytes(50_000)
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"tree":' * 50_000])
def test_deep_nesting_is_refused(nested):
    with pytest.raises(wire.Malformed):
        wire.decode(nested, b"")
