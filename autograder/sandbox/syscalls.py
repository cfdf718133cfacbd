"""Which system calls a submission may make: a seccomp program, written by libseccomp.

What is not named here does not exist inside, as it would not on an older kernel (``ENOSYS``): so a
call that is newer than this list is refused, and a C library that knows it does without. What is
known to be dangerous is refused in so many words (``EPERM``).
"""

import errno
import os
import stat
import tempfile
import termios
from collections.abc import Collection, Iterator
from functools import cache
from socket import AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP, IPPROTO_UDP
from typing import TYPE_CHECKING

from autograder.sandbox.limits import SandboxMissing

if TYPE_CHECKING:
    from pyseccomp import SyscallFilter

ALLOWED = """
    accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown
    clock_getres clock_gettime clock_nanosleep close close_range connect copy_file_range creat
    dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd
    eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod
    fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr
    fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake
    futimesat get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64
    getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid
    getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt
    gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1
    inotify_rm_watch ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
    landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr
    lseek lsetxattr lstat madvise mbind membarrier memfd_create mincore mkdir mkdirat mlock mlock2
    mlockall mmap mprotect mremap mseal msync munlock munlockall munmap nanosleep newfstatat open
    openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect
    poll ppoll prctl pread64 preadv preadv2 prlimit64 pselect6 pwrite64 pwritev pwritev2 read
    readahead readlink readlinkat readv recvfrom recvmmsg recvmsg remap_file_pages removexattr
    rename renameat renameat2 restart_syscall riscv_flush_icache riscv_hwprobe rmdir rseq
    rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield select sendfile
    sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area
    set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid
    setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shutdown sigaltstack
    signalfd signalfd4 splice stat statfs statx symlink symlinkat sync sync_file_range syncfs
    sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime
    timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat
    utime utimensat utimes vfork vmsplice wait4 waitid write writev
"""

DENIED = {
    "namespaces, and what hangs in them": """
        chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree pivot_root
        setdomainname sethostname setns umount umount2 unshare""",
    "other processes": """
        kcmp perf_event_open pidfd_getfd process_madvise process_mrelease process_vm_readv
        process_vm_writev ptrace""",
    "files by handle instead of by path": """
        fanotify_init fanotify_mark lookup_dcookie name_to_handle_at open_by_handle_at""",
    "what outlives a process, or is common to several": """
        add_key keyctl mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl
        msgget msgrcv msgsnd request_key semctl semget semop semtimedop shmat shmctl shmdt shmget
        """,
    "large parts of the kernel that are attacked often": """
        bpf io_uring_enter io_uring_register io_uring_setup modify_ldt seccomp userfaultfd vm86
        vm86old""",
    "the machine": """
        acct adjtimex clock_adjtime clock_settime delete_module finit_module init_module ioperm iopl
        kexec_file_load kexec_load nfsservctl quotactl quotactl_fd reboot settimeofday stime swapoff
        swapon syslog vhangup""",
}

_NEW_NAMESPACE = {  # flags of clone; the numbers are the kernel's, and Python has them since 3.12
    "CLONE_NEWNS": 0x00020000,
    "CLONE_NEWCGROUP": 0x02000000,
    "CLONE_NEWUTS": 0x04000000,
    "CLONE_NEWIPC": 0x08000000,
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
}
# Typed into another process's terminal, or setting a terminal's discipline.
_TERMINAL = {termios.TIOCSTI, termios.TIOCLINUX, termios.TIOCSETD, termios.TIOCCONS}
_PROTOCOLS = {0, IPPROTO_TCP, IPPROTO_UDP}
_ALL = 0xFFFFFFFF
_UNKNOWN = -1  # to this libseccomp, and therefore refused


@cache
def filter_program() -> bytes:
    """The program as the kernel takes it: an array of ``struct sock_filter``.

    Give it to ``prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, …)``. ``SandboxMissing`` where this
    machine has no libseccomp.
    """
    with tempfile.TemporaryFile() as file:
        _rules().export_bpf(file)
        file.seek(0)
        return file.read()


