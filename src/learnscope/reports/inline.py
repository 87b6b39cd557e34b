"""SVG documents as parts of an HTML page: no addresses, and ids that no other picture has."""

import re
from xml.etree import ElementTree

_LINK = re.compile(r"url\(#")
_DROPPED = {"metadata", "style"}


def inline_svg(document: str, *, prefix: str, label: str) -> str:
    """Return an SVG document as an element for HTML.

    Namespaces, metadata, the fixed size and rules that would act on the whole page go; ids and
    the links to them get a prefix. Text is escaped anew.

    Args:
        document: text of an SVG file that this program drew.
        prefix: letters that begin every id, different for each picture of a page.
        label: what a screen reader speaks.
    """
    root = ElementTree.fromstring(document)
    _clean(root, prefix)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= {"role": "img", "aria-label": label, "class": "plot"}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(element: ElementTree.Element, prefix: str) -> None:
    element.tag = _local(element.tag)
    attributes = {_local(name): value for name, value in element.attrib.items()}
    element.attrib.clear()
    for name, value in attributes.items():
        element.set(name, _with_prefix(name, value, prefix))
    for child in list(element):
        if _local(child.tag) in _DROPPED:
            element.remove(child)
        else:
            _clean(child, prefix)


def _with_prefix(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return _LINK.sub(f"url(#{prefix}", value)


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]
