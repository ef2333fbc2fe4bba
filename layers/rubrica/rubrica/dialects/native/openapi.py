"""The OpenAPI 3.1 document of /v1, built from the routes and schemas.

python -m rubrica.dialects.native.openapi            write docs/openapi.json
python -m rubrica.dialects.native.openapi --check    end with status 1 if it is not up to date
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rubrica.dialects.native.answers import PROBLEM
from rubrica.dialects.native.examples import examples
from rubrica.dialects.native.routes import ROUTES, Parameter, Route
from rubrica.dialects.native.schemas import SCHEMAS
from rubrica.errors import RequestError

VERSION: Final = "0.1.0"
PLACE: Final = Path("docs/openapi.json")

Members = Mapping[str, object]

_CARDS: Final[Members] = {
    "type": "array",
    "description": "JSContact 1.0 cards (RFC 9553).",
    "items": {"type": "object", "required": ["@type", "version", "uid"]},
}
_PASSED_HEADERS: Final = {"Retry-After": "Seconds after which the request may succeed.", "WWW-Authenticate": "Bearer."}


def document() -> Members:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rubrica",
            "version": VERSION,
            "summary": "Imports a user's address book and hands it on.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The installation that serves this document."}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A tenant's key."}},
            "schemas": {**SCHEMAS, "Cards": _CARDS},
        },
    }


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _paths() -> Members:
    paths: dict[str, dict[str, object]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> Members:
    operation: dict[str, object] = {
        "operationId": route.operation,
        "summary": route.summary,
        "description": route.description,
        "parameters": [_parameter(parameter) for parameter in route.parameters],
        "responses": {str(route.status): _success(route), **_refusals(route)},
    }
    if route.request:
        operation["requestBody"] = {"required": True, "content": {"application/json": _content(route.request)}}
    return operation


def _parameter(parameter: Parameter) -> Members:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _success(route: Route) -> Members:
    answer: dict[str, object] = {"description": route.summary + "."}
    if route.answers:
        answer["content"] = {kind: _content(name) for kind, name in route.answers.items()}
    if route.headers:
        answer["headers"] = {name: _header(about) for name, about in route.headers.items()}
    return answer


def _content(name: str) -> Members:
    if not name:
        return {"schema": {"type": "string"}}
    example = examples().get(name)
    return {"schema": _ref(name), **({"example": example} if example else {})}


def _header(description: str) -> Members:
    return {"description": description, "schema": {"type": "string"}}


def _refusals(route: Route) -> Mapping[str, Members]:
    """One answer a status; several errors may share one, and 'code' tells them apart."""
    statuses = sorted({error.status for error in route.errors})
    return {str(status): _refusal([it for it in route.errors if it.status == status]) for status in statuses}


def _refusal(errors: Sequence[type[RequestError]]) -> Members:
    refusal: dict[str, object] = {
        "description": " ".join(f"`{error.code}`: {error.title}" for error in errors),
        "content": {PROBLEM: {"schema": _ref("Problem")}},
    }
    if headers := _refusal_headers(errors):
        refusal["headers"] = headers
    return refusal


def _refusal_headers(errors: Sequence[type[RequestError]]) -> Members:
    names = []
    if any(error.status in (429, 503) or error.retry_after is not None for error in errors):
        names.append("Retry-After")
    if any(error.status == 401 for error in errors):
        names.append("WWW-Authenticate")
    return {name: _header(_PASSED_HEADERS[name]) for name in names}


def _ref(name: str) -> Members:
    return {"$ref": f"#/components/schemas/{name}"}


def main(arguments: Sequence[str]) -> int:
    """Write the document, or with --check tell whether the written one is up to date."""
    wanted = text()
    if "--check" in arguments:
        return 0 if PLACE.is_file() and PLACE.read_text(encoding="utf-8") == wanted else 1
    PLACE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
