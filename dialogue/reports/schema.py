"""The form of a report document as a JSON Schema, and the check of a document against it.

One definition: it is served (`/schemas/report-2.json`), stands in docs/reference/, and `report
verify` refuses what does not have this form. The check knows the words of JSON Schema 2020-12 that
are used here, no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dialogue.reports import model

Schema = dict[str, Any]
MOST_PROBLEMS = 5


def document_schema() -> Schema:
    """Return the schema of a report document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/schemas/report-{model.VERSION}.json",
        "title": "Report of a dialogue",
        "description": "Every number over contributions stands beside their ids. Quotations are"
        " exact spans of published texts; text is null where the words were taken back since.",
        **_document(),
        "$defs": _definitions(),
    }


def problems(document: Any) -> list[str]:
    """Return where a document differs from the schema, the first few places; empty: nowhere."""
    schema = document_schema()
    found = []
    for line in _check(document, schema, schema["$defs"], ""):
        found.append(line)
        if len(found) == MOST_PROBLEMS:
            break
    return found


# --- The words the schema is written with ---------------------------------------------------------

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _object(**fields: Schema) -> Schema:
    """Exactly these fields; a name ends in _ where Python has the word itself."""
    properties = {name.rstrip("_"): form for name, form in fields.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _maybe(form: Schema) -> Schema:
    return {"anyOf": [form, {"type": "null"}]}


def _one(*values: str) -> Schema:
    return {"enum": list(values)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


# --- The document -----------------------------------------------------------------------------


def _document() -> Schema:
    return _object(
        format={"const": model.FORMAT},
        version={"const": model.VERSION},
        sha256=SHA256,
        input_sha256=SHA256,
        dialogue=_object(
            slug=TEXT,
            name=TEXT,
            question=TEXT,
            language=TEXT,
            time_zone=TEXT,
            imported={"type": "boolean"},
        ),
        covers=_object(until=TEXT, first_day=_maybe(DAY), last_day=_maybe(DAY)),
        edition=_object(number=COUNT, earlier=_list(SHA256), taken_back=_list(WHOLE)),
        counts=_map(COUNT),
        definitions=_map(TEXT),
        sets=_object(ideas_published=_list(WHOLE), comments_published=_list(WHOLE)),
        texts=_list(_object(id=WHOLE, revision=WHOLE, sha256=_maybe(TEXT))),
        activity=_list(_object(day=DAY, votes=COUNT, ideas=_list(WHOLE), comments=_list(WHOLE))),
        concentration=_object(votes=_ref("spread"), contributions=_ref("spread")),
        ideas=_list(_ref("idea")),
        ideas_taken_out=_list(_with(_TALLY, id=WHOLE)),
        ranking=_object(
            by=_one("least_agreeing_group", "everybody"), says=TEXT, votes_needed=COUNT
        ),
        groups=_ref("groups"),
        common_ground=_ref("agreement"),
        divisive=_ref("agreement"),
        topics=_object(
            state=_one("ok", "none"),
            list=_list(_with(_HEAP, name=TEXT)),
            without_topic=_list(WHOLE),
        ),
        themes=_object(
            state=_one("ok", "not_stable", "too_few"),
            needed=COUNT,
            stability=_maybe(NUMBER),
            list=_list(_with(_HEAP, terms=_list(TEXT))),
            unassigned=_list(WHOLE),
        ),
        key_points=_object(
            state=_one("ok", "too_few"),
            people_wrote=COUNT,
            topics=_list(
                _object(
                    topic=_maybe(TEXT),
                    state=_one("ok", "none", "too_few"),
                    different_texts=COUNT,
                    needed=COUNT,
                    stability=_maybe(SHARE),
                    list=_list(_ref("view")),
                )
            ),
            unmatched=_list(WHOLE),
        ),
        minority=_object(
            state=_one("ok", "none", "too_few"),
            people_needed=COUNT,
            views=_list(_with(_VIEW, from_=_one("key_points", "other_texts"))),
            groups=_list(_object(letter=TEXT, people=COUNT, share=SHARE, ideas=_list(WHOLE))),
            smallest_group=_maybe(TEXT),
        ),
        campaigns=_object(
            state=_one("ok", "none", "too_few"),
            all=_object(contributions=COUNT, different_texts=COUNT, people=COUNT),
            list=_list(
                _object(
                    contributions=_list(WHOLE),
                    different_texts=COUNT,
                    people=_maybe(COUNT),
                    quotation=_ref("quotation"),
                    shared_words=_list(_ref("quotation")),
                    added=_list(_object(core_share=SHARE, words=_list(_ref("quotation")))),
                    nothing_added=COUNT,
                )
            ),
        ),
        coverage=_object(
            contributions=COUNT,
            in_a_topic=_ref("covered"),
            in_a_theme=_ref("covered"),
            in_a_key_point=_ref("covered"),
        ),
        stability=_list(
            _object(
                part=TEXT,
                grade=_one("firm", "fair", "weak", "none"),
                stability=_maybe(NUMBER),
            )
        ),
        moderation=_object(
            received=COUNT,
            checked=COUNT,
            not_published=COUNT,
            share_not_published=_maybe(SHARE),
            reasons=_list(_object(reason=TEXT, contributions=COUNT)),
            decisions=_list(_object(outcome=TEXT, decisions=COUNT)),
        ),
        hand=_list(_ref("edit")),
        changes=_maybe(_ref("changes")),
        limits=_list(_object(code=TEXT, text=TEXT)),
        method={"type": "object"},
    )


_TALLY = {
    "agree": COUNT,
    "disagree": COUNT,
    "pass": COUNT,
    "votes": COUNT,
    "share": _maybe(SHARE),
    "low": _maybe(SHARE),
    "high": _maybe(SHARE),
}
_HEAP = {
    "key": TEXT,
    "ideas": _list(WHOLE),
    "comments": _list(WHOLE),
    "different_texts": COUNT,
    "people": _maybe(COUNT),
    "quotations": _list(_ref("quotation")),
    "votes": COUNT,
    "share": _maybe(SHARE),
    "groups": _map(_maybe(SHARE)),
    "gap": _maybe(SHARE),
}
_VIEW = {
    "quotation": _ref("quotation"),
    "contributions": _list(WHOLE),
    "different_texts": COUNT,
    "people": _maybe(COUNT),
    "voices": COUNT,
    "share": SHARE,
    "low": SHARE,
    "high": SHARE,
}


def _with(fields: dict[str, Schema], **more: Schema) -> Schema:
    return _object(**fields, **more)


def _definitions() -> dict[str, Schema]:
    share = _object(count=COUNT, of=COUNT, share=SHARE, low=SHARE, high=SHARE)
    moved = _object(added=_list(WHOLE), gone=_list(WHOLE), edited=_list(WHOLE))
    return {
        "quotation": _object(
            contribution=WHOLE,
            revision=WHOLE,
            language=TEXT,
            start=COUNT,
            end=COUNT,
            text=_maybe(TEXT),
        ),
        "spread": {
            "anyOf": [
                _object(state={"const": "too_few"}, people=COUNT, needed=COUNT),
                _object(
                    state={"const": "ok"},
                    people=COUNT,
                    median=NUMBER,
                    mean=NUMBER,
                    gini=SHARE,
                    top=_object(fraction=SHARE, share=SHARE),
                ),
            ]
        },
        "tally": _object(**_TALLY),
        "idea": _with(
            _TALLY,
            id=WHOLE,
            topic=TEXT,
            language=TEXT,
            words=_ref("quotation"),
            rank=_maybe(COUNT),
            groups=_map(_maybe(_ref("tally"))),
            least=_maybe(_object(group=TEXT, share=SHARE)),
        ),
        "groups": _object(
            state=_one("ok", "not_clear"),
            reason=TEXT,
            votes_needed=COUNT,
            people_placed=COUNT,
            people_left_out=COUNT,
            k=COUNT,
            silhouette=NUMBER,
            stability=NUMBER,
            explained=_list(NUMBER),
            list=_list(
                _object(
                    letter=TEXT,
                    people=COUNT,
                    stands_for=_list(
                        _object(
                            idea=WHOLE,
                            direction=_one("agree", "disagree"),
                            inside=share,
                            outside=share,
                        )
                    ),
                )
            ),
            map=_maybe(
                _object(
                    marks=_list(_object(group=TEXT, x=NUMBER, y=NUMBER, people=COUNT)),
                    outlines=_list(
                        _object(group=TEXT, x=NUMBER, y=NUMBER, rx=NUMBER, ry=NUMBER, turn=NUMBER)
                    ),
                )
            ),
        ),
        "agreement": {
            "anyOf": [
                _object(state={"const": "no_groups"}, ideas=_list(WHOLE)),
                _object(state=_one("ok", "none"), ideas=_list(WHOLE), found=COUNT),
            ]
        },
        "view": _object(**_VIEW),
        "covered": _object(contributions=COUNT, share=_maybe(SHARE), left_out=_list(WHOLE)),
        "edit": _object(
            kind=_one("name", "merge", "split", "leave_out", "pick", "foreword"),
            target=TEXT,
            value={"type": "object"},
            by=TEXT,
            day=DAY,
        ),
        "changes": _object(
            since=_object(number=COUNT, sha256=SHA256, until=TEXT),
            counts=_list(_object(name=TEXT, before=COUNT, after=COUNT)),
            ideas=moved,
            comments=moved,
            agreement=_list(
                _object(
                    kind=_one("topic", "theme"),
                    key=TEXT,
                    before=_maybe(SHARE),
                    after=_maybe(SHARE),
                )
            ),
            moved_most=_list(_object(idea=WHOLE, before=SHARE, after=SHARE)),
            common_ground=_object(added=_list(WHOLE), gone=_list(WHOLE)),
            groups=_object(before=COUNT, after=COUNT, new={"type": "boolean"}),
            method=_list(TEXT),
        ),
    }


# --- The check --------------------------------------------------------------------------------

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def _check(value: Any, form: Schema, definitions: Schema, path: str) -> Iterator[str]:
    """Yield a line for each place where `value` has another form."""
    if "$ref" in form:
        form = definitions[form["$ref"].rsplit("/", 1)[1]]
    here = path or "the document"
    if "anyOf" in form:
        tried = [list(_check(value, one, definitions, path)) for one in form["anyOf"]]
        if all(tried):
            yield min(tried, key=len)[0]
        return
    if "const" in form and value != form["const"]:
        yield f"{here} must be {form['const']!r}."
    if "enum" in form and value not in form["enum"]:
        yield f"{here} must be one of {', '.join(form['enum'])}."
    kind = form.get("type")
    if kind is None:
        return
    if not _is(value, kind):
        yield f"{here} must be of type {kind}."
    elif kind == "object":
        yield from _check_object(value, form, definitions, path)
    elif kind == "array":
        for place, item in enumerate(value):
            yield from _check(item, form["items"], definitions, f"{path}[{place}]")
    elif kind == "string":
        if not re.search(form.get("pattern", ""), str(value)):
            yield f"{here} does not have the form {form['pattern']}."
    elif kind in {"integer", "number"}:
        if "minimum" in form and value < form["minimum"]:
            yield f"{here} must be {form['minimum']} or more."
        if "maximum" in form and value > form["maximum"]:
            yield f"{here} must be {form['maximum']} or less."


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _check_object(value: Any, form: Schema, definitions: Schema, path: str) -> Iterator[str]:
    known = form.get("properties", {})
    other = form.get("additionalProperties", True)
    for name in form.get("required", ()):
        if name not in value:
            yield f"{path or 'the document'} lacks {name}."
    for name, item in value.items():
        below = f"{path}.{name}" if path else str(name)
        if name in known:
            yield from _check(item, known[name], definitions, below)
        elif other is False:
            yield f"{below} is not part of a report."
        elif isinstance(other, dict):
            yield from _check(item, other, definitions, below)
