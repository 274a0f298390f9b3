"""The rules of version 0.5.1 of CDEvents, as far as they touch what is written."""

from typing import Any

from jsonschema import Draft202012Validator

TEXT = {"type": "string", "minLength": 1}
REFERENCE = {"type": "string", "pattern": r"^[^\s<>\"{}|\\^`]+$"}
URI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
ANY_TYPE = {"type": "string"}


def an_object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": [*required],
        "additionalProperties": False,
    }


THING = an_object({"id": TEXT}, {"source": REFERENCE})
CONTENT = {"description": {"type": "string"}, "service": THING, "artifactId": TEXT}


def rules(content: dict[str, Any], event_type: dict[str, Any]) -> Draft202012Validator:
    context = {"specversion": TEXT, "id": TEXT, "source": REFERENCE, "type": event_type}
    return Draft202012Validator(
        an_object(
            {
                "context": an_object(
                    {**context, "timestamp": TIME}, {"schemaUri": URI, "chainId": TEXT}
                ),
                "subject": an_object({"id": TEXT, "content": content}, {"source": REFERENCE}),
            },
            {"customData": {"type": "object"}, "customDataContentType": {"type": "string"}},
        )
    )


PLAIN = an_object({"environment": THING}, CONTENT)
WITH_TICKET = an_object({"environment": THING, "ticketURI": URI}, CONTENT)
RULES = {
    "dev.cdevents.incident.detected.0.3.0": rules(PLAIN, ANY_TYPE),
    "dev.cdevents.incident.reported.0.3.0": rules(WITH_TICKET, ANY_TYPE),
    "dev.cdevents.incident.resolved.0.3.0": rules(PLAIN, ANY_TYPE),
}
CUSTOM = rules(
    {"type": "object"},
    {"pattern": r"^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.[0-9]\.[0-9]\.[0-9]$"},
)
CLOUDEVENT = Draft202012Validator(
    an_object(
        {
            "specversion": {"const": "1.0"},
            "id": TEXT,
            "source": REFERENCE,
            "type": TEXT,
            "subject": TEXT,
            "time": TIME,
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        }
    )
)


def check(cdevent: dict[str, Any]) -> None:
    RULES.get(cdevent["context"]["type"], CUSTOM).validate(cdevent)
