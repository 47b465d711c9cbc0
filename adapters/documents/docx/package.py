"""The file itself: a ZIP archive of parts (ECMA-376, part 2), the body written as it is made.

python-docx makes the parts that do not grow with the document. The body does not become a tree of its: that
would take many times the memory of the text, and lxml takes time that grows with the square of the length of
a body to put blocks before the properties of the section at its end.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, BinaryIO
from xml.sax.saxutils import quoteattr

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE

from adapters.documents.docx import theme

_BODY = "word/document.xml"
_RELATIONSHIPS = "word/_rels/document.xml.rels"
_NUMBERING = "word/numbering.xml"
_ENDS = {_BODY: b"<w:sectPr", _RELATIONSHIPS: b"</Relationships>", _NUMBERING: b"</w:numbering>"}


class Body:
    """The body, to which WordprocessingML is appended, and the lists and addresses that it refers to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._addresses: dict[str, str] = {}
        self._lists: list[str] = []

    def append(self, markup: Iterable[str]) -> None:
        for block in markup:
            self._write(block.encode())

    def relate(self, address: str) -> str:
        """The id of the relationship to that address."""
        return self._addresses.setdefault(address, f"link{len(self._addresses) + 1}")

    def new_list(self, level: int, start: int) -> int:
        """The number of a new ordered list."""
        number = theme.NUMBERS + len(self._lists) + 1
        self._lists.append(theme.list_number(number, theme.NUMBERS, level, start))
        return number

    def relationships(self) -> Iterator[str]:
        for address, identifier in self._addresses.items():
            yield (
                f'<Relationship Id="{identifier}" Type="{RELATIONSHIP_TYPE.HYPERLINK}" '
                f'Target={quoteattr(address)} TargetMode="External"/>'
            )

    def lists(self) -> Iterator[str]:
        return iter(self._lists)


@contextmanager
def written(document: Document, target: BinaryIO) -> Iterator[Body]:
    """Write the document, which has no body yet, with the body that is appended meanwhile."""
    skeleton = BytesIO()
    document.save(skeleton)
    with zipfile.ZipFile(skeleton) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            if name not in _ENDS:
                archive.writestr(name, given.read(name))
        with _continued(given, archive, _BODY) as part:
            body = Body(part.write)
            yield body
        for name, markup in ((_RELATIONSHIPS, body.relationships()), (_NUMBERING, body.lists())):
            with _continued(given, archive, name) as part:
                for element in markup:
                    part.write(element.encode())


@contextmanager
def _continued(given: zipfile.ZipFile, archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """The part of that name, open for what is to stand before its end."""
    start, end, rest = given.read(name).rpartition(_ENDS[name])
    with archive.open(name, "w", force_zip64=True) as part:
        part.write(start)
        yield part
        part.write(end + rest)
