"""Serve every page template with sample values under the portal's own content security policy.

``python etc/preview.py [port]`` prints the addresses; the browser tests and ``etc/screens.py``
use `application()`.  It needs no database.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "etc")]

import colander  # noqa: E402
import deform  # noqa: E402
import yaml  # noqa: E402
from pyramid.config import Configurator  # noqa: E402
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther  # noqa: E402
from pyramid.response import Response  # noqa: E402
from waitress import serve  # noqa: E402

from portal import routes  # noqa: E402
from portal.app import SECURITY_HEADERS  # noqa: E402
from portal.forms import widget_renderer  # noqa: E402
from portal.layout import Layout  # noqa: E402

# The case that stands at the template's own address.
MAIN = "main"


class PreviewLayout(Layout):
    """The layout with sample values where the real one asks the database."""

    site_title = "议堂"
    place = "锦绣花园"
    own_name = "王建国"
    unread = 3
    demo = False
    csrf_token = "preview"  # noqa: S105 - not a secret.
    help_phone = "0755-2222 0000"

    @property
    def mode(self) -> str:
        """Take the mode from the query."""
        return str(self.request.params.get("mode", ""))

    @property
    def account(self) -> Any:
        """Let somebody be logged in, or nobody with ``?anonymous=1``."""
        return None if self.request.params.get("anonymous") else object()

    @property
    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return sample places."""
        return [
            ("首页", "/"),
            ("锦绣花园", "#"),
            ("业主大会会议", "#"),
            ("第十一次会议", self.request.path + "/"),
        ]

    @property
    def flash(self) -> list[tuple[str, Any]]:
        """Return a sample message with ``?flash=1``."""
        return [("success", "content.saved")] if self.request.params.get("flash") else []


class Person(colander.MappingSchema):
    """A group of fields."""

    name = colander.SchemaNode(colander.String(), title="姓名", validator=colander.Length(max=20))
    share = colander.SchemaNode(colander.Decimal(), title="份额", missing=None)


class People(colander.SequenceSchema):
    """A growing list."""

    person = Person(title="共有权人")


class Sample(colander.MappingSchema):
    """A form with every widget."""

    title = colander.SchemaNode(
        colander.String(),
        title="公告标题",
        description="不超过 80 字。",
        validator=colander.Length(max=80),
    )
    body = colander.SchemaNode(
        colander.String(), title="正文", widget=deform.widget.TextAreaWidget(rows=4)
    )
    kind = colander.SchemaNode(
        colander.String(),
        title="会议类型",
        widget=deform.widget.SelectWidget(
            values=[("", "请选择"), ("r", "定期会议"), ("e", "临时会议")]
        ),
    )
    form = colander.SchemaNode(
        colander.String(),
        title="会议形式",
        widget=deform.widget.RadioChoiceWidget(
            values=[("written", "书面征求意见"), ("sitting", "集体讨论")]
        ),
        missing="",
    )
    scope = colander.SchemaNode(
        colander.Set(),
        title="通知范围",
        widget=deform.widget.CheckboxChoiceWidget(
            values=[("1", "1 幢"), ("2", "2 幢"), ("3", "3 幢")]
        ),
    )
    opens_on = colander.SchemaNode(colander.Date(), title="公示开始日")
    opens_at = colander.SchemaNode(colander.DateTime(), title="投票开始时间", missing=None)
    area = colander.SchemaNode(
        colander.Decimal(),
        title="建筑面积",
        widget=deform.widget.TextInputWidget(
            input_append="㎡", attributes={"inputmode": "decimal"}
        ),
    )
    photo = colander.SchemaNode(
        deform.FileData(),
        title="张贴照片",
        description="手机可以直接拍照。",
        widget=deform.widget.FileUploadWidget({}, accept="image/*"),
        missing=None,
    )
    password = colander.SchemaNode(
        colander.String(), title="设置密码", widget=deform.widget.CheckedPasswordWidget()
    )
    agree = colander.SchemaNode(
        colander.Boolean(),
        title="同意",
        widget=deform.widget.CheckboxWidget(label="我已阅读并同意个人信息处理规则"),
    )
    people = People(title="共有权人", widget=deform.widget.SequenceWidget(min_len=1))


