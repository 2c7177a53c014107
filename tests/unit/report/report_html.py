"""A small reader of pages for the tests: elements with their attributes, and tables as grids of text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "input", "link", "img", "hr"}


@dataclass
class Element:
    """An element, its attributes, and its children and texts in order."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str) -> list["Element"]:
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if child.tag == tag else []
                found += child.all(tag)
        return found

    def with_id(self, name: str) -> "Element":
        return next(one for one in self.everything() if one.attributes.get("id") == name)

    def everything(self) -> list["Element"]:
        own = [child for child in self.children if isinstance(child, Element)]
        return own + [below for child in own for below in child.everything()]

    def with_class(self, name: str) -> list["Element"]:
        return [one for one in self.everything() if name in one.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        return " ".join(" ".join(child if isinstance(child, str) else child.text for child in self.children).split())

    def grid(self) -> list[list[str]]:
        """The cells of a table, without its caption."""
        return [
            [cell.text for cell in row.children if isinstance(cell, Element) and cell.tag in {"td", "th"}]
            for row in self.all("tr")
        ]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(page: str) -> Element:
    """The page as a tree; an element that is not closed in its place is a fault."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    assert builder.faults == []
    assert len(builder.open) == 1
    return builder.root
