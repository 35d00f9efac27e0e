# SPDX-License-Identifier: ISC
"""
check_page.py HOSTILE MANY EMPTY BASELINE: the HTML report in a headless Chromium, by mouse and keyboard. Prints a line a check:
"ok<tab>NAME" or "not ok<tab>NAME<tab>WHAT". With PICTURES=DIRECTORY it leaves screenshots there.
"""
import os
import sys

from browser import Browser

HOSTILE, MANY, EMPTY, BASELINE = sys.argv[1:5]
browser = Browser()


def check(name, got, wanted=True):
    print(f"ok\t{name}" if got == wanted else f"not ok\t{name}\tgot {got!r}, wanted {wanted!r}")


def column(name):
    return browser.run(f"[...document.querySelectorAll('tr.site .c-{name}')].map((cell) => cell.textContent)")


def count(selector):
    return browser.run(f"[...document.querySelectorAll({selector!r})].filter((e) => e.checkVisibility()).length")


def text(selector):
    return browser.run(f"document.querySelector({selector!r}).textContent")


def figures(name):
    return [int(value.replace(",", "")) for value in column(name)]


def colour(of):
    """How light a colour is, 0 to 255."""
    value = browser.run(f"getComputedStyle({of[0]}).{of[1]}")
    return sum(int(float(part)) for part in value[value.index("(") + 1:-1].split(",")[:3]) / 3


def shoot(name):
    if "PICTURES" in os.environ:
        browser.picture(os.path.join(os.environ["PICTURES"], name + ".png"))


PAPER = ("document.body", "backgroundColor")
INK = ("document.body", "color")

# Names that an attacker chose. The page has the elements that it was written with, and no other.
browser.open(HOSTILE)
check("a page of hostile names has call sites", count("tr.site") >= 3)
for index in range(count("tr.site")):
    browser.run(f"document.querySelectorAll('tr.site')[{index}].click()")
check("each opens", count("tr.detail"), count("tr.site"))
shoot("hostile")
check("nothing in the data became an element", browser.run(
    "document.querySelectorAll('img, b:not(#classes b), i, iframe, object, base, form, body script:not(#data):not(:last-of-type)').length"), 0)
check("nor was anything run", browser.run("window.pwned === undefined"))
shown = text("body")
check("markup is shown as it is", "</script><img src=x onerror=" in shown)
check("quotes too", "\"&'" in shown)
check("bytes that are no UTF-8 are spelt out", "\\xff" in shown)
check("what reorders text is spelt out", "\\u202e" in shown and "\u202e" not in text("main"))
check("so is a line's end", "\\x0a" in shown)

