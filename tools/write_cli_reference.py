"""Writes docs/cli.md from the help of every command, so that the page cannot lag behind.

usage: python tools/write_cli_reference.py
"""

from collections.abc import Iterator
from pathlib import Path

import click

from kindstem.cli import main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"

HEAD = """# The command line

Every command, as its own help says it. Written by `python tools/write_cli_reference.py`; a test fails when it is old.
"""


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """The command and everything under it, in the order of its help."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, click.Context(inner, info_name=name, parent=context, max_content_width=100))


def page() -> str:
    """The whole page."""
    root = click.Context(main, info_name="kindstem", max_content_width=100)
    parts = [HEAD]
    for context in commands(main, root):
        # The width of whoever runs this must not change the page.
        context.terminal_width = 100
        parts.append(f"## {context.command_path}\n\n```\n{context.get_help()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
