"""The ground of every page, in a real browser: elements, drawings and texts, with words that try to be markup."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

STATIC = Path(__file__).resolve().parent.parent / "static"
ORIGIN = "https://parts.test"
POLICY = "default-src 'none'; script-src 'self' 'nonce-t'; require-trusted-types-for 'script'; trusted-types 'none'"
SHELL = (
    '<!doctype html><html lang="nl"><title>Start</title><body><script type="module" nonce="t" src="/child.js"></script>'
)
ENTRIES = {
    "child.a": "Read by {name}, {n}.",
    "child.a@8": "{name} read.",
    "child.b.1": "{worker}",
    "child.b.2": "two",
}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp; \u202eomgekeerd"


def serve(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        route.fulfill(body=SHELL, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
    elif path == "/child.js":
        route.fulfill(body="", content_type="text/javascript")
    else:
        route.fulfill(
            body=(STATIC / path.removeprefix("/")).read_bytes(), content_type="text/javascript; charset=utf-8"
        )


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of ours under the strictest policy."""
    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/*", serve)
    opened.goto(ORIGIN)
    yield opened
    context.close()


def run(page: Page, body: str, value: object = None) -> Any:
    """What a function body answers, with h, drawing and words at hand."""
    return page.evaluate(
        f"""async (value) => {{
            const [{{ h, fill }}, {{ drawing }}, words] = await Promise.all(
              ["h", "draw", "words"].map((name) => import(`/parts/${{name}}.js`)));
            {body}
        }}""",
        value,
    )


def test_words_stay_words_whatever_they_hold(page: Page) -> None:
    made = run(
        page,
        """
        const p = h("p", { title: value }, value, ["a", null, false, 0]);
        return [p.textContent, p.title, p.children.length];
        """,
        HOSTILE,
    )
    assert made == [f"{HOSTILE}a0", HOSTILE, 0]


def test_new_children_take_the_place_of_the_old(page: Page) -> None:
    assert (
        run(page, 'const p = h("p", null, "was"); fill(p, h("b", null, "is"), " now"); return p.outerHTML;')
        == "<p><b>is</b> now</p>"
    )


@pytest.mark.parametrize("name", ["onclick", "ONERROR", "style", "srcdoc", "formaction"])
def test_an_attribute_that_could_run_is_refused(page: Page, name: str) -> None:
    assert refused(page, f'h("p", {{ {json.dumps(name)}: "x" }})')


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "object", "base", "link"])
def test_an_element_that_could_run_is_refused(page: Page, tag: str) -> None:
    assert refused(page, f"h({json.dumps(tag)})")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "http://elsewhere.test", "vbscript:x"],
)
def test_an_address_that_could_run_or_leave_unseen_is_refused(page: Page, address: str) -> None:
    assert refused(page, f'h("a", {{ href: {json.dumps(address)} }})')


@pytest.mark.parametrize("address", ["/", "#hulp", "tel:112", "https://www.buienradar.nl", "blob:null/1"])
def test_an_address_of_ours_is_set(page: Page, address: str) -> None:
    assert run(page, 'return h("a", { href: value }).getAttribute("href");', address) == address


def refused(page: Page, expression: str) -> bool:
    answer = run(page, f"try {{ {expression}; return 'made'; }} catch (error) {{ return error.name; }}")
    return bool(answer == "TypeError")


def test_empty_attributes_are_set_or_left_out(page: Page) -> None:
    made = run(
        page,
        'return h("input", { required: true, disabled: false, value: null, id: undefined, maxlength: 3 }).outerHTML;',
    )
    assert made == '<input required="" maxlength="3">'


def test_a_drawing_nobody_names_is_a_fault(page: Page) -> None:
    assert run(page, 'try { drawing("no-such"); return "made"; } catch (error) { return error.name; }') == "RangeError"


def test_each_drawing_is_svg_and_says_or_hides_itself(page: Page) -> None:
    seen = run(
        page,
        """
        const { default: first } = await import("/generated/drawings.js");
        const { default: more } = await import("/generated/drawings-more.js");
        await import("/parts/draw-more.js");
        return Object.keys({ ...first, ...more }).map((name) => {
          const hidden = drawing(name);
          const said = drawing(name, { label: "woord", class: "big" });
          return [hidden instanceof SVGSVGElement && hidden.firstChild instanceof SVGElement,
            hidden.getAttribute("aria-hidden"), said.getAttribute("role"), said.getAttribute("aria-label"),
            said.classList.contains("big"), said.hasAttribute("aria-hidden")];
        });
        """,
    )
    assert all(one == [True, "true", "img", "woord", True, False] for one in seen)


def test_a_text_is_spelled_with_each_value_apart(page: Page) -> None:
    """The catalogue's own module is replaced by one entry, so that the test stands whatever the pages use."""
    page.route(
        "**/generated/words-child-en.js",
        lambda route: route.fulfill(
            body=f"export default {json.dumps(ENTRIES)}",
            content_type="text/javascript",
        ),
    )
    spelled = run(
        page,
        """
        await words.load("en", "child");
        words.setNames({ worker: "Sam" });
        const p = h("p", null, words.spell("child.a", { name: value, n: 3 }));
        words.setLevel("8");
        const simple = words.t("child.a", { name: "Sam" });
        words.setLevel("");
        return [p.outerHTML, simple, words.series("child.b.#"), words.spoken()];
        """,
        "<b>Sam</b>",
    )
    assert spelled == [
        "<p>Read by <bdi>&lt;b&gt;Sam&lt;/b&gt;</bdi>, <bdi>3</bdi>.</p>",
        "Sam read.",
        ["Sam", "two"],
        "en",
    ]
