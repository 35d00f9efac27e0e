# SPDX-License-Identifier: ISC
"""Exchanges two names as fast as it can, until it is ended: ONE TWO

Prints 0 when it begins, and in the end how often it did.
"""

import ctypes
import signal
import sys

AT_FDCWD, RENAME_EXCHANGE = -100, 2
one, two = (name.encode() for name in sys.argv[1:])
libc = ctypes.CDLL(None)
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
print("0", flush=True)
swaps = 0
while not ended:
    libc.renameat2(AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE)
    swaps += 1
print(swaps)
