"""The description of `/api/v1` that `GET /api/openapi.json` gives."""

from typing import Any

_REPLY = {
    "type": "object",
    "required": ["id", "kind", "text", "buttons"],
    "properties": {
        "id": {"type": "integer", "description": "rises within a conversation"},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"type": "string", "enum": ["text", "card", "image", "file"]},
        "text": {"type": "string"},
        "title": {"type": "string"},
        "buttons": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["label", "payload"],
                "properties": {"label": {"type": "string"}, "payload": {"type": "string"}},
            },
        },
        "topic": {"type": "string"},
        "cites": {"type": "array", "items": {"type": "string"}},
        "clears": {
            "type": "boolean",
            "description": "true: what was said before is forgotten, and programs that still show it are to clear it",
        },
    },
}
_REPLIES = {
    "type": "object",
    "required": ["conversation", "replies", "next"],
    "properties": {
        "conversation": {"type": "string"},
        "replies": {"type": "array", "items": _REPLY},
        "next": {"type": "integer", "description": "give it as `after` to get what came later"},
        "safe": {
            "type": "boolean",
            "description": "true in safe mode, else left out: others may look at this screen, so titles are to tell "
            "nothing. A stream tells it with an event named `safe`.",
        },
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
_MESSAGE = {
    "type": "object",
    "properties": {
        "conversation": {"type": ["string", "null"], "description": "null begins a new conversation"},
        "id": {
            "type": ["string", "null"],
            "description": "your id for this message; sent twice it gives the same replies and one record. "
            "With 16 random characters or more, repeating the first message finds the same conversation.",
        },
        "text": {"type": "string"},
        "payload": {"type": "string", "description": "what a tapped button carried"},
    },
}

_FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "conversation": {"type": "string", "description": "left out, a new conversation begins"},
        "id": {"type": "string", "description": "as that of a message"},
        "file": {"type": "string", "format": "binary"},
    },
}


def _answers(*errors: int) -> dict[str, Any]:
    good = {
        "description": "replies",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Replies"}}},
    }
    bad = {
        "description": "what was wrong",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    return {"200": good} | {str(status): bad for status in errors}


def describe(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    query = [
        {"name": "conversation", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "after", "in": "query", "schema": {"type": "integer", "default": 0}},
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "法问 Fawen", "version": version},
        "paths": {
            "/api/v1/messages": {
                "post": {
                    "summary": "Say something; the replies come back",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}},
                    },
                    "responses": _answers(400, 404, 413, 415, 422, 429, 503),
                },
                "get": {
                    "summary": "Replies that came later; as server-sent events with Accept: text/event-stream",
                    "parameters": query,
                    "responses": _answers(404, 422, 503),
                },
            },
            "/api/v1/attachments": {
                "post": {
                    "summary": "Hand in one file, at most 10 MB, for a form, a case or a person; the replies come back",
                    "description": "Kept only where something in the conversation waits for it; the reply says so. "
                    "Taken: jpeg, png, webp, heic, pdf, mp4, mov, m4a, amr, mp3, ogg, docx, xlsx.",
                    "requestBody": {
                        "required": True,
                        "content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/File"}}},
                    },
                    "responses": _answers(400, 404, 413, 415, 422, 429, 503),
                }
            },
        },
        "components": {"schemas": {"Message": _MESSAGE, "File": _FILE, "Replies": _REPLIES, "Error": _ERROR}},
    }
