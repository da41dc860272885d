"""The index of a bundle opened from the disk, as an inspector does: whatever the files are called, nothing runs."""

import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Browser

from portal.formats.bag import make_bag
from portal.formats.snapshot import BundleGap
from tests.formats.samples import Sent, bundle_file, snapshot_of, zip_bytes

SENT = (
    Sent("04-childrens-guide", '=HYPERLINK("evil.example","open").pdf', b"1"),
    Sent("04-childrens-guide", "<svg onload=document.title='ran'>.pdf", b"2"),
    Sent("04-childrens-guide", "<img src=x onerror=document.title='ran'>.pdf", b"3"),
)
GAPS = [BundleGap("01-a1-form", "A1 form", "Not held", "<script>document.title = 'ran'</script>")]


def test_the_index_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    """Names that are markup or a formula are read as text; the page asks for nothing, and its links open the files."""
    bag = make_bag(snapshot_of([bundle_file(each, number) for number, each in enumerate(SENT)], GAPS))
    with zipfile.ZipFile(io.BytesIO(zip_bytes(bag, SENT))) as archive:
        archive.extractall(tmp_path)
    context = browser.new_context()
    try:
        page, asked, faults = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        index = (tmp_path / "RAA-2023-04" / "index.html").as_uri()
        page.goto(index)
        page.wait_for_load_state("networkidle")
        assert "RAA-2023-04: contents of the bundle" == page.title()
        assert ([index], []) == (asked, faults)
        assert 0 == page.locator("svg, img, script, iframe, object, embed").count()
        said = page.locator("main").inner_text()
        assert [] == [each.name for each in SENT if each.name not in said]
        links = [str(link.get_attribute("href")) for link in page.locator("a").all()]
        opened = page.evaluate("links => links.map(each => new URL(each, document.baseURI).href)", links)
        assert [True] * len(SENT) == [Path(unquote(each.removeprefix("file://"))).is_file() for each in opened]
    finally:
        context.close()
