#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs a command and writes the kernel's audit records of that time as auditd would: audit_records.py FILE COMMAND...

Auditing is switched on for that long, where it is off, as auditctl -e would, with room for what other tests are denied
meanwhile (auditctl -b: of the kernel's own 64 records some are lost). Ends with the command's status, with 75 where
records were lost all the same, or with 77 where the kernel lets nobody do that here."""
import socket
import struct
import subprocess
import sys
import time

NETLINK_AUDIT, AUDIT_GET, AUDIT_SET, READERS = 9, 1000, 1001, 1
ENABLED, BACKLOG_LIMIT, ROOM = 1, 16, 65536
LOST = 6  # of struct audit_status, linux/audit.h
NAMES = {1300: "SYSCALL", 1302: "PATH", 1307: "CWD", 1320: "EOE", 1327: "PROCTITLE"}


def ask(control, kind, payload=b""):
    control.sendto(struct.pack("IHHII", 16 + len(payload), kind, 5, 1, 0) + payload, (0, 0))
    status = None
    while True:
        answer = control.recv(65536)
        answered = struct.unpack_from("H", answer, 4)[0]
        if answered == 2 and struct.unpack_from("i", answer, 16)[0]:
            raise OSError("refused")
        if answered == AUDIT_GET:
            status = struct.unpack_from("11I", answer, 16)
        if kind == AUDIT_SET or status:
            return status


def switch(control, on, room):
    ask(control, AUDIT_SET, struct.pack("11I", ENABLED | BACKLOG_LIMIT, on, 0, 0, 0, room, *[0] * 5))


def main():
    try:
        control = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        control.settimeout(5)
        before = ask(control, AUDIT_GET)
        reader = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        reader.setsockopt(socket.SOL_SOCKET, 33, 1 << 29)  # SO_RCVBUFFORCE
        reader.settimeout(5)
        reader.bind((0, READERS))
        switch(control, 1, ROOM)
    except OSError as error:
        print(f"no audit records here: {error}", file=sys.stderr)
        return 77
    try:
        try:  # The switch is a record itself, which the kernel sends to the first network name space alone.
            reader.recv(65536)
        except socket.timeout:
            print("no audit records here: they are not sent to this network name space", file=sys.stderr)
            return 77
        status = subprocess.run(sys.argv[2:]).returncode
        time.sleep(0.1)
        if ask(control, AUDIT_GET)[LOST] != before[LOST]:
            status = 75
    finally:
        switch(control, before[1], before[5])
    reader.settimeout(0.3)
    with open(sys.argv[1], "wb") as out:
        try:
            while True:
                record = reader.recv(65536)
                kind = struct.unpack_from("H", record, 4)[0]
                name = NAMES.get(kind, f"UNKNOWN[{kind}]")
                out.write(f"type={name} msg=".encode() + record[16:].rstrip(b"\0\n") + b"\n")
        except socket.timeout:
            pass
        except OSError:  # ENOBUFS
            status = 75
    return status


sys.exit(main())
