"""Message templates are data: places to fill, never code, never another person's data."""

import ast
from pathlib import Path

import pytest

import skins
from portal.errors import ConfigurationError
from portal.message_templates import load, parse

GOOD = {
    "category": "vote",
    "subject": {"zh_CN": "表决：{title}", "en": "Vote: {title}"},
    "body": {"zh_CN": "{title} 到 {end}", "en": "{title} until {end}"},
}


def with_body(chinese, english=None):
    return GOOD | {"body": {"zh_CN": chinese, "en": english if english is not None else chinese}}


def render(template, **values):
    return template.render({"title": "会议", "end": "明天"} | values)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "{title.__class__}",
            "{title[0]}",
            "{title!r}",
            "{title:>99999}",
            "{0}",
            "{}",
            "{ title }",
        ),
        *("{{title}}", "{title", "title}", "${title}{", "{__class__}", "{Title}", "{% x %}"),
    ],
)
def test_only_plain_places_are_accepted(text):
    with pytest.raises(ConfigurationError):
        parse("x", with_body(text + "{end}"))


@pytest.mark.parametrize(
    "value",
    [
        *("{end}", "${end}", "{{7*7}}", "{title.__class__}", "%(end)s", "<tal:x replace='1'/>"),
        *("\\g<0>", "\\1", "$end"),
    ],
)
def test_value_is_never_read_as_a_template(value):
    _, body = render(parse("x", GOOD), title=value)
    assert body == f"{value} 到 明天"


def test_line_break_in_a_value_cannot_forge_a_header():
    subject, _ = render(parse("x", GOOD), title="会议\r\nBcc: a@example.cn")
    assert "\r" not in subject
    assert "\n" not in subject


@pytest.mark.clause("EV-9.10.1")
@pytest.mark.parametrize("place", ["name", "owner_name", "phone", "id_number", "code", "password"])
def test_template_with_a_personal_place_is_refused(place):
    with pytest.raises(ConfigurationError, match="personal"):
        parse("x", with_body(f"{{title}}{{{place}}}"))


@pytest.mark.clause("EV-9.10.1")
def test_numbers_of_persons_in_values_are_masked():
    _, body = render(parse("x", GOOD), end="李四 13900139000 440301199001011234")
    assert "13900139000" not in body
    assert "440301199001011234" not in body


def test_code_stays_whole_in_a_code_message():
    data = GOOD | {"category": "code"} | with_body("{code}") | {"category": "code"}
    assert render(parse("x", data), code="13900139000")[1] == "13900139000"


@pytest.mark.parametrize("value", [None, 1.5, [], {}, True, object()])
def test_only_texts_and_numbers_are_filled_in(value):
    with pytest.raises(ConfigurationError):
        render(parse("x", GOOD), end=value)


def test_missing_value_stops_the_message():
    with pytest.raises(ConfigurationError, match="end"):
        parse("x", GOOD).render({"title": "x"})


@pytest.mark.parametrize(
    "data",
    [
        *({}, [], None, GOOD | {"extra": 1}, GOOD | {"category": "other"}),
        GOOD | {"subject": {"zh_CN": "{title}"}},
        with_body("{title}{end}", "{title}"),
    ],
)
def test_incomplete_template_stops_the_start(data):
    with pytest.raises(ConfigurationError):
        parse("x", data)


def test_every_message_of_the_site_is_well_formed_in_both_languages():
    templates = load(Path(skins.__file__).parent / "messages")
    assert len(templates) > 20
    for template in templates.values():
        values = dict.fromkeys(template.places, "值")
        for language in ("zh_CN", "en"):
            subject, body = template.render(values, language)
            assert subject
            assert "{" not in body


def test_one_id_means_one_message(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(
            "x: {category: vote, subject: {zh_CN: a, en: a}, body: {zh_CN: a, en: a}}\n", "utf-8"
        )
    with pytest.raises(ConfigurationError, match="twice"):
        load(tmp_path)


ROOT = Path(skins.__file__).parents[1]


def named_templates(path):
    """Yield the ids of templates that a module names in full when it sends a message."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            *("notify.send", "send", "notify.send_to_address", "send_to_address"),
        ):
            place = 3 if "address" in ast.unparse(node.func) else 2
            if len(node.args) > place and isinstance(node.args[place], ast.Constant):
                yield node.args[place].value


def test_every_message_that_is_sent_has_its_text():
    known = set()
    for folder in (ROOT / "skins", *(ROOT / "plugins").glob("*/*")):
        known |= set(load(folder / "messages"))
    sent = {
        (path.name, template_id)
        for package in ("portal", "content_types", "plugins")
        for path in (ROOT / package).rglob("*.py")
        if "tests" not in path.parts
        for template_id in named_templates(path)
    }
    assert sent
    assert {entry for entry in sent if entry[1] not in known} == set()
