"""One word for one thing: every table and domain class has its line in docs/glossary.md."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_CODE = set(re.findall(r"`([^`]+)`", (ROOT / "docs/glossary.md").read_text("utf-8")))


def test_every_domain_class_is_explained() -> None:
    tree = ast.parse((ROOT / "kindstem/domain.py").read_text("utf-8"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert classes
    assert classes - IN_CODE == set()


def test_every_table_is_explained() -> None:
    schema = "".join(path.read_text("utf-8") for path in (ROOT / "kindstem/store").glob("schema*.py"))
    tables = set(re.findall(r"create (?:virtual )?table (?:if not exists )?(\w+)", schema, re.IGNORECASE))
    assert tables
    assert tables - IN_CODE == set()


def test_every_role_circle_and_state_is_explained() -> None:
    tree = ast.parse((ROOT / "kindstem/domain.py").read_text("utf-8"))
    values = {
        str(line.value.value)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases)
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    }
    assert values
    assert values - IN_CODE == set()
