"""The bench itself: that its smallest run measures everything, and that its page and JSON keep their shape.

No test asks for a speed: a busy machine would make it fail for nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import report
from bench.figures import Group, figure, p95

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> dict:
    page = ROOT / "docs" / "benchmarks.md"
    before = page.read_bytes()
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert page.read_bytes() == before, "a quick run wrote the page"
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_quick_run_measures_every_group(quick_run: dict) -> None:
    assert [group["name"] for group in quick_run["groups"]] == [
        *("load", "seal", "accept", "desk", "log", "verify", "counts", "numbers"),
    ]
    assert quick_run["failed"] == []
    assert all(group["figures"] for group in quick_run["groups"])


def test_the_json_says_what_was_measured_and_on_what(quick_run: dict) -> None:
    assert quick_run["v"] == 1
    assert quick_run["quick"] is True
    assert quick_run["command"] == "./dev bench --quick"
    assert {"cores", "memory", "system", "Python", "SQLite", "Chromium"} <= set(quick_run["machine"])


def test_each_figure_has_its_unit_its_spread_and_its_verdict(quick_run: dict) -> None:
    figures = [one for group in quick_run["groups"] for one in group["figures"]]
    names = [one["name"] for one in figures]
    assert len(names) == len(set(names))
    for one in figures:
        assert set(one) == {
            *("name", "what", "unit", "value", "lowest", "highest", "samples", "budget", "kept", "note"),
        }
        assert one["lowest"] <= one["value"] <= one["highest"]
        assert (one["budget"] is None) == (one["kept"] is None)


def test_the_budgets_of_this_version_are_all_measured(quick_run: dict) -> None:
    with_budget = {one["name"] for group in quick_run["groups"] for one in group["figures"] if one["budget"]}
    assert with_budget >= {
        *("load.bytes", "load.bytes.blocking", "load.bytes.scripts", "load.bytes.crypto"),
        *("load.paint", "load.blocked", "load.offline"),
        *("seal.small", "seal.voice", "open.all", "open.first20"),
        *("accept.ratio", "accept.p95", "accept.lost", "accept.double"),
        *("desk.first20", "log.append", "log.inclusion"),
    }


def test_no_folder_or_name_of_the_machine_is_told(quick_run: dict) -> None:
    told = json.dumps(quick_run)
    assert str(ROOT) not in told
    assert str(Path.home()) not in told


def test_a_missed_budget_is_named_in_the_page_and_in_the_json() -> None:
    paint = figure("load.paint", "first paint", "ms", [1300, 1500], most=1200)
    groups = [Group("load", "What a child waits for", (paint,))]
    page = report.as_markdown(groups, facts={"cores": "2"}, command="./dev bench", at="2026-11-22T09:30:00Z")
    assert "0 of 1 budgets kept. Missed: first paint (load.paint)." in page
    assert "| first paint | 1,400 ms | 1,300 to 1,500 (2 times) | at most 1,200 ms | **missed** |" in page
    found = report.as_json(groups, facts={}, command="", at="", quick=False)
    assert found["missed"] == ["load.paint"]


def test_what_could_not_be_measured_is_said_and_not_left_out() -> None:
    groups = [Group("desk", "The desk", failed="RuntimeError: the server said nothing")]
    page = report.as_markdown(groups, facts={}, command="", at="2026-11-22T09:30:00Z")
    assert "Not measured: RuntimeError: the server said nothing" in page
    assert report.as_json(groups, facts={}, command="", at="", quick=False)["failed"] == ["desk"]


def test_the_page_keeps_its_words_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"Words before.\n\n{report.BEGIN}\nold\n{report.END}\n\nWords after.\n", encoding="utf-8")
    report.write_page(page, "new")
    said = page.read_text(encoding="utf-8")
    assert said.startswith("Words before.\n")
    assert said.endswith("Words after.\n")
    assert "new" in said
    assert "old" not in said


def test_a_page_without_marks_is_refused_rather_than_overwritten(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("Only words.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="marks"):
        report.write_page(page, "new")
    assert page.read_text(encoding="utf-8") == "Only words.\n"


def test_p95_is_a_time_that_happened() -> None:
    assert p95([float(n) for n in range(1, 101)]) == 95
    assert p95([7.0]) == 7
