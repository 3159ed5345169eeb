#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of --export html in a browser: opens without an error and loads nothing, its slider,
# tabs, events and search do what they say, and each thing that can be used has a role and a name;
# where Python is there, by the browser's own accessibility tree, and by keys that go through the
# browser, see page_tree.py; with TWINTOP_AXE=FILE, axe-core's script, by that, too.
set -u
T=${TWINTOP:?the program under test}
recordings=${srcdir:-.}/tests/recordings
browser=
for name in chromium chromium-browser google-chrome; do
  [ "$browser" ] || browser=$(command -v "$name")
done
[ "$browser" ] || {
  echo "skipped: no Chromium is installed"
  exit 77
}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' INT TERM HUP
fail() {
  printf 'FAILED: %s\n' "$1"
  exit 1
}

"$T" replay "$recordings/demo-deadlock.twin" --export html "$dir/page.html" </dev/null ||
  fail "no page was written"
nonce=$(sed -n 's/^<script nonce="\([0-9a-f]*\)">$/\1/p' "$dir/page.html")
[ ${#nonce} -eq 32 ] || fail "its script has no nonce, or several"

# What looks for errors stands before the page's script, what uses it behind, and our word lets
# them run; a script without it must not.
cat >"$dir/before.js" <<'END'
window.wrong = [];
document.documentElement.dataset.axe = '@AXE@';
addEventListener('error', e => wrong.push('error: ' + e.message));
addEventListener('securitypolicyviolation', e => {
  if (!e.sample.startsWith('injected') && e.blockedURI !== 'inline') wrong.push('blocked: ' + e.blockedURI);
});
END
cat >"$dir/after.js" <<'END'
(async () => {
  const AXE = document.documentElement.dataset.axe;
  const id = name => document.getElementById(name);
  const is = (what, so) => so || wrong.push(what);
  const shows = text => id('screen').textContent.includes(text);
  const press = (on, key) => on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const tabs = [...document.querySelectorAll('[role=tab]')];

  is('the script without our word ran', !window.injected);
  is('ten views or more', tabs.length >= 10);
  is('a slider of many moments', +id('slider').max > 3);
  is('the first screen', shows('deadlock'));
  const first = id('screen').textContent, said = id('now').textContent;
  id('slider').value = id('slider').max;
  id('slider').dispatchEvent(new Event('input'));
  is('another screen at its end', id('screen').textContent !== first);
  is('another moment told', id('now').textContent !== said && id('now').textContent.includes(' after the first'));
  is('told with the slider', / s/.test(id('slider').getAttribute('aria-valuetext')));
  is('the step told', id('caption').textContent.includes('as expected'));
  tabs[1].click();
  is('the view told', id('panel').getAttribute('aria-labelledby') === tabs[1].id);
  is('its threads', shows('left') && shows('right'));
  press(tabs[1], 'ArrowRight');
  is('the next tab', document.activeElement === tabs[2] && tabs[2].getAttribute('aria-selected') === 'true');
  press(tabs[2], 'Home');
  is('the first tab', document.activeElement === tabs[0]);
  const events = [...document.querySelectorAll('#events button')];
  is('events', events.length > 1);
  events.at(-1).click();
  is('the event told', id('now').textContent.includes(events.at(-1).textContent.replace(/^[^:]*: /, '')));
  id('event-before').click();
  is('the event before', +id('slider').value < +events.at(-1).dataset.moment);
  id('sought').value = 'SCANNER';
  id('search').requestSubmit();
  is('text found', id('result').textContent.startsWith('found in') && document.querySelector('mark.found'));
  id('sought').value = 'no such words';
  id('search').requestSubmit();
  is('text not found', id('result').textContent.startsWith('no view'));
  const paper = () => getComputedStyle(document.body).backgroundColor, before = paper();
  id('theme').click();
  is('other colours', paper() !== before);
  id('play').click();
  is('it plays', id('play').textContent === 'Pause');
  id('play').click();
  is('it pauses', id('play').textContent === 'Play');

  /* What can be used, as the browser tells it to those who do not see it. */
  for (const e of document.querySelectorAll('button,input,[role=tab],[tabindex="0"]')) {
    if (e.closest('[hidden]')) continue;
    is('a name for ' + e.outerHTML.slice(0, 80), e.computedName);
    is('a role for ' + e.outerHTML.slice(0, 80), e.computedRole && e.computedRole !== 'generic');
  }
  is('one selected tab', tabs.filter(t => t.tabIndex === 0).length === 1);
  is('a language', document.documentElement.lang === 'en');
  is('ids once', new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size === document.querySelectorAll('[id]').length);
  is('nothing loaded', performance.getEntriesByType('resource').length === 0);
  is('axe-core is there', !AXE || window.looks);
  for (const theme of AXE ? ['dark', 'light'] : []) {
    document.documentElement.dataset.theme = theme;
    for (const tab of tabs) {
      tab.click();
      const result = await axe.run();
      for (const v of result.violations) wrong.push(`axe: ${theme} ${tab.textContent}: ${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`);
      is('axe looked', result.passes.length > 10);
    }
  }
  document.documentElement.dataset.wrong = JSON.stringify(wrong);
})();
END
{
  sed '/^<meta name="viewport"/,$d' "$dir/page.html"
  echo "<script nonce=\"$nonce\">" && sed "s|@AXE@|${TWINTOP_AXE:+1}|" "$dir/before.js" && echo "</script>"
  echo "<script>window.injected = true;</script>"
  sed -n '/^<meta name="viewport"/,/^<\/body>/p' "$dir/page.html" | sed '$d'
  if [ "${TWINTOP_AXE-}" ]; then
    echo "<script nonce=\"$nonce\">" && cat "$TWINTOP_AXE" &&
      echo "; window.looks = axe.version;</script>"
  fi
  echo "<script nonce=\"$nonce\">" && cat "$dir/after.js" && echo "</script>"
  echo "</body></html>"
} >"$dir/tried.html"

sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
HOME=$dir
export HOME
features=--enable-blink-features=ComputedAccessibilityInfo
for p in python3 /usr/bin/python3; do
  "$p" -c 'import json, subprocess' 2>/dev/null || continue
  timeout 120 "$p" "${srcdir:-.}/tests/screens/page_tree.py" "$browser" "$dir/profile" "$dir/page.html" \
    "$dir/tried.html" $features $sandbox >"$dir/wrong" 2>&1 </dev/null || fail "$(cat "$dir/wrong")"
  echo "1 passed, 0 failed"
  exit 0
done

echo "the accessibility tree is not looked at: python3 is not there"
timeout 120 "$browser" --headless $sandbox --disable-gpu --disable-dev-shm-usage \
  --user-data-dir="$dir/profile" $features \
  --virtual-time-budget=20000 --dump-dom "file://$dir/tried.html" >"$dir/dom" 2>"$dir/err" </dev/null || {
  tail -n 5 "$dir/err"
  fail "the browser did not open the page"
}
result=$(sed -n 's/^<html[^>]* data-wrong="\([^"]*\)".*/\1/p;s/.*<html[^>]* data-wrong="\([^"]*\)".*/\1/p' "$dir/dom" | head -n 1)
[ "$result" ] || fail "what uses the page did not come to its end"
[ "$result" = "[]" ] || fail "$result"
echo "1 passed, 0 failed"
