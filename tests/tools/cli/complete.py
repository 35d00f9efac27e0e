# SPDX-License-Identifier: ISC
"""What a shell makes of keys: complete.py bash|zsh DIRECTORY BUILD LINE... types each LINE, lets the shell complete it, and
prints what then stands on its command line, each as one line. A LINE that ends in "*" is completed to every match.

The shell is a real one on a terminal of its own, in DIRECTORY, with the completions of this tree and BUILD/preclude."""
import os
import pty
import select
import shutil
import sys
import time

shell, directory, build, *lines = sys.argv[1:]
top = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
shutil.copy(os.path.join(top, "tools/completion/_preclude"), directory)

# Keys: ^T prints the command line between marks and empties it; ^O inserts every match.
SETUP = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"""
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous off'
. /usr/share/bash-completion/bash_completion; . {top}/tools/completion/preclude.bash
said() {{ printf '\\001%s\\002' "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0; }}
bind '"\\C-o": insert-completions'; bind -x '"\\C-t": said'
"""),
    "zsh": (["zsh", "-f", "-i"], f"""
fpath=({directory} $fpath); autoload -Uz compinit; compinit -D -u; unsetopt beep; setopt no_always_last_prompt
zstyle ':completion:*' verbose no
zstyle ':completion:*' use-cache no
all() {{ compstate[insert]=all; _main_complete; compstate[insert]=all; compstate[list]=; }}
zle -C all complete-word all; bindkey '^O' all
said() {{ printf '\\001%s\\002' "$BUFFER"; BUFFER=; zle -I; }}
zle -N said; bindkey '^T' said
"""),
}
arguments, setup = SETUP[shell]
environment = {"PATH": build + ":" + os.environ["PATH"], "TERM": "dumb", "HOME": directory, "PS1": "", "LC_ALL": "C",
               "COLUMNS": "10000", "PWD": directory}

pid, terminal = pty.fork()
if pid == 0:
    os.chdir(directory)
    os.execvpe(arguments[0], arguments, environment)


def answer(keys, seconds=20):
    """Types, and reads what stands between the next pair of marks."""
    os.write(terminal, keys.encode())
    said, end = b"", time.monotonic() + seconds
    while b"\2" not in said:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"{shell} says nothing: {said!r}")
        said += os.read(terminal, 65536)
    return said.split(b"\2")[0].rsplit(b"\1", 1)[-1].decode()


script = os.path.join(directory, "setup")
with open(script, "w") as file:
    file.write(setup)
answer(f". {script}; printf '\\001\\002'\n")
for line in lines:
    print(answer(line[:-1] + "\x0f\x14" if line.endswith("*") else line + "\t\x14").strip(), flush=True)
os.write(terminal, b"exit\n")