def sample_form(request: Any, *, wrong: bool) -> str:
    """Return the form with every widget, plain or with errors."""
    form = deform.Form(
        Sample(),
        formid="sample" if wrong else "sample0",
        buttons=(
            deform.Button("save", "保存"),
            deform.Button("back", "返回", type="link", value="#"),
        ),
        renderer=widget_renderer(request.localizer),
    )
    form.csrf_token = "preview"  # noqa: S105
    if not wrong:
        return str(form.render())
    controls = [
        ("title", ""),
        ("body", "正文"),
        ("__start__", "people:sequence"),
        ("__start__", "person:mapping"),
        ("name", ""),
        ("__end__", "person:mapping"),
        ("__end__", "people:sequence"),
    ]
    try:
        form.validate(controls)
    except deform.ValidationFailure as failure:
        return str(failure.render())
    raise AssertionError("the sample form must fail")


def samples() -> dict[str, dict[str, Any]]:
    """Return the sample values of every case of every template, read afresh."""
    return yaml.safe_load((ROOT / "etc" / "samples.yaml").read_text("utf-8"))


def page(request: Any) -> Any:
    """Show one case of one template."""
    name, case = request.matchdict["template"], request.matchdict.get("case", "")
    values = samples().get(name, {}).get(case or MAIN)
    if values is None:
        raise HTTPNotFound
    from pyramid.renderers import render_to_response

    if "item" in values:
        values["item"] = SimpleNamespace(**values["item"])
    if name == "styleguide":
        values["sample"] = dict(values["sample"], form=sample_form(request, wrong=True))
    if values.get("form") == "sample":
        values["form"] = sample_form(request, wrong=False)
    values.setdefault("context", None)
    return render_to_response(f"skins:default/{name}.pt", values, request=request)


def index(request: Any) -> Response:
    """List the pages."""
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in paths())
    return Response(f"<!DOCTYPE html><html lang=zh><title>preview</title><ul>{links}</ul></html>")


def paths() -> list[str]:
    """Return the address of every case of every template."""
    return [
        f"/preview/{name}" if case == MAIN else f"/preview/{name}/{case}"
        for name, cases in samples().items()
        for case in cases
    ]


def headers(handler: Any, registry: Any) -> Any:
    """Add the portal's security headers."""

    def tween(request: Any) -> Any:
        response = handler(request)
        response.headers.update(SECURITY_HEADERS)
        return response

    return tween


def application() -> Any:
    """Return the preview as a WSGI application."""
    settings = {"pyramid.default_locale_name": "zh_CN", "reload_templates": True}
    with Configurator(settings=settings) as config:
        config.include("pyramid_chameleon")
        config.registry.static_addresses = {}
        config.add_translation_dirs(str(ROOT / "skins" / "locale"))
        config.add_static_view("static", "skins:static")
        config.add_request_method(lambda request: "preview", "csrf_token", property=True)
        config.add_request_method(
            lambda request: request.params.get("lang", "zh_CN"), "locale_name", reify=True
        )
        config.add_subscriber(
            lambda event: event.update(layout=PreviewLayout(event["request"], None)),
            "pyramid.events.BeforeRender",
        )
        config.add_route("preview_index", "/preview")
        config.add_route("preview_case", "/preview/{template}/{case}")
        config.add_route("preview", "/preview/{template}")
        config.include(routes)
        config.add_view(index, route_name="preview_index")
        config.add_view(page, route_name="preview_case")
        config.add_view(page, route_name="preview")
        config.add_view(lambda request: HTTPSeeOther("/preview"))
        config.add_tween("preview.headers")
        return config.make_wsgi_app()


if __name__ == "__main__":
    PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 6600
    for address in paths():
        sys.stdout.write(f"http://127.0.0.1:{PORT}{address}\n")
    serve(application(), host="127.0.0.1", port=PORT, threads=2)
