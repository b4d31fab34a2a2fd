"""One piece of data as XML or as JSON in the "Spark" mapping GeoReport v2 asks for.

In JSON a list is a bare array, an empty element null, truth true. In XML each list has a name and
its items another; there are no namespaces.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response, request

# What an item of a list is called in XML.
ITEMS = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "notes": "note",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# XML 1.0 §2.2 has no sign for these, escaped or not.
UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def asked_format() -> str:
    """Return the format the address ends in; XML, the one that must be, for any other."""
    return "json" if request.path.endswith(".json") else "xml"


def answer(root: str, data: Any, status: int = 200) -> Response:
    """Answer in the asked format; ``root`` names the outermost XML element."""
    kind = asked_format()
    if kind == "json":
        body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
    else:
        # Spelled out: ElementTree's own declaration has single quotes, which old readers refuse.
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(
            _element(root, data), encoding="utf-8"
        )
    response = Response(body, status)
    response.headers["Content-Type"] = TYPES[kind]
    return response


def _element(name: str, data: Any) -> ET.Element:
    made = ET.Element(name)
    if isinstance(data, dict):
        made.extend(_element(key, value) for key, value in data.items())
    elif isinstance(data, list):
        made.extend(_element(ITEMS[name], one) for one in data)
    elif isinstance(data, bool):
        made.text = "true" if data else "false"
    elif data is not None:
        made.text = UNSAYABLE.sub("", str(data))
    return made
