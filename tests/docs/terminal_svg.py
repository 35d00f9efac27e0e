#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A picture of what a terminal showed: terminal_svg.py TITLE <OUTPUT >PICTURE.svg; its words again: --text PICTURE.svg

Knows the colours that tests/rsync/demo uses. The picture follows the reader's light or dark preference, and names no
font that must be there: each line is stretched to the width of its columns.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

COLUMN, LINE, MARGIN, BAR = 7.25, 17, 18, 34
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "1;34": "h"}
STYLE = """
	.paper { fill: #ffffff; stroke: #d0d7de } .bar { fill: #f6f8fa } .title { fill: #59636e }
	text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
	.b { font-weight: bold } .d { fill: #59636e } .r { fill: #c1121f } .g { fill: #0f7b33 }
	.h { fill: #0b5fc4; font-weight: bold } .dot { fill: #d0d7de }
	@media (prefers-color-scheme: dark) {
		.paper { fill: #0d1117; stroke: #30363d } .bar { fill: #161b22 } .title { fill: #9198a1 }
		text { fill: #e6edf3 } .d { fill: #9198a1 } .r { fill: #ff7b72 } .g { fill: #56d364 } .h { fill: #79c0ff }
		.dot { fill: #30363d }
	}
"""


def spans(line):
    """The parts of a line, and the class that each is shown in."""
    shown, kind = 0, None
    for code in re.finditer(r"\x1b\[([0-9;]*)m", line):
        if code.start() > shown:
            yield line[shown:code.start()], kind
        shown, kind = code.end(), CLASSES.get(code.group(1))
    if shown < len(line):
        yield line[shown:], kind


def picture(title, output):
    lines = [list(spans(line)) for line in output.replace("\r", "").rstrip("\n").split("\n")]
    lengths = [sum(len(text) for text, _ in line) for line in lines]
    width = round(max(lengths) * COLUMN + 2 * MARGIN)
    height = BAR + len(lines) * LINE + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
          f' role="img" aria-labelledby="title">\n<title id="title">{escape(title)}</title>\n<style>{STYLE}</style>')
    print(f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>')
    print(f'<path class="bar" d="M1 {BAR}V9a8 8 0 0 1 8-8H{width - 9}a8 8 0 0 1 8 8V{BAR}z"/>')
    for dot in range(3):
        print(f'<circle class="dot" cx="{20 + 18 * dot}" cy="{BAR / 2}" r="5.5"/>')
    print(f'<text class="title" x="{width / 2}" y="{BAR / 2 + 4}" text-anchor="middle">{escape(title)}</text>')
    for number, line in enumerate(lines):
        if not line:
            continue
        y = BAR + MARGIN + LINE * number + 8
        parts = "".join(f'<tspan class="{kind}">{escape(text)}</tspan>' if kind else escape(text) for text, kind in line)
        print(f'<text class="line" x="{MARGIN}" y="{y}" xml:space="preserve" lengthAdjust="spacing"'
              f' textLength="{lengths[number] * COLUMN:g}">{parts}</text>')
    print("</svg>")


def words(path):
    """What the picture says, a line each; those that are empty are not in it."""
    for text in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("class") == "line":
            print("".join(text.itertext()))


if sys.argv[1] == "--text":
    words(sys.argv[2])
else:
    picture(sys.argv[1], sys.stdin.read())