# No page of its own is a page that may do anything: the policy holds, and there is nothing to fetch.
policy = browser.run("document.querySelector('meta[http-equiv]').content")
check("the policy allows nothing but the page's own", "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy)
before = len(browser.errors)
browser.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.pwned = 1'}))")
check("and the browser enforces it", browser.run("window.pwned === undefined"))
check("which it says", len(browser.errors) > before)
del browser.errors[before:]

# Sorting.
browser.open(MANY)
check("of thousands of sites a hundred are made", count("tr.site"), 100)
check("and it says how many there are", text("#shown"), "3,000")
CLASSES = browser.run("[...document.querySelectorAll('#classes .name')].map((e) => e.textContent)")
order = [CLASSES.index(name) for name in column("class")]
check("the worst come first", order == sorted(order) and order[0] == 0)
browser.click("th[data-column=count] button")
check("a click sorts by calls, the most first", figures("count"), sorted(figures("count"), reverse=True))
check("which readers of the screen are told", browser.run("document.querySelector('th[data-column=count]').ariaSort"), "descending")
most = figures("count")[0]
browser.click("th[data-column=count] button")
check("another turns it round", figures("count") == sorted(figures("count")) and figures("count")[0] < most)
browser.run("document.querySelector('th[data-column=func] button').focus()")
browser.press("Enter")
check("the keyboard sorts too", column("func"), sorted(column("func")))
browser.click("#more")
check("more are shown when asked for", count("tr.site"), 200)

# Filtering.
browser.run("document.querySelector('#search').focus()")
browser.type("chmod site7")
check("words filter, all of them", set(column("func")), {"chmod"})
check("and the count follows", text("#shown").endswith(" of 3,000"))
browser.click("#clear")
check("filters can be cleared", (text("#shown"), browser.run("document.querySelector('#search').value")), ("3,000", ""))
browser.click("#classes button.swappable")
check("a class filters", set(column("class")), {CLASSES[2]})
browser.click("#classes button.escaped")
check("two classes add up", set(column("class")), {CLASSES[0], CLASSES[2]})
browser.click("#clear")
bar = text("#chart button .code")
browser.click("#chart button")
check("a bar of the chart filters by its function", set(column("func")), {bar})
check("and is marked", browser.run("document.querySelector('#chart button').ariaPressed"), "true")
browser.click("#chart button")
check("and lets go", text("#shown"), "3,000")
total = browser.run("[...document.querySelectorAll('#chart .figure')].reduce((n, e) => n + +e.textContent.replace(/,/g, ''), 0)")
check("the bars add up to all sites", total, 3000)
check("a bar has a part for each class", browser.run("document.querySelectorAll('#chart li:first-child rect').length") >= 3)
browser.click("#by-calls")
check("or to all calls", browser.run("[...document.querySelectorAll('#chart .figure')].reduce((n, e) => n + +e.textContent.replace(/,/g, ''), 0)"),
      browser.run("JSON.parse(document.getElementById('data').textContent).calls"))
browser.type("")
browser.run("document.querySelector('#search').focus()")
browser.type("no such thing anywhere")
check("what matches nothing says so", (count("tr.site"), count("#nothing"), count("#sites")), (0, 1, 0))
browser.click("#clear")

# A site, by mouse and keyboard.
browser.click("#classes button.escaped")
browser.run("document.querySelector('#search').focus()")
browser.type("unanchored")
browser.click("tr.site")
check("a click opens a site", count("tr.detail"), 1)
detail = text("tr.detail")
check("with its stack, an example and what to write", all(word in detail for word in ("What to write instead", "Stack", "caller", "Example")))
shoot("light")
browser.click("tr.site.open")
check("another closes it", count("tr.detail"), 0)
browser.run("document.querySelector('tr.site button').focus()")
browser.press("ArrowDown")
browser.press("Enter")
check("arrows and Enter open the next", browser.run("document.querySelectorAll('tr.site')[1].classList.contains('open')"))
check("and say so", browser.run("document.querySelectorAll('tr.site button')[1].ariaExpanded"), "true")
browser.press(" ")
check("Space closes it", count("tr.detail"), 0)

# Light and dark.
check("light is dark on light", colour(PAPER) > 200 > 80 > colour(INK))
browser.click("#theme")
check("the switch turns it dark", colour(PAPER) < 60 and colour(INK) > 200)
shoot("dark")
browser.open(MANY, dark=True)
check("who prefers dark gets dark", colour(PAPER) < 60)
browser.click("#theme")
check("and may have light", colour(PAPER) > 200)

# Narrow: nothing sticks out, the sort moves into a list.
browser.open(MANY, width=360, height=700)
browser.click("tr.site")
shoot("narrow")
check("a narrow page does not scroll sideways", browser.run("document.documentElement.scrollWidth") <= 360)
check("and cuts nothing off", browser.run("Math.max(...[...document.querySelectorAll('main *')].map((e) => e.getBoundingClientRect().right))") <= 360)
check("and can be sorted all the same", count("#order"), 1)
browser.run("(() => { const o = document.querySelector('#order'); o.value = 'count'; o.dispatchEvent(new Event('change')); })()")
check("by calls", figures_narrow := [int(v.replace(",", "")) for v in column("count")], sorted(figures_narrow, reverse=True))

browser.open(HOSTILE, width=360, height=700)
check("there are sites of one call", "1" in column("count"))
check("one call is a call", browser.run("""[...document.querySelectorAll('tr.site .c-count')].every((cell) => {
    const unit = getComputedStyle(cell, '::after').content.replaceAll('"', '').trim();
    return unit === (cell.textContent === '1' ? 'call' : 'calls') })"""))

browser.open(EMPTY)
check("a log without calls gives a page that says so", "No call" in text("h1") and count("#nothing") == 1)
shoot("empty")

# With a baseline.
browser.open(BASELINE)
check("what is new is marked", browser.run("[...document.querySelectorAll('tr.site')].filter((r) => r.querySelector('.badge')).map((r) => r.querySelector('button').textContent)"), ["unlink"])
browser.click("#fresh")
check("and can be seen alone", column("func"), ["unlinknew"])
check("what is gone is listed", count("#gone li") >= 1 and "chmod" in text("#gone"))
shoot("baseline")

check("nothing was fetched but the pages", {url.rsplit("/", 1)[1] for url in browser.requests},
      {os.path.basename(path) for path in (HOSTILE, MANY, EMPTY, BASELINE)})
check("the console has nothing to say", browser.errors, [])
browser.close()
