"""A repair an owner asked for becomes a work order, and its end is reported back (BJ-0.1)."""

import pytest


def ask(estate, kind="repair"):
    browser = estate.logged_in("own")
    form = browser.get(f"/communities/{estate.name}/service/new").forms["form"]
    choice = next(name for name in form.fields if name and name.startswith("deformField"))
    form[choice], form["category"] = kind, "lift"
    form["place"], form["text"] = "3幢", "王女士家门口电梯不动"
    path = form.submit("save", status=303).location.removeprefix("http://localhost")
    estate.step(estate.logged_in("svc"), path, "take")
    return path


def hand_on(estate, path, status=303):
    service = estate.logged_in("svc")
    token = service.get(path).html.find("input", {"name": "csrf_token"})["value"]
    return service.post(path + "work-order", {"csrf_token": token}, status=status)


@pytest.mark.clause("BJ-0.1")
def test_repair_becomes_one_work_order_that_names_nobody_and_reports_back(estate):
    path = ask(estate)
    assert "转工单" in estate.logged_in("svc").get(path).text
    assert "转工单" not in estate.logged_in("own").get(path).text
    order = hand_on(estate, path).location.removeprefix("http://localhost")
    hand_on(estate, path, status=409)
    assert "查看工单" in estate.logged_in("svc").get(path).text
    page = estate.engineer.get(order)
    assert "电梯" in page.text
    assert "王女士" not in page.text
    assert path not in page.text  # engineers do not read the request
    assert path in estate.logged_in("svc").get(order).text
    for name, comment in (("accept", ""), ("start", ""), ("complete", "更换了门机")):
        estate.step(estate.engineer, order, name, comment)
    estate.step(estate.logged_in("con"), order, "sign_off")
    own = estate.logged_in("own")
    assert "更换了门机" in own.get(path).text
    estate.step(own, path, "confirm")
    assert "已办结" in own.get(path).text


def test_complaint_and_untaken_request_become_no_work_order(estate):
    path = ask(estate, "complaint")
    assert "转工单" not in estate.logged_in("svc").get(path).text
    hand_on(estate, path, status=409)


def test_cancelled_order_leaves_the_repair_open_for_another(estate):
    path = ask(estate)
    order = hand_on(estate, path).location.removeprefix("http://localhost")
    estate.step(estate.engineer, order, "cancel", "重复")
    assert hand_on(estate, path).location.removeprefix("http://localhost") != order
    engineer = estate.logged_in("eng")
    token = engineer.get("/me").html.find("input", {"name": "csrf_token"})["value"]
    engineer.post(path + "work-order", {"csrf_token": token}, status=403)
