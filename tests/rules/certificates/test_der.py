"""The reader that stands before every library: what it takes, and where it stops."""

import pytest

from certificates.minting import encode
from certificates.x509 import der
from certificates.x509.der import NotDer


def _nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = encode.sequence(data)
    return data


MALFORMED = [
    ("빈 바이트", ""),
    ("길이 없음", "30"),
    ("값이 잘림", "300205"),
    ("끝에 남음", "300000"),
    ("무한 길이", "30800000"),
    ("최소가 아닌 길이", "308100"),
    ("앞에 0이 붙은 길이", "30820001" + "00"),
    ("다섯 바이트 길이", "30850000000001" + "00"),
    ("긴 태그 번호", "3003bf8100"),
    ("안쪽이 바깥보다 큼", "30030402ff"),
    ("SEQUENCE가 아님", "0500"),
]


@pytest.mark.parametrize(("_case", "data"), MALFORMED, ids=[row[0] for row in MALFORMED])
def test_malformed(_case: str, data: str) -> None:
    with pytest.raises(NotDer):
        der.scan(bytes.fromhex(data))


def test_depth_in_pairs() -> None:
    assert der.scan(_nested(24)) == 24
    with pytest.raises(NotDer, match="too deep"):
        der.scan(_nested(25))
    with pytest.raises(NotDer, match="too deep"):
        der.scan(_nested(4_000))


def test_count_in_pairs() -> None:
    assert der.scan(encode.sequence(*[encode.NULL] * 1_999)) == 2_000
    with pytest.raises(NotDer, match="too many"):
        der.scan(encode.sequence(*[encode.NULL] * 2_000))


OIDS = ["1.2.410.200005.1.1.2", "0.9.2342", "2.5.29.32", "2.999.1", "1.3.14.3.2.26"]


@pytest.mark.parametrize("dotted", OIDS)
def test_oid_there_and_back(dotted: str) -> None:
    assert der.oid(der.parse(encode.oid(dotted))) == dotted


@pytest.mark.parametrize("data", ["0600", "06022a80", "0602802a", "060c2affffffffffffffffffff7f", "0500"])
def test_broken_oid(data: str) -> None:
    with pytest.raises(NotDer):
        der.oid(der.parse(bytes.fromhex(data)))
