"""Array literals mean to PostgreSQL what the lists meant."""

from collections.abc import Sequence

import pytest
from django.db import connection

from portal.pg_arrays import int_array, text_array

pytestmark = pytest.mark.django_db


def read_back(literal: str, kind: str) -> Sequence[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [literal])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "texts",
    [
        [], [""], ["NULL"], ["null", ""], ["a,b", "{c}"], ['"'], ["\\"], ['\\"', "\\\\"], [" 앞뒤 "],
        ["한글", "01000000100"], ["%s", "%"], ["\n", "\t"],
    ],
)  # fmt: skip
def test_texts(texts: list[str]) -> None:
    assert read_back(text_array(texts), "text") == texts


def test_numbers() -> None:
    numbers = [0, -1, 9_223_372_036_854_775_807]
    assert read_back(int_array(numbers), "bigint") == numbers
    assert read_back(int_array([]), "bigint") == []
