from learnscope.reports.inline import inline_svg
from tests.reports.pages import Page

DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="10pt" height="5pt" viewBox="0 0 10 5" version="1.1">
 <metadata>who and when</metadata>
 <defs><style type="text/css">* {fill: red}</style><path id="m1" d="M0 0"/>
 <clipPath id="p1"><rect/></clipPath></defs>
 <g clip-path="url(#p1)"><use xlink:href="#m1"/><text>a &lt;script&gt; id="m1"</text></g>
</svg>"""


def test_ids_and_links_get_the_prefix_and_texts_do_not() -> None:
    page = Page(inline_svg(DOCUMENT, prefix="fit-", label="A fit."))
    assert page.faults == []
    assert [a["id"] for _, a in page.elements if "id" in a] == ["fit-m1", "fit-p1"]
    assert page.all("use") == [{"href": "#fit-m1"}]
    assert page.all("g") == [{"clip-path": "url(#fit-p1)"}]
    assert 'a <script> id="m1"' in page.texts


def test_addresses_metadata_rules_and_sizes_go() -> None:
    text = inline_svg(DOCUMENT, prefix="", label='A "fit" & more')
    assert "http" not in text and "metadata" not in text and "style" not in text
    svg = Page(text).all("svg")[0]
    assert "width" not in svg and "height" not in svg
    assert svg["aria-label"] == 'A "fit" & more'
