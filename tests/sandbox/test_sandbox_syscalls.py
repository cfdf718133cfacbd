"""The seccomp program, each time in a child that takes it and then tries."""

import json
import os
import platform
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pyseccomp
import pytest

from autograder.sandbox import SandboxMissing, syscalls

CHILD = """
import ctypes, errno, json, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments))
    return "ok" if result >= 0 else errno.errorcode[ctypes.get_errno()]
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
code = open(sys.argv[1], "rb").read()
program = Program(len(code) // 8, ctypes.cast(code, ctypes.c_void_p))
os.chdir(os.path.dirname(sys.argv[1]))
assert libc.prctl(38, 1, 0, 0, 0) == 0  # no_new_privs
assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0, os.strerror(ctypes.get_errno())
"""
X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="is about x86-64's other numbers")


@pytest.fixture
def confined(tmp_path: Path):
    """Runs Python code under the program; what it printed as JSON, or how it ended."""
    (tmp_path / "program").write_bytes(syscalls.filter_program())

    def run(code: str, seconds: float = 120):
        script = CHILD + textwrap.dedent(code)
        command = [sys.executable, "-c", script, str(tmp_path / "program")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode:
            return done.returncode, done.stderr
        return json.loads(done.stdout)

    return run


def number(name: str) -> int:
    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


def exists(name: str) -> bool:
    return number(name) >= 0


DENIED = [name for names in syscalls.DENIED.values() for name in names.split() if exists(name)]


def test_every_dangerous_call_is_refused(confined):
    """With zeros for arguments; a kernel that let them pass would say anything but EPERM."""
    numbers = {name: number(name) for name in DENIED}
    said = confined(
        f"print(json.dumps({{n: call(i, 0, 0, 0, 0, 0) for n, i in {numbers}.items()}}))"
    )
    assert said == dict.fromkeys(DENIED, "EPERM")
    assert len(DENIED) > 70


def test_root_is_refused_what_root_may(confined):
    """Calls that would succeed here without the program, whoever runs this test."""
    tried = {"unshare": [0], "add_key": [0] * 5, "shmget": [0, 4096, 0o1600], "syslog": [10]}
    tries = {name: (number(name), *arguments) for name, arguments in tried.items()}
    said = confined(f"print(json.dumps([call(*a) for a in {tries}.values()]))")
    assert said == ["EPERM"] * len(tried)


def test_what_nobody_named_does_not_exist(confined):
    assert (
        confined("print(json.dumps([call(n, 0, 0) for n in (600, 1023, 100_000)]))")
        == ["ENOSYS"] * 3
    )
    clone3 = number("clone3")
    assert confined(f"print(json.dumps(call({clone3}, 0, 0)))") == "ENOSYS"


def test_lists_have_no_name_in_common_and_no_mistyped_one():
    names = DENIED + syscalls.ALLOWED.split()
    assert len(set(names)) == len(names)
    conditional = {"clone", "clone3", "ioctl", "personality", "mknod", "socket", "socketpair"}
    assert not conditional & set(names)
    architectures = [pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64, pyseccomp.Arch.RISCV64]
    newer = {"cachestat", "fchmodat2", "futex_requeue", "futex_wait", "futex_wake", "mseal"}
    newer |= {"riscv_hwprobe"}
    for name in set(names) - newer:
        known = [pyseccomp.resolve_syscall(a, name) for a in architectures]
        assert any(found != -1 for found in known), name


@pytest.mark.parametrize("flag", syscalls._NEW_NAMESPACE)
def test_no_process_starts_in_a_new_namespace(confined, flag: str):
    value = syscalls._NEW_NAMESPACE[flag]
    assert (
        confined(f"print(json.dumps(call({number('clone')}, {value} | 17, 0, 0, 0, 0)))") == "EPERM"
    )
    if hasattr(os, flag):
        assert getattr(os, flag) == value


def test_sockets_are_local_or_of_the_internet(confined):
    make = number("socket")
    said = confined(f"""
        said = set()
        for family in range(46):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                if call({make}, family, kind, 0) not in ("EPERM", "EAFNOSUPPORT"):
                    said.add(family)
        protocols = [p for p in range(300) if call({make}, 2, 1, p) != "EPERM"]
        print(json.dumps([sorted(said), protocols]))
    """)
    allowed, protocols = said
    assert set(allowed) <= {1, 2, 10}
    assert 1 in allowed
    assert set(protocols) <= {0, 6, 17}


@pytest.mark.parametrize("high", [0, 1 << 32, 1 << 63, 0xFFFFFFFF << 32])
def test_bits_that_the_kernel_does_not_read_hide_nothing(confined, high: int):
    """CVE-2019-10063: a filter compared 64 bits of what the kernel reads as 32."""
    requests = sorted(syscalls._TERMINAL)
    ioctl, socket, personality = (number(name) for name in ("ioctl", "socket", "personality"))
    said = confined(f"""
        high = ctypes.c_long({high}).value
        said = [call({ioctl}, 0, r | high, 0) for r in {requests}]
        said += [call({socket}, family | high, 3, 0) for family in (16, 17, 38, 40)]
        said += [call({personality}, p | high) for p in (0, 0x40000, 0x400000)]
        print(json.dumps(said))
    """)
    assert set(said) == {"EPERM"}


def test_harmless_forms_of_guarded_calls_pass(confined):
    said = confined(f"""
        import fcntl, termios, array
        count = array.array("i", [0])
        r, w = os.pipe()
        os.write(w, b"seven..")
        fcntl.ioctl(r, termios.FIONREAD, count)
        os.mkfifo("pipe")
        os.mknod("plain")
        kinds = [call({number("mknodat")}, -100, 0, k | 0o600, 0) for k in (0o020000, 0o060000)]
        print(json.dumps([count[0], call({number("personality")}, 0xFFFFFFFF), *kinds]))
    """)
    assert said == [7, "ok", "EPERM", "EPERM"]


@X86
@pytest.mark.parametrize("nr", [0, 39, 272, 520])
def test_numbers_of_x32_end_the_process(confined, nr: int):
    code, _ = confined(f"call({nr} | 0x40000000, 0, 0, 0)")
    assert code == -31  # SIGSYS


@X86
def test_numbers_of_i386_end_the_process(confined):
    """``int 0x80`` with 20, getpid: in a kernel without i386 it is a segmentation fault."""
    code, _ = confined("""
        import mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes.fromhex("b814000000cd80c3"))
        where = ctypes.addressof(ctypes.c_char.from_buffer(page))
        print(json.dumps(ctypes.CFUNCTYPE(ctypes.c_int)(where)()))
    """)
    assert code in (-31, -11)


def test_a_child_and_what_it_executes_are_held_too(confined):
    said = confined(f"""
        import subprocess
        code = "import ctypes; l = ctypes.CDLL(None, use_errno=True);" \\
            "print(l.syscall({number("unshare")}, 0), ctypes.get_errno())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        pid = os.fork()
        if not pid:
            os._exit(call({number("unshare")}, 0) == "EPERM")
        print(json.dumps([done.stdout.split(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]))
    """)
    assert said == [["-1", "1"], 1]


def test_what_the_sandbox_itself_does_passes(confined):
    said = confined("""
        import select, signal, time
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if not pid:
            os.setsid()
            libc.prctl(4, 0, 0, 0, 0)
            socket.send_fds(theirs, [b"here"], [0])
            time.sleep(60)
        ended = os.pidfd_open(pid)
        said, fds, *_ = socket.recv_fds(ours, 16, 1)
        os.killpg(pid, signal.SIGKILL)
        poll = select.poll()
        poll.register(ended)
        poll.poll(5000)
        print(json.dumps([said.decode(), len(fds), os.waitpid(pid, 0)[1]]))
    """)
    assert said == ["here", 1, 9]


NOTEBOOK = """
import asyncio, multiprocessing, subprocess, threading
import matplotlib.pyplot as plt
import numpy as np, torch
from IPython.core.interactiveshell import InteractiveShell

said = {}
a = np.random.default_rng(0).normal(size=(64, 64))
said["numpy"] = bool(np.allclose(a @ np.linalg.inv(a), np.eye(64)))
torch.set_num_threads(2)
x = torch.randn(256, 256, requires_grad=True)
(x @ x).softmax(-1).sum().backward()
said["torch"] = bool(torch.isfinite(x.grad).all()) and torch.get_num_threads() == 2
plt.plot([1, 2])
plt.savefig("plot.png")
said["matplotlib"] = os.path.getsize("plot.png") > 1000
said["subprocess"] = subprocess.check_output(["sh", "-c", "echo $((6 * 7)) | cat"]).decode()
with multiprocessing.get_context("fork").Pool(2) as pool:
    said["pool"] = pool.map(abs, [-1, -2])
found = []
thread = threading.Thread(target=found.append, args=[1])
thread.start()
thread.join()
said["thread"] = found
async def true():
    return await (await asyncio.create_subprocess_exec("true")).wait()
said["asyncio"] = asyncio.run(true())
torch.save(x, "x.pt")
said["file"] = torch.load("x.pt").shape[0]
queue = torch.multiprocessing.get_context("fork").SimpleQueue()
queue.put(torch.ones(3))
said["shared memory"] = queue.get().sum().item()
shell = InteractiveShell.instance()
shell.run_cell("!echo hi > hi.txt")
said["IPython"] = open("hi.txt").read()
print(json.dumps(said))
"""


def test_what_notebooks_do_passes(confined, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    assert confined(NOTEBOOK) == {
        "numpy": True,
        "torch": True,
        "matplotlib": True,
        "subprocess": "42\n",
        "pool": [1, 2],
        "thread": [1],
        "asyncio": 0,
        "file": 256,
        "shared memory": 3.0,
        "IPython": "hi\n",
    }


@pytest.mark.bank  # a minute
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_torch_compiles(confined, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    said = confined("""
        import torch
        f = torch.compile(lambda x: (x.sin() + x.cos()).sum(-1))
        x = torch.randn(8, 33)
        print(json.dumps(torch.allclose(f(x), (x.sin() + x.cos()).sum(-1), atol=1e-5)))
    """)
    assert said is True


def test_the_complement_is_everything_else_once():
    values = {0, 5, 6, 13}
    parts = syscalls.complement(values, bits=4)
    found = [n for n in range(16) for mask, under in parts if n & mask == under]
    assert sorted(found) == [n for n in range(16) if n not in values]
    assert syscalls.complement(set(), bits=4) == [(8, 0), (8, 8)]


def test_no_libseccomp_is_refused_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch):
    def find(name: str) -> str | None:
        return None if name == "seccomp" else "libc.so.6"

    monkeypatch.setattr("ctypes.util.find_library", find)
    monkeypatch.delitem(sys.modules, "pyseccomp")
    syscalls.filter_program.cache_clear()
    with pytest.raises(SandboxMissing, match="apt-get install libseccomp2"):
        syscalls.filter_program()


def test_it_is_short_enough_for_every_kernel():
    assert len(syscalls.filter_program()) // 8 < 4096  # BPF_MAXINSNS
