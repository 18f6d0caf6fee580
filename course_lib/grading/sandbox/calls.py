"""The system calls that a kernel needs, with their numbers: what isn't listed here can't be called in the sandbox.

The numbers stand in the headers of Linux (asm/unistd_64.h, asm-generic/unistd.h) and never change. Not listed, among
others: whatever makes or enters a namespace, mounts, traces, loads programs into the kernel, opens memory that no
process is charged for (memfd_create, shmget, io_setup, inotify_init, msgget), changes its own share of the processor
(sched_setscheduler), writes extended attributes (they take the kernel's memory), makes devices or pipes with a name.
"""

MACHINES = ("x86_64", "aarch64")  # the two columns of numbers
FREE = """
read 0 63; write 1 64; open 2 -; close 3 57; stat 4 -; fstat 5 80; lstat 6 -; poll 7 -; lseek 8 62
mprotect 10 226; munmap 11 215; brk 12 214; rt_sigaction 13 134; rt_sigprocmask 14 135; rt_sigreturn 15 139
pread64 17 67; pwrite64 18 68; readv 19 65; writev 20 66; access 21 -; pipe 22 -; select 23 -; sched_yield 24 124
mremap 25 216; msync 26 227; mincore 27 232; madvise 28 233; dup 32 23; dup2 33 -; pause 34 -; nanosleep 35 101
getitimer 36 102; alarm 37 -; setitimer 38 103; getpid 39 172; sendfile 40 71; connect 42 203; accept 43 202
sendto 44 206; recvfrom 45 207; sendmsg 46 211; recvmsg 47 212; shutdown 48 210; bind 49 200; listen 50 201
getsockname 51 204; getpeername 52 205; getsockopt 55 209; fork 57 -; vfork 58 -; execve 59 221; exit 60 93
wait4 61 260; kill 62 129; uname 63 160; flock 73 32; fsync 74 82; fdatasync 75 83; truncate 76 45; ftruncate 77 46
getdents 78 -; getcwd 79 17; chdir 80 49; fchdir 81 50; rename 82 -; mkdir 83 -; rmdir 84 -; creat 85 -; link 86 -
unlink 87 -; symlink 88 -; readlink 89 -; chmod 90 -; fchmod 91 52; umask 95 166; gettimeofday 96 169
getrlimit 97 163; getrusage 98 165; sysinfo 99 179; times 100 153; getuid 102 174; getgid 104 176; geteuid 107 175
getegid 108 177; setgroups 116 159; setresuid 117 147; setresgid 119 149; setpgid 109 154; getppid 110 173
getpgrp 111 -; setsid 112 157; getgroups 115 158; getresuid 118 148; getresgid 120 150; getpgid 121 155
getsid 124 156; rt_sigpending 127 136; rt_sigtimedwait 128 137; rt_sigsuspend 130 133; sigaltstack 131 132
utime 132 -; statfs 137 43; fstatfs 138 44; getpriority 140 141; setpriority 141 140; sched_getparam 143 121
sched_getscheduler 145 120; sched_get_priority_max 146 125; sched_get_priority_min 147 126
sched_rr_get_interval 148 127; sched_getattr 315 275; arch_prctl 158 -; setrlimit 160 164; gettid 186 178
getxattr 191 8; lgetxattr 192 9; fgetxattr 193 10; listxattr 194 11; llistxattr 195 12; flistxattr 196 13
time 201 -; futex 202 98; sched_getaffinity 204 123; epoll_create 213 -; epoll_wait 232 -; epoll_ctl 233 21
set_tid_address 218 96; restart_syscall 219 128; fadvise64 221 223; timer_create 222 107; timer_settime 223 110
timer_gettime 224 108; timer_getoverrun 225 109; timer_delete 226 111; clock_gettime 228 113; clock_getres 229 114
clock_nanosleep 230 115; exit_group 231 94; tgkill 234 131; utimes 235 -; waitid 247 95; openat 257 56
mkdirat 258 34; newfstatat 262 79; unlinkat 263 35; renameat 264 38; linkat 265 37; symlinkat 266 36
readlinkat 267 78; fchmodat 268 53; faccessat 269 48; pselect6 270 72; ppoll 271 73; set_robust_list 273 99
get_robust_list 274 100; utimensat 280 88; epoll_pwait 281 22; signalfd 282 -; timerfd_create 283 85; eventfd 284 -
fallocate 285 47; timerfd_settime 286 86; timerfd_gettime 287 87; accept4 288 242; signalfd4 289 74; eventfd2 290 19
epoll_create1 291 20; dup3 292 24; pipe2 293 59; preadv 295 69; pwritev 296 70; recvmmsg 299 243; sendmmsg 307 269
prlimit64 302 261; getcpu 309 168; renameat2 316 276; getrandom 318 278; membarrier 324 283; copy_file_range 326 285
preadv2 327 286; pwritev2 328 287; statx 332 291; rseq 334 293; close_range 436 436; openat2 437 437
faccessat2 439 439; epoll_pwait2 441 441; futex_waitv 449 449; get_mempolicy 239 236; getdents64 217 61
"""
BY_ARGUMENT = """
sched_setscheduler 144 119
socket 41 198; socketpair 53 199; setsockopt 54 208; ioctl 16 29; fcntl 72 25; prctl 157 167; clone 56 220
mmap 9 222
"""
UNIX = 1  # AF_UNIX; the sandbox has no network, and most other families (AF_VSOCK!) know no namespaces
NEW_NAMESPACES = 0x7E020000  # clone's flags CLONE_NEW*
# mmap's flags: both together give memory that stays, and that nobody is charged for, when all but one page of it is
# given back. (What programs share is a file in /dev/shm, whose size is bounded; `walls` takes /dev/zero away.)
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
ALLOWED = {  # the argument that decides, its values that pass, and the error for all others
    "socket": (0, {UNIX}, "EAFNOSUPPORT"),
    "socketpair": (0, {UNIX}, "EAFNOSUPPORT"),
    # reuse, keepalive, linger, credentials, low-water marks, time-outs: no larger buffers, no filters
    "setsockopt": (2, {2, 9, 13, 16, 18, 19, 20, 21}, "EPERM"),
    # what a terminal is (TCGET*, TIOCG*), bytes that wait (FIONREAD), FIONBIO, FIO(N)CLEX, FICLONE; for "!command" a
    # terminal of one's own (TCSETS*, TIOCSCTTY, TIOCSPGRP, TIOCSWINSZ, its number and lock): not TIOCSTI, TIOCLINUX,
    # SIOC* or a device's own
    "ioctl": (1, {0x5401, 0x802C542A, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409,
                  0x5402, 0x5403, 0x5404, 0x402C542B, 0x402C542C, 0x402C542D, 0x540E, 0x5410, 0x5414, 0x5441,
                  0x80045430, 0x40045431}, "ENOTTY"),
    # copies of descriptors, their flags, the size of a pipe: no locks on ranges, no larger pipes, no signals
    "fcntl": (1, {0, 1, 2, 3, 4, 1030, 1032}, "EINVAL"),
    # ordinary, batch or idle, as every thread of ZeroMQ asks for: nobody gets back from idle without privileges
    "sched_setscheduler": (1, {0, 3, 5}, "EPERM"),
    # signal of a parent's death, names, what it asks of itself, no new privileges: not PR_SET_DUMPABLE, which hides it
    "prctl": (0, {1, 2, 3, 15, 16, 21, 23, 30, 38, 39, 40, 0x53564D41}, "EINVAL"),
}  # fmt: skip


def numbers(listed: str, machine: str) -> dict[str, int]:
    """The calls of one of the two lists that this machine has, with their numbers."""
    column, rows = 1 + MACHINES.index(machine), [one.split() for one in listed.replace("\n", ";").split(";")]
    return {row[0]: int(row[column]) for row in rows if row and row[column] != "-"}
