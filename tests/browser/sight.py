"""Looks at a page as somebody with other eyes, another hand, another screen or another script would."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.conftest import PROJECT

AXE = (PROJECT / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = (390, 844)
DESK = (1280, 800)
NARROW = (320, 700)

# What each look may use: the rules of axe over the whole page, of each violation what it is and where; and what sticks
# out at a side, as a sideways scroll or cut off, with the buttons whose words are wider than they are.
_EYES = """
  const violations = async ([only, tags]) => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: only.length ? { type: "rule", values: only } : { type: "tag", values: tags },
      resultTypes: ["violations"],
      // Of what axe can fetch before it looks, only sounds and films serve a rule that is on. To parse every style
      // sheet, for a rule that is off, took as long as all rules but that of contrast.
      preload: { assets: ["media"] },
    });
    const where = ({ html, failureSummary }) => `${html}\\n${failureSummary}`;
    return violations.map(({ id, nodes }) => [id, nodes.map(where)]);
  };
  const spills = () => {
    const { clientWidth: width, scrollWidth: page } = document.documentElement;
    const found = [];
    if (page > width + 1) found.push(`the page is ${page} wide`);
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest("svg, .unseen, .skip, [hidden]") || !element.checkVisibility()) continue;
      // Headings of a table that has become cards are for readers of the screen alone.
      if (element.closest(".pick > input, thead")) continue;
      const { left, right, width: own } = element.getBoundingClientRect();
      const name = `<${element.localName} class="${element.className}">`;
      if (own > 1 && (left < -1 || right > width + 1)) found.push(`${name} from ${left} to ${right}`);
      const { scrollWidth: held, clientWidth: room } = element;
      if (held > room + 1 && element.matches("button, a, label > span, .tag") && room > 0) {
        found.push(`${name} holds ${held} in ${room}: ${element.textContent.trim()}`);
      }
    }
    return found;
  };
  const root = document.documentElement;
"""


def _look(steps: str) -> str:
    """One call for everything that is seen at one size: each call goes through four processes and back."""
    return f"async (rules) => {{ {_EYES} {steps} }}"


_WIDE = _look("""
  const wrong = await violations(rules), ltr = spills();
  root.dir = "rtl";
  return { wrong, ltr, rtl: spills() };
""")
_NARROW = _look("""
  const rtl = spills();
  root.dir = "ltr";
  return { rtl, ltr: spills() };
""")
_PHONE = _look("""
  const wrong = await violations(rules);
  root.style.fontSize = "200%";
  const large = spills();
  root.removeAttribute("style");
  return { wrong, large };
""")
_DARK = _look("return { wrong: await violations(rules) };")

# The rules among those asked for that wait for what axe fetches first.
_WAITING = """
  (asked) => globalThis.axe._audit.rules
    .filter(({ preload, tags }) => preload && !tags.includes("experimental") && tags.some((tag) => asked.includes(tag)))
    .map(({ id }) => id)
"""


@dataclass
class Sight:
    """Looks, and gathers what is wrong, so that one walk tells of everything."""

    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __call__(self, page: Page, name: str) -> None:
        """Look at what a page shows now, from every side, and leave it as it was."""
        before = page.viewport_size
        assert before
        self.seen.append(name)
        page.emulate_media(reduced_motion="reduce", color_scheme="light")
        _fit(page, *DESK)
        if not page.evaluate("() => 'axe' in globalThis"):
            page.evaluate(AXE)
            assert page.evaluate(_WAITING, TAGS) == ["no-autoplay-audio"], "another rule needs more than media"
        self._sees(page, _WIDE, wrong=f"{name}, 1280 px wide", ltr=f"{name}, 1280 px wide",
                   rtl=f"{name}, 1280 px wide, right to left")  # fmt: skip
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        self._sees(page, _NARROW, rtl=f"{name}, 320 px wide, right to left", ltr=f"{name}, 320 px wide")
        _fit(page, *PHONE)
        self._sees(page, _PHONE, wrong=f"{name}, 390 px wide", large=f"{name}, text of twice the size")
        # What is said and how it is built is the same in the dark; colours are not.
        page.emulate_media(color_scheme="dark")
        self._sees(page, _DARK, only=["color-contrast"], wrong=f"{name}, 390 px wide, dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(before)

    def found_nothing(self) -> None:
        """Nothing was wrong since this was last asked."""
        found, self.faults = self.faults, []
        assert not found, f"{len(found)} faults\n\n" + "\n\n".join(found)

    def _sees(self, page: Page, look: str, *, only: list[str] | None = None, **where: str) -> None:
        found: dict[str, Any] = page.evaluate(look, [only or [], TAGS])
        assert found.keys() == where.keys()
        self.faults += [f"{where['wrong']}: {rule}\n  " + "\n  ".join(nodes) for rule, nodes in found.pop("wrong", [])]
        self.faults += [f"{where[part]}: {one}" for part, spilt in found.items() for one in spilt]


def _fit(page: Page, width: int, height: int) -> None:
    """As tall as the page: a bar that stays in sight would make a small target of what it happens to cover."""
    page.set_viewport_size({"width": width, "height": height})
    tall: int = page.evaluate("() => document.documentElement.scrollHeight")
    if tall > height:
        page.set_viewport_size({"width": width, "height": tall})
