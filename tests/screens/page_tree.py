# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the page of --export html is to those who do not see it, or use no mouse: by the browser's own
accessibility tree, and by keys that go through the browser. page_tree.py BROWSER PROFILE PAGE TRIED
[FLAG...]; TRIED: the page with a script that tries it, and leaves what was wrong as data-wrong. Says
what is wrong, a line each; ends with 1 then, and with 0 where nothing is.
"""
import json
import os
import subprocess
import sys
import time

FLAGS = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--remote-debugging-pipe"]
KEYS = {"Tab": 9, "ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, "Enter": 13}
wrong = []


def check(what, so):
    if not so:
        wrong.append(what)


class Browser:
    """A browser of one page, told what to do through two pipes."""

    def __init__(self, argv):
        theirs, self.out = os.pipe()
        self.into, answers = os.pipe()
        # Both pairs out of the way of the two numbers that the browser reads and writes.
        shell = f'exec "$@" 3<&{theirs} 4>&{answers}'
        self.process = subprocess.Popen(["sh", "-c", shell, "sh"] + argv, pass_fds=(theirs, answers),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(answers)
        self.rest, self.number, self.session = b"", 0, None
        page = [t for t in self.do("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.do("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def read(self):
        while b"\0" not in self.rest:
            some = os.read(self.into, 1 << 16)
            if not some:
                raise EOFError("the browser ended")
            self.rest += some
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def do(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        bytes_left = json.dumps(message).encode() + b"\0"
        while bytes_left:
            bytes_left = bytes_left[os.write(self.out, bytes_left):]
        answer = self.read()
        while answer.get("id") != self.number:
            answer = self.read()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def js(self, expression):
        result = self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def open(self, url):
        self.do("Page.navigate", url="about:blank")
        self.do("Page.navigate", url=url)
        while self.js("document.readyState + location.protocol") != "completefile:":
            time.sleep(0.02)

    def key(self, name):
        for kind in ("rawKeyDown", "char", "keyUp"):
            if kind == "char" and name != "Enter":
                continue
            text = {"text": "\r"} if kind == "char" else {}
            self.do("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                    windowsVirtualKeyCode=KEYS[name], **text)

    def tree(self):
        nodes = self.do("Accessibility.getFullAXTree")["nodes"]
        return [Node(n) for n in nodes if not n.get("ignored")]

    def end(self):
        try:
            self.do("Browser.close")
        except (EOFError, OSError):
            pass
        self.process.wait()


class Node:
    """One thing of the tree."""

    def __init__(self, raw):
        self.role = raw["role"]["value"]
        self.name = raw.get("name", {}).get("value", "").strip()
        self.has = {p["name"]: p["value"].get("value") for p in raw.get("properties", [])}


def of_role(tree, role):
    return [n for n in tree if n.role == role]


def look_at_tree(tree):
    """Each thing that can be used says what it is, and what it is called."""
    usable = [n for n in tree if n.has.get("focusable") and n.role != "RootWebArea"]
    check("many things to use", len(usable) > 15)
    for n in usable:
        check(f"a role and a name for '{n.name}', a {n.role}", n.name and n.role not in ("generic", "none"))
    for role in ("banner", "main", "contentinfo", "search", "slider", "tablist", "tabpanel", "list"):
        check(f"one {role}", len(of_role(tree, role)) == 1)
    tabs = of_role(tree, "tab")
    chosen = [t for t in tabs if t.has.get("selected")]
    check("ten tabs or more, one of them selected", len(tabs) >= 10 and len(chosen) == 1)
    check("the panel is called what its tab is",
          [p.name for p in of_role(tree, "tabpanel")] == [t.name for t in chosen])
    for status in of_role(tree, "status"):
        check("what changes is told politely, and whole", status.has.get("live") == "polite" and status.has.get("atomic"))
    levels = [n.has.get("level") for n in of_role(tree, "heading")]
    check(f"one first heading, and none too deep: {levels}", levels[:1] == [1] and levels.count(1) == 1 and
          all(b <= a + 1 for a, b in zip(levels, levels[1:])))
    regions = [n.name for n in of_role(tree, "region")]
    check(f"regions by names of their own: {regions}", all(regions) and len(set(regions)) == len(regions))


def walk(browser):
    """Tab comes by all that can be used, and out again; arrows, Home and End do what they do elsewhere."""
    here = "(e => e === document.body ? '' : e.id || e.dataset.moment || e.textContent)(document.activeElement)"
    seen = []
    for _ in range(80):
        browser.key("Tab")
        seen.append(browser.js(here))
        if seen[-1] == "" or seen.count(seen[-1]) > 1 and seen[-1] == "slider":
            break
    order = ["slider", "event-before", "before", "play", "after", "event-after", "theme", "tab-overview",
             "screen", "sought"]
    check(f"the order of Tab: {seen}", [x for x in seen if x in order][:len(order)] == order)
    check("events can be gone to", any(x.isdigit() for x in seen))
    check("Tab leads out again", seen[-1] in ("", "slider"))

    browser.js("document.getElementById('slider').focus()")
    browser.key("ArrowRight")
    now = browser.js("document.getElementById('now').textContent")
    check(f"the arrow goes on by a moment: {now}", now.startswith("Moment 2 of "))
    said = browser.js("document.getElementById('slider').ariaValueText")
    check(f"the slider says when: {said}", " s" in said and said[0].isdigit())
    browser.key("End")
    check("End goes to the last moment", browser.js("+document.getElementById('slider').value === last"))
    browser.js("document.getElementById('tab-overview').focus()")
    browser.key("ArrowRight")
    check("the arrow opens the next view", browser.js(here) == "tab-threads")
    browser.js("document.querySelector('#events button').focus()")
    browser.key("Enter")
    check("Enter goes to an event", browser.js("document.activeElement.getAttribute('aria-current')") == "true")


def look_at_media(browser, url):
    """A link's view and moment, a narrow window, paper."""
    browser.open(url + "#pages/3")
    check("a link opens its view", browser.js("document.querySelector('[aria-selected=true]').id") == "tab-pages")
    check("at its moment", browser.js("document.getElementById('slider').value") == "2")
    browser.do("Emulation.setDeviceMetricsOverride", width=320, height=600, deviceScaleFactor=1, mobile=False)
    wide = browser.js("document.documentElement.scrollWidth")
    check(f"320 pixels are wide enough, not {wide}", wide <= 320)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.do("Emulation.setEmulatedMedia", media="screen", features=dark)
    before = browser.js(paper)
    browser.do("Emulation.setEmulatedMedia", media="print", features=dark)
    check("printed it is light", browser.js(paper) == "rgb(255, 255, 255)" != before)
    check("and nothing to press is on it", browser.js(
        "[...document.querySelectorAll('button:not(#events *),input')].every(e => !e.checkVisibility())"))


def look_at_tried(browser, url):
    """What a script within the page found."""
    browser.open(url)
    while (found := browser.js("document.documentElement.dataset.wrong")) is None:
        time.sleep(0.05)
    wrong.extend(json.loads(found))


def main():
    browser_name, profile, page, tried, *more = sys.argv[1:]
    url = "file://" + page
    browser = Browser([browser_name, f"--user-data-dir={profile}", *FLAGS, *more, "about:blank"])
    browser.open(url)
    browser.do("Accessibility.enable")
    look_at_tree(browser.tree())
    walk(browser)
    look_at_media(browser, url)
    browser.do("Emulation.clearDeviceMetricsOverride")
    browser.do("Emulation.setEmulatedMedia", media="", features=[])
    look_at_tried(browser, "file://" + tried)
    browser.end()
    print("\n".join(wrong))
    return bool(wrong)


sys.exit(main())
