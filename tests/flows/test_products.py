"""The product rows of DOMAIN §2.2, as the migration made them."""

import pytest

from guarantees.models import Product, ProductTerms
from guarantees.models.products import Family
from portal.ksx1001 import byte_size

pytestmark = pytest.mark.django_db

# code, name, SMS label and its bytes, base ppm, per case, expiry SMS, auto release, papers
TABLE = [
    ("B1", "입찰보증", "입찰보증", 8, 300, True, False, True, 1),
    ("C1", "계약보증", "계약보증", 8, 6000, False, True, False, 1),
    ("X1", "공사이행보증", "공사이행보증", 12, 5000, False, True, False, 5),
    ("A1", "선급금보증", "선급금보증", 10, 6000, False, True, False, 2),
    ("D1", "하자보수보증", "하자보수보증", 12, 6000, False, False, True, 1),
    ("P1", "하도급대금지급보증", "하도급대금", 10, 9000, False, True, False, 2),
    ("E1", "건설기계대여대금지급보증", "건설기계대여", 12, 9000, False, True, False, 2),
    ("H1", "손해배상보증", "손해배상보증", 12, 7000, False, True, False, 1),
    ("N1", "인·허가보증", "인허가보증", 10, 7000, False, True, False, 1),
    ("M1", "자재구입보증", "자재구입보증", 12, 9000, False, True, False, 1),
    ("R1", "유보금보증", "유보금보증", 10, 6000, False, True, False, 1),
    ("G1", "납품보증", "납품보증", 8, 6000, False, True, False, 1),
    ("W1", "공사대금지급보증", "공사대금보증", 12, 9000, False, True, False, 1),
    ("B2", "하도급입찰보증", "하도급입찰", 10, 300, True, False, True, 1),
    ("C2", "하도급계약이행보증", "하도급이행", 10, 6000, False, True, False, 1),
    ("A2", "하도급선급금보증", "하도급선급금", 12, 6000, False, True, False, 2),
    ("D2", "하도급하자보수보증", "하도급하자", 10, 6000, False, False, True, 1),
]


@pytest.mark.parametrize(
    ("code", "name", "label", "size", "ppm", "per_case", "expiry_sms", "auto_release", "papers"), TABLE
)
def test_product(
    code: str,
    name: str,
    label: str,
    size: int,
    ppm: int,
    per_case: bool,
    expiry_sms: bool,
    auto_release: bool,
    papers: int,
) -> None:
    product = Product.objects.get(pk=code)
    terms = ProductTerms.objects.get(product=product)
    assert (product.name, product.sms_label, byte_size(product.sms_label)) == (name, label, size)
    assert (product.expiry_sms, product.auto_release, product.is_offered) == (expiry_sms, auto_release, True)
    assert (terms.base_ppm, terms.per_case, terms.minimum_fee) == (ppm, per_case, 5_000)
    assert terms.effective_from.isoformat() == "2020-01-01"
    assert product.required_documents.filter(is_required=True).count() == papers
    assert product.family in Family.values


def test_there_is_no_other_product_but_three_of_the_head_office() -> None:
    others = Product.objects.exclude(pk__in=[row[0] for row in TABLE])
    assert sorted(others.values_list("code", "is_offered")) == [("O1", False), ("S1", False), ("T1", False)]
    assert not ProductTerms.objects.filter(product__in=others).exists()


@pytest.mark.parametrize(("variant", "parent"), [("B2", "B1"), ("C2", "C1"), ("A2", "A1"), ("D2", "D1")])
def test_a_subcontract_variant_is_like_its_parent_but_for_the_obligee(variant: str, parent: str) -> None:
    like = ("family", "expiry_sms", "auto_release", "terms__base_ppm", "terms__per_case")
    own, model = (Product.objects.values_list(*like).get(pk=code) for code in (variant, parent))
    assert own == model
    assert Product.objects.get(pk=variant).obligee == "원사업자"
