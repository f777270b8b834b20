import pytest

from portal.rules.masking import (
    mask_company,
    mask_document,
    mask_email,
    mask_name,
    mask_phone,
    mask_resident_id,
)


@pytest.mark.clause("EV-11.5.1", "SZ-14.2")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张丰", "张*"),
        ("张三丰", "张*丰"),
        ("诸葛", "诸*"),
        ("诸葛亮", "诸葛*"),
        ("欧阳震华", "欧阳**"),
        ("张王李三", "张**三"),
        (" 张 三 丰 ", "张*丰"),
        ("张", "*"),
        ("", ""),
        ("阿卜杜·热合曼", "阿**·**"),
        ("John Smith", "J*** S***"),
    ],
)
def test_name_is_masked(name, shown):
    assert mask_name(name) == shown


@pytest.mark.clause("SZ-14.2")
def test_company_keeps_the_first_four_characters_of_its_name():
    assert mask_company("南山物业服务有限公司") == "南山物业***"


@pytest.mark.clause("EV-11.5.1")
@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("0755-26001234", "0755-****1234"),
        ("0755 2600123", "0755-****0123"),
        ("010-26001234", "010-****1234"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_phone_is_masked(number, shown):
    assert mask_phone(number) == shown


def test_resident_id_is_masked_more_in_public():
    assert mask_resident_id("440301199001011234") == "4403**********1234"
    assert mask_resident_id("440301199001011234", public=True) == "44****************"
    assert mask_resident_id("44030119900101123X") == "4403**********123X"
    assert mask_resident_id("440301900101123") == "44***********23"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("E12345678", "E1*****78"),
        ("91440300QPY36H144F", "91**************4F"),
        ("K12345", "K***45"),
        ("K123", "****"),
        ("", ""),
    ],
)
def test_other_document_is_masked(number, shown):
    assert mask_document(number) == shown


def test_email_is_masked():
    assert mask_email("zhang.san@example.cn") == "z***@example.cn"
    assert mask_email("nonsense") == "***"
