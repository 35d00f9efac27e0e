# SPDX-License-Identifier: ISC
"""Makes an archive of names that zip(1) would not write: ARCHIVE NAME..."""

import sys
import zipfile

with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name in sys.argv[2:]:
        archive.writestr(name, "evil\n")
