# SPDX-License-Identifier: ISC
"""
try_advice.py PROGRAM SCRATCH PLUGIN OUTSIDE-PLUGIN [FUNCTION...]: runs advised_calls's calls, as they were and as advised, each in a fresh tree.
Prints a line a check: "ok<tab>NAME", "not ok<tab>NAME<tab>WHAT" or "skip<tab>NAME<tab>WHY".
"""
import ctypes
import functools
import os
import re
import shutil
import socket
import stat
import subprocess
import sys

PROGRAM, SCRATCH, PLUGIN, OUTSIDE_PLUGIN = sys.argv[1:5]
ONLY = sys.argv[5:]  # functions; none: all
ROOT = os.geteuid() == 0
LIMIT = 60 * int(os.environ.get("TEST_PATIENCE", 1))
NEEDS_ROOT = {"chroot", "fspick", "pivot_root", "mount", "mount_setattr", "umount2", "acct", "fanotify_mark"}
PLANTED = {"file": "../outside/file", "dir": "../outside/dir", "missing": "../outside/missing", "program": "../outside/program",
           "FIFO": "../outside/fifo", "proc": "/proc"}
NAMES = {"f": "a file", "d": "a directory", "p": "a FIFO", "P": "an open FIFO", "m": "a missing name", "x": "a program",
         "s": "a socket", "b": "a shared object", "t": "a mount point", "n": "a new name", "w": "a wtmp file"}
held = []  # sockets


def make(case, path, content, plugin):
    """The object of a case, at `path`."""
    if case == "f":
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        os.setxattr(path, "user.k", content.encode())
    elif case == "w":
        with open(path, "wb") as file:
            file.write(bytes(384))
    elif case in "dt":
        os.mkdir(path)
        open(os.path.join(path, content), "w", encoding="ascii").close()
    elif case in "pP":
        os.mkfifo(path)
    elif case == "x":
        shutil.copy("/bin/echo", path)
    elif case == "s":
        there = os.getcwd()
        os.chdir(os.path.dirname(path))  # a short name, whatever the scratch directory is
        held.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        held[-1].bind(os.path.basename(path))
        os.chdir(there)
    elif case == "b":
        shutil.copy(plugin, path)


def plant(case, link):
    """A fresh tree: `root` with the object, and `outside`."""
    # Directories that a call closed can be emptied by root alone.
    for at, names, _ in os.walk(SCRATCH):
        for name in names:
            if not os.path.islink(os.path.join(at, name)):
                os.chmod(os.path.join(at, name), 0o700)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    root, outside = SCRATCH + "/root", SCRATCH + "/outside"
    for directory in (root, outside):
        os.makedirs(directory)
    make("f", outside + "/file", "this is outside", None)
    make("d", outside + "/dir", "outside-entry", None)
    make("x", outside + "/program", None, None)
    make("p", outside + "/fifo", None, None)
    os.chmod(outside + "/file", 0o604)
    if link in ("l", None):
        make(case, root + ("/inner" if link else "/object"), "inside", PLUGIN)
        if link:
            os.symlink("inner", root + "/object")
    else:
        os.symlink(link, root + "/object")
    os.chmod(root, 0o755)


def snapshot(directory, random):
    """All that a call could have changed. Names at random are one name, times are those that were set."""
    seen = {}
    for at, names, files in os.walk(SCRATCH + "/" + directory):
        for name in [""] + names + files:
            path = os.path.join(at, name) if name else at
            try:
                st = os.lstat(path)
            except PermissionError:
                # In a directory that the call closed to its owner, who is not root.
                seen[path] = "out of reach"
                continue
            kind = stat.S_IFMT(st.st_mode)
            what = [oct(st.st_mode), st.st_uid, st.st_gid, st.st_nlink if kind != stat.S_IFDIR else 0, st.st_mtime if st.st_mtime < 1000 else None]
            if kind == stat.S_IFLNK:
                what.append(os.readlink(path))
            else:
                what.append(sorted((key, os.getxattr(path, key)) for key in os.listxattr(path)))
            if kind == stat.S_IFREG:
                with open(path, "rb") as file:
                    what.append(file.read())
            key = re.sub(r"object.*", "object*", path) if random else path
            seen[key] = what
    return seen


