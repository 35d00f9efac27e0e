# SPDX-License-Identifier: ISC
"""What listens on a machine where systemd runs: /dev/log, whose messages go into a file, and a userdb that knows nobody."""

import os
import select
import socket
import sys

NOBODY = b'{"error":"io.systemd.UserDatabase.NoRecordFound","parameters":{}}\0'


def bound(kind, path):
    """A socket that everybody may reach."""
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(path)
    os.chmod(path, 0o666)
    return listener


os.makedirs("/run/systemd/userdb")
users = bound(socket.SOCK_STREAM, "/run/systemd/userdb/io.systemd.DynamicUser")
users.listen(100)
log = bound(socket.SOCK_DGRAM, "/dev/log")
with open(sys.argv[1], "ab", buffering=0) as messages:
    while True:
        for ready in select.select([users, log], [], [])[0]:
            if ready is log:
                messages.write(log.recv(65536).rstrip(b"\0\n") + b"\n")
                continue
            with users.accept()[0] as asks:
                asks.recv(65536)
                asks.send(NOBODY)
