#!/bin/bash
# SPDX-License-Identifier: ISC
# Bad values of every variable and option, generated from config/variables.def: each is refused with status 125 and exactly one
# line that names the option as it was typed, or the variable of the environment; and the command never ran.

. "$(dirname "$0")/../../tap.sh"

root=$scratch/root
mkdir "$root"

# refusals option|variable|alone: by an option, by a variable of the command, or by one of the library alone. One line a
# variable: its name, and "refuses" or what was wrong.
refusals()
{
	/usr/bin/python3 - "$1" "$top/config/variables.def" "$B/preclude" "$library" "$root" "${SEED:=$RANDOM}" <<'END'
import os, random, re, subprocess, sys
form, table, preclude, library, root, seed = sys.argv[1:]
random.seed(int(seed))
rows = re.findall(r'^VARIABLE\((\w+), \w+, "([^"]*)", (ELEMENT|VALUE|SWITCH), "([^"]*)"', open(table).read(), re.M)
everywhere = ["bogus", "../x", "tmp", "x/y", "a b", "a\nb", "\033[2J", "\x9b", "-1", "99999", "0x1", "1 ", " on", "ON", "yes", "abi:0", "abi:",
    "abi:99", "fd:", "fd:x", "fd:99", "fd:-1", "bind=", "bind=65536", "none:bind=1", "x:y", "\\", "a\\b", "/a\\", ",ro", "=", "=/x", "?", "??/x",
    "x" * 200, "/" + "x" * 5000, "/no/where", "/no/log", "?tmp", "/..", root + "/../root", root + ",zz", root + ",ro,dev", root + "\n",
    "a=" + root + ":a=/usr", "--temp-dir", "PRECLUDE_ROOTS", "%s%n", "/no/where/'\"$(id)"]


def mutants(argument):
    """Words that the table allows, each with one mistake."""
    for word in re.findall(r"[a-z][a-z-]+", argument):
        at = random.randrange(len(word))
        yield word[:at] + random.choice("qQ_ :") + word[at + 1:]
        yield word + word[-1]


def run(variable, option, value):
    environment = {"PATH": os.environ["PATH"], "PRECLUDE_LOG": "off", "PRECLUDE_ROOTS": root}
    if form == "option":
        words = [preclude, "run", "--root", root, "--log", "off", f"--{option}={value}", "--"]
        environment = {"PATH": os.environ["PATH"]}
        if option in ("root", "log"):
            words = [preclude, "run"] + (["--root", root] if option == "log" else ["--log", "off"]) + [f"--{option}={value}", "--"]
    elif form == "variable":
        words = [preclude, "run", "--"]
        environment["PRECLUDE_" + variable] = value
    else:
        words = []
        environment["PRECLUDE_" + variable] = value
        environment["LD_PRELOAD"] = library
    done = subprocess.run(words + ["/bin/echo", "ran"], env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stderr.decode(errors="replace"), done.stdout != b""


for variable, option, takes, argument in rows:
    refused = 0
    wrong = ""
    for value in everywhere + list(mutants(argument)):
        status, said, ran = run(variable, option, value)
        if status == 0 and ran:
            continue
        refused += 1
        name = f"--{option}" if form == "option" else f"PRECLUDE_{variable}"
        named = re.search(r"(?<![A-Z_-])" + re.escape(name) + r"(?![A-Za-z-])", said)
        lines = said.splitlines()
        if status != 125 or ran or len(lines) != 1 or not lines[0].startswith("preclude: refused: ") or not named \
                or (form == "option" and "PRECLUDE_" in said.replace(value, "")) \
                or any(ord(c) < 32 or 126 < ord(c) < 160 for c in lines[0]):
            wrong = wrong or f": {value[:60]!r} gave {status}, ran {ran}: {said!r}"
    print(f"{option if form == 'option' else variable} {'refuses' if refused else 'REFUSES NOTHING'}{wrong}")
END
}

echo "# SEED=${SEED:=$RANDOM}"
for form in option variable alone; do
	refusals $form >"$scratch/said"
	ok "$form: every variable was tried" [ "$(wc -l <"$scratch/said")" -eq \
		"$(grep -c '^VARIABLE(.*, \(ELEMENT\|VALUE\|SWITCH\), ' "$top/config/variables.def")" ]
	while read -r name said; do
		is "$form: $name" "$said" refuses
	done <"$scratch/said"
done

# What the policy leaves out is worth a warning where it is in force, and no line before a refusal.
started()
{
	env LD_PRELOAD="$library" PRECLUDE_LOG=stderr PRECLUDE_FORMAT=text "PRECLUDE_ROOTS=?/not/there:$1" true 2>&1 | cut -d ' ' -f 1-5
}
is "a path that is skipped, before a refusal" "$(started /neither)" 'preclude: refused: PRECLUDE_ROOTS, element 2,'
is "and where the policy is in force" "$(started /tmp | head -n 1)" 'preclude: warning: PRECLUDE_ROOTS, element 1,'
finish
