"""Looks at a page as somebody with other eyes, another hand, another screen or another script would."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.conftest import PROJECT

AXE = (PROJECT / "node_modules" / "axe-core" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = (390, 844)
DESK = (1280, 800)
NARROW = (320, 700)

# The rules of axe, over the whole page; of each violation what it is and where.
_RUN = """
  async ([only, tags]) => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: only.length ? { type: "rule", values: only } : { type: "tag", values: tags },
      resultTypes: ["violations"],
    });
    const where = ({ html, failureSummary }) => `${html}\\n${failureSummary}`;
    return violations.map(({ id, nodes }) => [id, nodes.map(where)]);
  }
"""

# What sticks out at a side, as a sideways scroll or cut off; and buttons whose words are wider than they are.
_SPILLS = """
  () => {
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
  }
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
        self._axe(page, f"{name}, 1280 px wide")
        self._spills(page, f"{name}, 1280 px wide")
        _turn(page, "rtl")
        self._spills(page, f"{name}, 1280 px wide, right to left")
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        self._spills(page, f"{name}, 320 px wide, right to left")
        _turn(page, "ltr")
        self._spills(page, f"{name}, 320 px wide")
        _fit(page, *PHONE)
        self._axe(page, f"{name}, 390 px wide")
        # What is said and how it is built is the same in the dark; colours are not.
        page.emulate_media(color_scheme="dark")
        self._axe(page, f"{name}, 390 px wide, dark", only=["color-contrast"])
        page.emulate_media(color_scheme="light")
        page.evaluate("() => void (document.documentElement.style.fontSize = '200%')")
        self._spills(page, f"{name}, text of twice the size")
        page.evaluate("() => document.documentElement.removeAttribute('style')")
        page.set_viewport_size(before)

    def found_nothing(self) -> None:
        """Nothing was wrong since this was last asked."""
        found, self.faults = self.faults, []
        assert not found, f"{len(found)} faults\n\n" + "\n\n".join(found)

    def _axe(self, page: Page, where: str, *, only: list[str] | None = None) -> None:
        if not page.evaluate("() => 'axe' in globalThis"):
            page.evaluate(AXE)
        violations: list[tuple[str, list[str]]] = page.evaluate(_RUN, [only or [], TAGS])
        self.faults += [f"{where}: {rule}\n  " + "\n  ".join(nodes) for rule, nodes in violations]

    def _spills(self, page: Page, where: str) -> None:
        found: list[str] = page.evaluate(_SPILLS)
        self.faults += [f"{where}: {one}" for one in found]


def _fit(page: Page, width: int, height: int) -> None:
    """As tall as the page: a bar that stays in sight would make a small target of what it happens to cover."""
    page.set_viewport_size({"width": width, "height": height})
    tall: int = page.evaluate("() => document.documentElement.scrollHeight")
    if tall > height:
        page.set_viewport_size({"width": width, "height": tall})


def _turn(page: Page, way: str) -> None:
    page.evaluate("(way) => void (document.documentElement.dir = way)", way)
