# SPDX-License-Identifier: ISC
"""A syslogd: writes what comes to /dev/log into a file, a line a message."""

import os
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, open(sys.argv[1], "ab", buffering=0) as messages:
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    while True:
        messages.write(log.recv(65536).rstrip(b"\0\n") + b"\n")
