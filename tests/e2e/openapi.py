"""Checks values against an OpenAPI 3.1 document, as far as tutti's documents go: an unknown keyword is an error."""
import re

NOTES = {"description", "title", "default", "example", "format"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def resolve(document, schema):
    while "$ref" in schema:
        assert schema["$ref"].startswith("#/"), schema
        found = document
        for part in schema["$ref"][2:].split("/"):
            found = found[part]
        schema = found
    return schema


def is_a(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def problems(document, schema, value, where="$"):
    """Every way in which the value breaks the schema, as texts."""
    schema = resolve(document, schema)
    out = []
    for key, rule in schema.items():
        if key == "type":
            names = rule if isinstance(rule, list) else [rule]
            if not any(is_a(value, name) for name in names):
                return [f"{where}: {value!r} is no {rule}"]
        elif key == "properties":
            for name, inner in rule.items():
                if isinstance(value, dict) and name in value:
                    out += problems(document, inner, value[name], f"{where}.{name}")
            # Answers hold what the document names and nothing else.
            if isinstance(value, dict):
                out += [f"{where}.{name}: not in the document" for name in value if name not in rule]
        elif key == "required":
            out += [f"{where}.{name}: missing" for name in rule if name not in value]
        elif key == "items":
            for i, item in enumerate(value if isinstance(value, list) else ()):
                out += problems(document, rule, item, f"{where}[{i}]")
        elif key == "enum":
            out += [] if value in rule else [f"{where}: {value!r} is none of {rule}"]
        elif key == "minimum":
            out += [] if value >= rule else [f"{where}: {value} < {rule}"]
        elif key == "maximum":
            out += [] if value <= rule else [f"{where}: {value} > {rule}"]
        elif key == "maxLength":
            out += [] if len(value) <= rule else [f"{where}: longer than {rule}"]
        elif key == "minLength":
            out += [] if len(value) >= rule else [f"{where}: shorter than {rule}"]
        elif key == "pattern":
            out += [] if re.search(rule, value) else [f"{where}: {value!r} does not match {rule}"]
        elif key == "additionalProperties":
            pass  # the rule of `properties` is stricter
        else:
            assert key in NOTES, f"{where}: the validator does not know {key}"
    return out


def answer_schema(document, operation, status):
    """The schema of an operation's JSON answer; None when the document does not know the status, or the answer is bytes."""
    responses = operation["responses"]
    if str(status) not in responses:
        return None
    content = resolve(document, responses[str(status)])["content"]
    return content["application/json"]["schema"] if "application/json" in content else None


def required(document, operation):
    """The arguments an operation cannot do without."""
    names = [p["name"] for p in operation.get("parameters", ()) if p.get("required")]
    if body := operation.get("requestBody"):
        names += resolve(document, body["content"]["application/json"]["schema"]).get("required", [])
    return names


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation
