#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whether what the documents name is there: names.py CHECK TOP PRECLUDE prints each name that is not, and where it stands.

The checks are the functions below: links, files, variables, options, pages, targets, recipes, comparison, workflow.
"""
import glob
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(sys.argv[2])
DOCUMENTS = [TOP / "README.md", *sorted(TOP.glob("[CS]*.md")), *sorted(TOP.glob("docs/*.md"))]
PAGES = sorted(TOP.glob("docs/*.[1-8]"))
COMMANDS = "run|status|inspect|observe|report|suggest|rsyncd"


def lines(paths):
    for path in paths:
        for number, line in enumerate(path.read_text().split("\n"), 1):
            yield f"{path.relative_to(TOP)}:{number}", line


def complain(where, name):
    print(f"{where}: {name}")


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, cwd=TOP).stdout


def links():
    """Links in Markdown to files of ours."""
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#]+)", document.read_text()):
            if not link.startswith("https://") and not (document.parent / link).exists():
                complain(document.name, link)


def files():
    """What shows a claim; and files in backquotes, from the top or, as BLIND-SPOTS.md has them, from tests/; a program by its source."""
    floors = "config|sandbox|shim|tools|tests|docs|packaging|debian|rsync|kernels|fuzz|bench"
    for where, line in lines(DOCUMENTS):
        for name in (word for list in re.findall(r"<!-- shown by (.*) -->", line) for word in list.split()):
            if not (TOP / name).is_file():
                complain(where, name)
        for name in re.findall(rf"`((?:{floors})/[A-Za-z0-9_.*/-]*)[^`]*`", line):
            places = [base / name for base in (TOP, TOP / "tests") if "FLOOR" not in name]
            if places and not any(glob.glob(str(place)) + glob.glob(f"{place}.c") for place in places):
                complain(where, name)


def variables():
    """PRECLUDE_*: those of config/variables.def, each of which is in libpreclude(7); lists may go on in further ones."""
    known = set(re.findall(r"^VARIABLE\((\w+)", (TOP / "config/variables.def").read_text(), re.M))
    journal = set(re.findall(r'"PRECLUDE_(\w+)"', (TOP / "shim/log/event_fields.c").read_text()))
    for where, line in lines(DOCUMENTS + PAGES):
        for name in re.findall(r"PRECLUDE_([A-Z][A-Z_]*[A-Z](?:_[0-9]+)?)", line):
            if re.sub(r"_[0-9]+$", "", name) not in known | journal:
                complain(where, "PRECLUDE_" + name)
    described = set(re.findall(r"^\.(?:It )?Ev.*$", (TOP / "docs/libpreclude.7").read_text(), re.M))
    for name in sorted(known):
        if not any(re.search(rf"PRECLUDE_{name}\b", line) for line in described):
            complain("docs/libpreclude.7", f"PRECLUDE_{name} is missing")


def helped():
    """The options of each command, as its help has them, and whether a word of their own follows."""
    return {command: {name: after == " " for name, after in
                      re.findall(r"^  --([a-z-]+)(?:( )\S|.*)", output(sys.argv[3], "help", command), re.M)}
            for command in COMMANDS.split("|")}


def own_options(words, known):
    """The names of the options before the first word that is none."""
    words = iter(words)
    for word in words:
        name = re.match(r"--([a-z][a-z-]*)(=?)", word)
        if not name:
            return
        yield name.group(1)
        if known.get(name.group(1)) and not name.group(2):
            next(words, None)


def options():
    """Options after the command's name in the documents; and preclude(1) has those of --help, neither less nor more."""
    known = helped()
    for where, line in lines(DOCUMENTS + PAGES):
        for command, rest in re.findall(rf"preclude ({COMMANDS}) ([^`]*)", line.replace("\\-", "-").replace("\\e", "")):
            for name in own_options(rest.split(), known[command]):
                if name not in known[command]:
                    complain(where, f"preclude {command} --{name}")
    page = (TOP / "docs/preclude.1").read_text().replace("\\-", "-")
    described = set(re.findall(r"^\.(?:It Fl|Ss preclude report -)\s?-([a-z-]+)", page, re.M)) | {"help"}
    known = set().union(*known.values())
    for name in sorted(known - described):
        complain("docs/preclude.1", f"--{name} is missing")
    for name in sorted(described - known):
        complain("docs/preclude.1", f"--{name}: no command has it")


def pages():
    """Other pages: ours, those of an installed package (also where its pages were left out), and of these few."""
    ours = {(path.stem, path.suffix[1:]) for path in PAGES}
    elsewhere = {("debuginfod-find", "1"), ("inetd", "8"), ("io_uring", "7"), ("io_uring_setup", "2")}
    installed = set()
    for packages in pathlib.Path("/var/lib/dpkg/info").glob("*.list"):
        installed |= set(re.findall(r"/man/man\d/(.+)\.(\d)\w*(?:\.gz)?$", packages.read_text(), re.M))
    for where, line in lines(PAGES):
        for name in re.findall(r"\bXr (\S+) (\d)", line.replace("\\-", "-")):
            if name not in ours | elsewhere | installed:
                complain(where, "%s(%s)" % name)
    for where, line in lines(DOCUMENTS):
        for name in re.findall(r"\b((?:lib)?preclude(?:-\w+)?)\((\d)\)", line):
            if name not in ours:
                complain(where, "%s(%s)" % name)


def made():
    """The targets of the Makefile that people make."""
    rules = subprocess.run(["make", "-pnq", "-C", TOP], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"^([a-z][a-z0-9-]*):", rules, re.M))


def targets():
    """What is made."""
    known = made()
    for where, line in lines(DOCUMENTS):
        for words in re.findall(r"(?:`|^    |^|&& )make ((?:[a-z][a-z0-9-]*(?: |$|`))+)(?: |$|`)?", line):
            for name in words.strip("` ").split():
                if name not in known:
                    complain(where, "make " + name)


def recipes():
    """Blocks that a test reads by their name, from a document that it names."""
    tests = [path.read_text() for path in TOP.glob("tests/*/**/*.sh")]
    for where, line in lines(DOCUMENTS + PAGES):
        for name in re.findall(r'^(?:<!--|\.\\") (?:recipe: )([\w.-]+)', line):
            page = re.escape(where.split(":")[0])
            if not any(re.search(page, test) and re.search(rf"\b{re.escape(name)}\b", test) for test in tests):
                complain(where, f"no test has the recipe {name}")


def comparison():
    """COMPARISON.md says of each row of README.md's table how it was found, and of no other."""
    def rows(name):
        return re.findall(r"^\| ([a-z][^|]*?) \|", (TOP / name).read_text(), re.M)
    for row in set(rows("README.md")) ^ set(rows("docs/COMPARISON.md")):
        complain("docs/COMPARISON.md", row)


def workflow():
    """What the workflow runs, row by row; and the examples for others are YAML."""
    import yaml
    for document in DOCUMENTS:
        for block in re.findall(r"^```yaml\n(.*?)^```", document.read_text(), re.M | re.S):
            yaml.safe_load(block)
    known = made()
    job = yaml.safe_load((TOP / ".github/workflows/ci.yml").read_text())["jobs"]["make"]
    for row in job["strategy"]["matrix"]["include"]:
        program, *words = row["run"].split()
        wanted = [word for word in words if "=" not in word]
        if not (TOP / program).is_file() if program != "make" else not wanted or set(wanted) - known:
            complain("ci.yml", row["run"])


globals()[sys.argv[1]]()