def unshared(func, case):
    """What a child does before it becomes the program: name spaces of its own, a mount point."""
    libc = ctypes.CDLL(None, use_errno=True)
    if func in ("mount", "mount_setattr", "umount2", "pivot_root", "fspick"):
        assert libc.unshare(0x00020000) == 0  # CLONE_NEWNS
        assert libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None) == 0  # MS_REC | MS_PRIVATE
        for place in (b"object", b"inner", b"../outside/dir") if case == "t" else ():
            if os.path.isdir(place) and not os.path.islink(place):
                assert libc.mount(b"none", place, b"tmpfs", 0, None) == 0
    if func == "acct":
        assert libc.unshare(0x20000000) == 0  # CLONE_NEWPID


def peer(path):
    """The other end of a FIFO, for whoever opens it: what it reads is thrown away, what it writes is one byte."""
    return subprocess.Popen(["/bin/sh", "-c", f"while :; do cat {path} >/dev/null; done & while :; do printf x >{path}; done"],
                            start_new_session=True, stderr=subprocess.DEVNULL)


def ended(process):
    """What it printed; all that it started is ended."""
    try:
        said = process.communicate(timeout=LIMIT)[0].decode(errors="replace").strip()
        return said + ("" if process.returncode == 0 else f" (status {process.returncode})")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return "hangs"


def run(func, variant, case, link):
    """(answer, inside, outside) of one call in a tree of its own."""
    plant(case, link)
    other = peer(SCRATCH + ("/root/inner" if link else "/root/object")) if case == "P" else None
    program = [PROGRAM, func, variant]
    if func == "acct":
        program = ["/bin/sh", "-c", '"$@"; :', "sh"] + program  # the second process of the new name space
    answer = ended(subprocess.Popen(program, cwd=SCRATCH + "/root", start_new_session=True, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=lambda: unshared(func, case)))
    if other:
        os.killpg(other.pid, 9)
        other.wait()
    for one in held:
        one.close()
    held.clear()
    return answer, snapshot("root", case == "n"), snapshot("outside", False)


@functools.lru_cache(maxsize=None)
def original(func, case, link):
    return run(func, "original", case, link)


@functools.lru_cache(maxsize=None)
def untouched():
    """What lies outside before any call."""
    plant("m", None)
    return snapshot("outside", False)


def report(name, wrong):
    print(f"not ok\t{name}\t" + " ".join(str(wrong).split()) if wrong else f"ok\t{name}", flush=True)


def differs(got, wanted):
    """The part of two answers or trees that is not the same, or None."""
    if isinstance(got, tuple):
        return next((found for found in map(differs, got, wanted) if found), None)
    if isinstance(got, dict):
        return next((f"{key[len(SCRATCH):]}: {found}" for key in {**got, **wanted} if (found := differs(got.get(key), wanted.get(key)))), None)
    return None if got == wanted else f"got {got!r}, wanted {wanted!r}"


def same(func, cases, variant, link):
    for case in cases:
        if link and case in "mnst":
            continue
        got = run(func, variant, case, link)
        report(f"{func}, {variant}: on {'a link within to ' if link else ''}{NAMES[case]} it does what the call did",
               "it hangs" if got[0] == "hangs" else differs(got, original(func, case, link)))


def held_back(func, variant, follows, case):
    for kind, target in PLANTED.items():
        got = run(func, variant, case, target)
        wrong = "it hangs" if got[0] == "hangs" else differs(got[2], untouched())
        # What the original, which followed, told of the object outside is not told.
        if follows and not wrong and ("outside" in got[0] or (kind == "proc" and "proc" in got[0])):
            wrong = f"it answers {got[0]}"
        report(f"{func}, {variant}: a planted link to a {kind} outside does not redirect it", wrong)


def main():
    for line in subprocess.run([PROGRAM], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines():
        func, cases, *linked = line.split()
        if ONLY and func not in ONLY:
            continue
        if func in NEEDS_ROOT and not ROOT:
            print(f"skip\t{func}\tneeds root: to mount, account and change its root")
            continue
        planted = "t" if "t" in cases else cases[0]
        same(func, cases, "plain", None)
        held_back(func, "plain", linked, planted)
        if linked:
            same(func, cases, "linked", None)
            same(func, cases, "linked", "l")
            held_back(func, "linked", True, planted)


main()