def _rules() -> "SyscallFilter":
    try:
        from pyseccomp import ALLOW, ERRNO, KILL_PROCESS, MASKED_EQ, Arg, Attr, SyscallFilter
    except ImportError as error:
        raise SandboxMissing(
            "pyseccomp is not installed: run `pip install attnbook[grade]`"
        ) from error
    except RuntimeError as error:
        raise SandboxMissing(
            "libseccomp is not installed: run `apt-get install libseccomp2`"
        ) from error
    denied = ERRNO(errno.EPERM)
    rules = SyscallFilter(ERRNO(errno.ENOSYS))
    # A call by the numbers of another architecture (i386, x32) would slip past every name here.
    rules.set_attr(Attr.ACT_BADARCH, KILL_PROCESS)
    rules.set_attr(Attr.CTL_OPTIMIZE, 2)  # a binary tree
    for name in _known(ALLOWED.split()):
        rules.add_rule(ALLOW, name)
    for name in _known(" ".join(DENIED.values()).split()):
        rules.add_rule(denied, name)

    # clone3 has its flags in memory, where no filter sees them. C libraries fall back on clone.
    flags = 1 if os.uname().machine.startswith("s390") else 0
    rules.add_rule(ALLOW, "clone", Arg(flags, MASKED_EQ, sum(_NEW_NAMESPACE.values()), 0))
    for flag in _NEW_NAMESPACE.values():
        rules.add_rule(denied, "clone", Arg(flags, MASKED_EQ, flag, flag))

    # The kernel reads 32 bits of these arguments, so no more may be compared.
    def only(argument: int, *values: int) -> list[Arg]:
        return [Arg(argument, MASKED_EQ, _ALL, value) for value in values]

    def any_but(argument: int, values: Collection[int]) -> list[Arg]:
        return [Arg(argument, MASKED_EQ, *part) for part in complement(values)]

    for call in ("socket", "socketpair"):
        rules.add_rule(ALLOW, call, *only(0, AF_UNIX))
        for internet in only(0, AF_INET, AF_INET6):
            for protocol in only(2, *_PROTOCOLS):
                rules.add_rule(ALLOW, call, internet, protocol)
            for protocol in any_but(2, _PROTOCOLS):
                rules.add_rule(denied, call, internet, protocol)
        for family in any_but(0, {AF_UNIX, AF_INET, AF_INET6}):
            rules.add_rule(denied, call, family)
    for request in any_but(1, _TERMINAL):
        rules.add_rule(ALLOW, "ioctl", request)
    for request in only(1, *_TERMINAL):
        rules.add_rule(denied, "ioctl", request)
    rules.add_rule(ALLOW, "personality", *only(0, _ALL))  # asks what it is
    for other in any_but(0, {_ALL}):
        rules.add_rule(denied, "personality", other)
    for call, mode in (("mknod", 1), ("mknodat", 2)):
        for kind in (0, stat.S_IFREG, stat.S_IFIFO, stat.S_IFSOCK):
            rules.add_rule(ALLOW, call, Arg(mode, MASKED_EQ, 0o170000, kind))
        for kind in (stat.S_IFBLK, stat.S_IFCHR):
            rules.add_rule(denied, call, Arg(mode, MASKED_EQ, 0o170000, kind))
    return rules


def _known(names: Collection[str]) -> Iterator[str]:
    from pyseccomp import Arch, resolve_syscall

    return (name for name in names if resolve_syscall(Arch.NATIVE, name) != _UNKNOWN)


def complement(values: Collection[int], bits: int = 32) -> list[tuple[int, int]]:
    """The other numbers of ``bits`` bits, as few masks, each with what must be under it.

    libseccomp can compare under a mask with equal, and not with unequal.

    >>> complement({0b101}, bits=3)
    [(4, 0), (6, 6), (7, 4)]
    """
    parts: list[tuple[int, int]] = []
    prefixes = [0]
    for bit in reversed(range(bits)):
        mask = (1 << bits) - (1 << bit)
        halves = [prefix | half << bit for prefix in prefixes for half in (0, 1)]
        prefixes = [half for half in halves if half in {value & mask for value in values}]
        parts += [(mask, half) for half in halves if half not in prefixes]
    return parts
