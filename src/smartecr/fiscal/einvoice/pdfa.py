"""What makes a PDF/A-3 with an attached invoice a ZUGFeRD / Factur-X one: its XMP says which file and which profile.

Typst writes the rest (attachment with AFRelationship, colour profile, tags) but takes no metadata of others. So the
metadata stream is written once more, with the Factur-X schema in it, as an incremental update (ISO 32000-1, 7.5.6): the
bytes before stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

FILE_NAME: Final = "factur-x.xml"
RELATIONSHIP: Final = "alternative"
"""In Germany the XML says the same as the page (ZUGFeRD 2.x, EN 16931 profile)."""

_URI: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = (
    ("DocumentFileName", "The name of the embedded XML document"),
    ("DocumentType", "The type of the hybrid document in capital letters"),
    ("Version", "The actual version of the standard applying to the embedded XML document"),
    ("ConformanceLevel", "The conformance level of the embedded XML document"),
)
_DESCRIPTION: Final = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_URI}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    f"<fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
)
_SCHEMA: Final = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{_URI}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>"
    + "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"
        for name, about in _PROPERTIES
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)

_METADATA: Final = re.compile(rb"(\d+) 0 obj\n<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_TRAILER: Final = re.compile(rb"trailer\n<<(.*?)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)


def marked(pdf: bytes) -> bytes:
    """Return the PDF/A-3 that Typst wrote, declared as Factur-X. Raises ValueError for a PDF of another shape."""
    head = list(_METADATA.finditer(pdf))
    end = _TRAILER.search(pdf)
    if len(head) != 1 or end is None:
        raise ValueError("this PDF is not written as expected")
    number, length = head[0][1], int(head[0][2])
    xmp = pdf[head[0].end() : head[0].end() + length].decode()
    for before, added in (("</rdf:Bag></pdfaExtension:schemas>", _SCHEMA), ("</rdf:RDF>", _DESCRIPTION)):
        if xmp.count(before) != 1:
            raise ValueError("this PDF has other metadata than expected")
        xmp = xmp.replace(before, added + before)
    stream = xmp.encode()
    start = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    again = b"%s 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%s\nendstream\nendobj\n" % (
        number,
        len(stream),
        stream,
    )
    table = b"xref\n0 0\n%s 1\n%010d 00000 n\r\n" % (number, len(start))
    trailer = b"trailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (end[1], end[2], len(start) + len(again))
    return start + again + table + trailer
