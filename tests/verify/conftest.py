"""What the attacks begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence import Evidence


@pytest.fixture
def vaart(tmp_path: Path) -> Iterator[Evidence]:
    """The organisation, after an honest month."""
    found = Evidence(tmp_path / "vaart").populate().a_month()
    yield found
    found.close()
