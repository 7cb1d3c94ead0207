"""From an embedded set to a model, its errors, its reasons, and predictions of one's own files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.data import load_embedded
from core.io import read
from core.jobs import JobSpec, run
from core.jobs.predicted import Predicted
from tests.e2e.test_files import download, upload

TARGET = "bulk_modulus_GPa"
SPEC = (
    f"data=embedded:prototype-elastic&target={TARGET}&model=ridge&scale=linear"
    "&features=composition&at_most=100&split_options=repeats:1"
)


def go(page: Page, name: str) -> None:
    """Follow a link of the navigation."""
    page.locator('[data-testid="stSidebarNav"]').get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_have_text(name, timeout=30_000)


_MIDDLES = """() => {
  const plate = document.querySelector('.js-plotly-plot .nsewdrag').getBoundingClientRect()
  return [...document.querySelectorAll('.js-plotly-plot .scatterlayer path.point')]
    .map(point => point.getBoundingClientRect())
    .map(r => [r.x + r.width / 2, r.y + r.height / 2])
    .filter(([x, y]) => x > plate.x + 20 && x < plate.right - 20
                     && y > Math.max(plate.y, 60) + 20
                     && y < Math.min(plate.bottom, innerHeight) - 20)
}"""


def click_a_point(page: Page) -> None:
    """Click a drawn marker that lies well inside its figure."""
    page.wait_for_selector(".js-plotly-plot .scatterlayer path.point", timeout=60_000)
    page.locator(".js-plotly-plot .nsewdrag").first.evaluate(
        "plate => plate.scrollIntoView({block: 'center'})"
    )
    page.wait_for_timeout(1000)
    places = page.evaluate(_MIDDLES)
    x, y = places[len(places) // 2]
    page.mouse.move(x - 3, y - 3)
    page.wait_for_timeout(300)
    page.mouse.move(x, y)
    page.wait_for_timeout(500)  # the figure looks for the point under the pointer
    page.mouse.click(x, y)


def expected(path: Path, files: list[Path]) -> Predicted:
    """What the core says of the files."""
    spec = JobSpec(task="predict", options={"model": str(path), "levels": [0.9]})
    return Predicted.of(run(spec, {"crystals": read([str(f) for f in files]).crystals}).outputs)


@pytest.mark.timeout(900)  # seconds, on a machine that does much else
def test_train_evaluate_explain_predict_download(
    open_page, settled, cifs: list[Path], tmp_path: Path
) -> None:
    page = open_page(f"train?{SPEC}")
    settled(page, 90)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Result", exact=True)).to_be_visible(timeout=240_000)

    go(page, "Evaluate")
    settled(page, 60)
    assert re.search(r"[?&]run=[0-9a-f]{16}", page.url), "the link names the run"
    click_a_point(page)
    page.wait_for_function("() => location.search.includes('crystal=')", timeout=30_000)
    expect(page.locator('iframe[title*="viewer"]').first).to_be_visible(timeout=60_000)

    go(page, "Explain")
    settled(page, 60)
    page.get_by_role("button", name="Measure importances").click()
    page.wait_for_selector(".js-plotly-plot", timeout=240_000)

    go(page, "Uncertainty")
    settled(page, 60)
    expect(page.get_by_text(re.compile(r"[Ii]ntervals at 0?\.?\d+")).first).to_be_visible()
    page.wait_for_selector(".js-plotly-plot", timeout=60_000)

    go(page, "Library")
    settled(page, 60)
    page.get_by_text("Add files", exact=True).first.click()
    settled(page)
    upload(page, cifs, "3")

    go(page, "Predict")
    expect(page.get_by_text("New to the model").first).to_be_visible(timeout=90_000)
    settled(page, 60)
    saved = tmp_path / "saved.gsmodel"
    saved.write_bytes(download(page, "Save as file"))
    found = expected(saved, cifs)
    means = dict(zip(found.ids, found.mean.tolist(), strict=True))
    assert found.key == TARGET
    assert set(means) == {f.stem for f in cifs}
    told = page.locator('[data-testid="stMetricValue"]').all_inner_texts()
    assert told[:3] == ["3", str(int(found.new.sum())), str(int(found.flagged.sum()))]

    page.get_by_role("tab", name="Files and library").click()
    settled(page)
    table = csv.DictReader(io.StringIO(download(page, "CSV").decode()))
    rows = {row["id"]: row for row in table}
    assert set(rows) == set(means)
    for name, value in means.items():
        assert float(rows[name][TARGET]) == pytest.approx(value, rel=1e-5)
        low, high = (float(rows[name][f"{TARGET}_{side}_0.9"]) for side in ("low", "high"))
        assert low < value < high
    by_id = dict(zip(found.ids, found.reasons, strict=True))
    assert {name: row["applicability"] for name, row in rows.items()} == by_id

    page.get_by_role("button", name="Add as property to the library").click()
    expect(page.get_by_text(re.compile("The library has")).first).to_be_visible(timeout=30_000)
    go(page, "Library")
    settled(page, 60)
    expect(page.get_by_text(re.compile("Decisions on record")).first).to_be_visible()


def test_a_saved_model_is_opened_by_another_visitor_and_a_bad_one_is_explained(
    open_page, settled, cifs: list[Path], tmp_path: Path
) -> None:
    options = {
        "target": TARGET, "seed": 0, "conformal": None,
        "model": {"key": "ridge", "features": "composition"},
    }  # fmt: skip
    crystals = load_embedded("prototype-elastic")[::60]
    done = run(JobSpec(task="train", options=options), {"crystals": crystals})
    good, bad = tmp_path / "mine.gsmodel", tmp_path / "broken.gsmodel"
    good.write_bytes(done.outputs["model"].tobytes())
    broken = bytearray(good.read_bytes())
    broken[len(broken) // 2] ^= 1
    bad.write_bytes(bytes(broken))
    page = open_page("")
    upload(page, cifs, "3")
    go(page, "Predict")
    settled(page)
    page.get_by_role("radio", name="A file").or_(
        page.get_by_role("button", name="A file", exact=True)
    ).first.click()
    settled(page)
    page.locator('input[type="file"]').first.set_input_files(str(bad))
    alert = page.locator('[data-testid="stAlertContentError"]')
    expect(alert).to_contain_text("model file", timeout=30_000)
    page.locator('input[type="file"]').first.set_input_files(str(good))
    expect(page.get_by_text("states no intervals").first).to_be_visible(timeout=60_000)
    expect(alert).to_have_count(0)
    page.reload()
    settled(page, 60)
    expect(page.get_by_text("states no intervals").first).to_be_visible(timeout=60_000)
