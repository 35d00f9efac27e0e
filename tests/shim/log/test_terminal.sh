#!/bin/bash
# SPDX-License-Identifier: ISC
# A terminal as the log: auto takes it, a job in the background is not stopped for writing to it, one that is held (^S) holds
# nobody up.
. "$(dirname "$0")/../../tap.sh"

mkdir "$scratch/root"
alone=(unshare -m sh -c '[ ! -e /dev/log ] || mount --bind /dev/null /dev/log; exec "$@"' -)
if ! is_root; then
	[ ! -e /dev/log ] || needs_root "to hide /dev/log"
	alone=(env)
fi

# Where no syslogd listens, as in a container, whatever this machine has.
terminal()
{
	"${alone[@]}" \
		/usr/bin/python3 - "$library" "$scratch" "$@" <<'END'
import os, pty, signal, subprocess, sys, termios, time
patience = int(os.environ.get("TEST_PATIENCE", "1"))
library, scratch, situation = sys.argv[1:]
master, slave = pty.openpty()
policy = {"LD_PRELOAD": library, "PRECLUDE_ROOTS": scratch + "/root", "PATH": os.environ["PATH"]}
# Says nothing itself, which would be held too.
program = """
import os
for i in range(3):
    try:
        os.open('%s/outside%d', os.O_WRONLY | os.O_CREAT)
    except PermissionError:
        pass
os._exit(7)
"""
command = ["/usr/bin/python3", "-c", program.replace("%s", scratch).replace("%d'", "' + str(i)")]


def run(stdout, before=None):
    """The exit status, or how it ended else; and what the terminal has."""
    child = subprocess.Popen(command, env=policy, stdin=subprocess.DEVNULL, stdout=stdout, stderr=slave, preexec_fn=before)
    if situation == "held":
        termios.tcflow(slave, termios.TCOOFF)
    end = time.monotonic() + 20 * patience
    ended = 0
    while not ended and time.monotonic() < end:
        ended, status = os.waitpid(child.pid, os.WNOHANG)
        time.sleep(0.01)
    if not ended:
        child.kill()
        return "stuck", b""
    if situation == "held":
        return os.WEXITSTATUS(status), b""
    return os.WEXITSTATUS(status), os.read(master, 1 << 16)


def in_background():
    """In a session whose terminal this is, but not in the group in front, where the session's leader stays behind."""
    os.setsid()
    os.close(os.open(os.ttyname(slave), os.O_RDWR))
    child = os.fork()
    if child:
        status = os.waitpid(child, os.WUNTRACED)[1]
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)
    os.setpgid(0, 0)


if situation == "background":
    modes = termios.tcgetattr(slave)
    modes[3] |= termios.TOSTOP
    termios.tcsetattr(slave, termios.TCSANOW, modes)
status, text = run(slave if situation == "both" else subprocess.DEVNULL, in_background if situation == "background" else None)
lines = text.decode().split("\r\n")
# What Python itself opens when it starts (directories of modules, by release and user) is not counted.
said = [line for line in lines if scratch + "/outside" in line]
print(status, sum(line.startswith("preclude: DENIED ") and line.endswith("Z]") and line.count("preclude:") == 1 for line in said))
END
}

is "standard error is one" "$(terminal alone)" "7 3"
is "standard output is the same one" "$(terminal both)" "7 3"
is "in the background, with tostop" "$(terminal background)" "7 3"
is "held by its reader" "$(terminal held)" "7 0"
finish
