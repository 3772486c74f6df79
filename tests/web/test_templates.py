"""Texts that are put into templates when these are read."""

import re
from pathlib import Path

from markupsafe import escape

from kindstem.web.answers import Templates, templates
from kindstem.words import Words, languages

FILES = sorted((Path(__file__).resolve().parents[2] / "templates").rglob("*.html"))


def test_a_text_that_is_put_in_is_the_one_that_would_have_been_said() -> None:
    """Every one that stands in a template, in every language, in text and in an attribute."""
    keys = sorted({key for file in FILES for key in re.findall(r'\{\{ t\("([^"]+)"\) \}\}', file.read_text("utf-8"))})
    assert len(keys) > 100
    source = "".join(f'<p title="{{{{ t("{key}") }}}}">{{{{ t("{key}") }}}}</p>' for key in keys)
    for lang, those in templates().items():
        said = Words(lang)
        now = those.from_string(source).render()
        assert now == Templates().from_string(source).render(t=said.t)
        assert now.startswith(f'<p title="{escape(said.t(keys[0]))}">')


def test_a_text_that_could_be_read_as_markup_is_only_text() -> None:
    class Odd(Words):
        def t(self, key: str, **_: object) -> str:
            return f'<b>"{key}" & co</b>'

    page = Templates(Odd("nl")).from_string('<i>{{ t("a.b") }}</i>{{ t("a.b", n=1) }}')
    assert page.render(t=lambda key, n: key) == ("<i>&lt;b&gt;&#34;a.b&#34; &amp; co&lt;/b&gt;</i>a.b")


def test_there_are_templates_for_each_language() -> None:
    assert set(templates()) == set(languages())
    assert templates()["en"].from_string("{{ 1234|number }}").render() == "1,234"
    assert templates()["nl"].from_string("{{ 1234|number }}").render() == "1.234"
