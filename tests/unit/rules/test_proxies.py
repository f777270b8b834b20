import pytest

from portal.rules.errors import RuleError
from portal.rules.proxies import check_appointment, check_cancellation, check_matters

DOCUMENT = {
    "proxy_name": "孙丽",
    "proxy_id_document": "440301199001011234",
    "matters": "全部表决事项",
    "powers": "投票",
    "period": "2026-06-20 至 2026-07-05",
    "proxy_mobile": "13812345678",
    "voting_rights": "107.81",
}


@pytest.mark.clause("SZ-N6.1")
def test_third_appointor_is_accepted_and_the_fourth_refused(shenzhen):
    check_appointment(shenzhen, DOCUMENT, "c", ["a", "b"])
    with pytest.raises(RuleError) as caught:
        check_appointment(shenzhen, DOCUMENT, "d", ["a", "b", "c"])
    assert caught.value.clause == "SZ-N6.1"
    assert caught.value.values == {"maximum": 3}
    check_appointment(shenzhen, DOCUMENT, "c", ["a", "b", "c"])


@pytest.mark.clause("SZ-20.2", "SZ-N6.2")
@pytest.mark.parametrize("name", sorted(DOCUMENT))
def test_document_with_a_missing_field_is_refused(shenzhen, name):
    for document in (
        {key: value for key, value in DOCUMENT.items() if key != name},
        DOCUMENT | {name: "  "},
    ):
        with pytest.raises(RuleError) as caught:
            check_appointment(shenzhen, document, "a", [])
        assert (caught.value.clause, caught.value.field) == ("SZ-20.2", name)


@pytest.mark.clause("SZ-20.4")
def test_appointment_is_withdrawn_only_before_it_is_used(shenzhen):
    check_cancellation(shenzhen, proxy_has_voted=False)
    with pytest.raises(RuleError, match="proxy_voted"):
        check_cancellation(shenzhen, proxy_has_voted=True)


def test_beijing_offers_no_proxy(beijing):
    with pytest.raises(RuleError, match="proxy_not_offered"):
        check_appointment(beijing, DOCUMENT, "a", [])


@pytest.mark.clause("SZ-20.2")
def test_proxy_votes_only_on_the_motions_he_was_given(shenzhen):
    check_matters(shenzhen, (), ["m-1", "m-2"])
    check_matters(shenzhen, ("m-1",), ["m-1"])
    with pytest.raises(RuleError) as caught:
        check_matters(shenzhen, ("m-1",), ["m-1", "m-2"])
    assert (caught.value.clause, caught.value.field) == ("SZ-20.2", "m-2")
