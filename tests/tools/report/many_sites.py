# SPDX-License-Identifier: ISC
"""Prints a log of three thousand call sites, as an old program with a large code base leaves it."""
import json
import random

random.seed(1)
FUNCS = {"open": "open", "lstat": "look", "stat": "look", "chmod": "metadata", "unlink": "remove", "rename": "rename",
         "mkdir": "create", "utimensat": "metadata", "opendir": "open", "symlink": "create", "rmdir": "remove",
         "readlink": "look", "mkstemp": "create", "access": "look", "chdir": "enter", "execve": "run"}
BASE = {"v": 1, "pid": 7, "exe": "/usr/bin/old"}

print(json.dumps({**BASE, "event": "start", "time": "2026-01-02T03:04:05.000000Z", "argv0": "old", "build_id": "00" * 20,
                  "ppid": 1, "mode": "observe"}))
for i in range(3000):
    func = list(FUNCS)[min(int(random.expovariate(0.25)), len(FUNCS) - 1)]
    where = random.choices(["inside", "outside", "granted"], [8, 1, 1])[0]
    shared = random.random() < 0.1
    effect = random.choice(["passed", "passed", "would-deny", "failed"])
    worst = where == "outside" and effect == "passed" and FUNCS[func] not in ("look", "enter")
    call = {**BASE, "event": "call", "time": f"2026-01-02T03:{i // 60:02}:{i % 60:02}.000000Z", "func": func,
            "path": f"/srv/site{i}/name", "path2": None, "dir": None,
            "resolved": f"/var/tmp/site{i}" if shared else f"/usr/site{i}/name", "where": where, "from": "elsewhere",
            "escape": False, "does": FUNCS[func], "how": random.choice(["anchored", "unanchored", "unanchored"]),
            "effect": effect, "worst": worst, "by": None, "errno": None,
            "module": random.choice(["up", "pub", None]),
            "frames": [{"object": "/usr/bin/old", "build_id": "00" * 20, "offset": 4096 + i * 16, "symbol": f"caller{i}"},
                       {"object": "/usr/bin/old", "build_id": "00" * 20, "offset": 64, "symbol": "main"}]}
    print(json.dumps(call))
    count = {key: value for key, value in call.items() if key not in ("path", "path2", "dir", "resolved")}
    print(json.dumps({**count, "event": "count", "count": int(2 ** random.uniform(1, 12))}))
