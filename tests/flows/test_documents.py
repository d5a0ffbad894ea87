"""Files: what passes, what is refused, where it is kept and who gets it back (RELIABILITY: uploads)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from guarantees.actions import drafts
from guarantees.actions.rows import NotAllowed, NotFound
from guarantees.models import ApplicationDocument
from portal.audit.trail import history
from portal.members.models import User
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.uploads.checking import Upload, UploadRefused, check, clean_name
from tests.factories import make_application, make_branch, make_member, make_user
from tests.stories import BACKEND, FRIDAY, PDF, Cast, admin, attach, make_cast, submitted, traces, web, zipped

TYPES = b'<?xml version="1.0"?><Types/>'
DOCX = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>"}
XLSX = {"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<workbook/>"}
HWPX = {"mimetype": b"application/hwp+zip", "Contents/section0.xml": b"<hs:sec/>"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def png(width: int = 100, height: int = 100) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def jpg(width: int = 100, height: int = 100, tail: bytes = b"") -> bytes:
    app0 = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)
    return b"\xff\xd8" + app0 + frame + b"\xff\xda" + bytes(20) + b"\xff\xd9" + tail


def hwp(flags: int = 1) -> bytes:
    header = b"HWP Document File" + bytes(15) + b"\x00\x01\x00\x05" + struct.pack("<I", flags)
    return OLE + bytes(504) + header + bytes(472)


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def pdf_with_stream(header: bytes, data: bytes) -> bytes:
    return pdf(b"<< " + header + b" >>\nstream\n" + data + b"\nendstream")


def object_stream(inside: bytes) -> bytes:
    return pdf_with_stream(b"/Type /ObjStm /Filter /FlateDecode /N 1 /First 4", zlib.compress(inside))


def with_entry(name: str, content: bytes = b"x", *, mode: int = 0, flags: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for known, value in DOCX.items():
            archive.writestr(known, value)
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
        entry.flag_bits |= flags
    return made.getvalue()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for known, value in DOCX.items():
            archive.writestr(known, value)
        archive.writestr("word/media/image.bmp", bytes(3 * 1024 * 1024))
    return made.getvalue()


def large() -> bytes:
    """Many entries, each within the ratio, together above 100 MB."""
    made = io.BytesIO()
    block = b"".join(bytes([n % 251]) * 40 for n in range(26_215))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for known, value in DOCX.items():
            archive.writestr(known, value)
        for n in range(101):
            archive.writestr(f"word/media/{n}.xml", block)
    return made.getvalue()


def crowded() -> bytes:
    return zipped(DOCX | {f"word/{n}.xml": b"" for n in range(999)})


@pytest.mark.parametrize(
    ("_case", "name", "content", "media_type"),
    [
        ("PDF", "계약서.pdf", PDF, "application/pdf"),
        ("대문자 확장자", "SCAN.PDF", PDF, "application/pdf"),
        (
            "압축된 그림 안에 우연한 /JS",
            "a.pdf",
            pdf_with_stream(b"/Length 9", b"\x01\x02/JS \x03"),
            "application/pdf",
        ),
        ("무해한 객체 스트림", "a.pdf", object_stream(b"1 0 << /Type /Page >>"), "application/pdf"),
        ("비슷한 이름 /JSON", "a.pdf", pdf(b"<< /JSON 1 /LaunchPad 2 >>"), "application/pdf"),
        ("JPG", "현장.jpg", jpg(), "image/jpeg"),
        ("JPEG", "현장.jpeg", jpg(), "image/jpeg"),
        ("움직이는 사진(뒤에 동영상)", "현장.jpg", jpg(tail=b"\x00\x00\x00\x18ftypmp42"), "image/jpeg"),
        ("PNG 5천만 화소", "도면.png", png(10_000, 5_000), "image/png"),
        ("HWP", "확약서.hwp", hwp(), "application/x-hwp"),
        ("HWPX", "확약서.hwpx", zipped(HWPX), "application/hwp+zip"),
        (
            "DOCX",
            "a.docx",
            zipped(DOCX),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("XLSX", "a.xlsx", zipped(XLSX), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("10MB 정확히", "a.pdf", PDF + b"\n" * (10 * 1024 * 1024 - len(PDF) - 6) + b"%%EOF\n", "application/pdf"),
    ],
)
def test_what_passes(_case: str, name: str, content: bytes, media_type: str) -> None:
    upload = check(name, content)
    assert (upload.media_type, upload.size) == (media_type, len(content))


HOSTILE = [
    ("빈 파일", "a.pdf", b"", "빈 파일입"),
    ("10MB + 1", "a.pdf", PDF + b"\n" * (10 * 1024 * 1024 - len(PDF) + 1), "10MB보다 큽"),
    ("HTML", "a.html", b"<script>alert(1)</script>", "올릴 수 있는 형식이 아닙"),
    ("이름만 PDF인 HTML", "a.pdf", b"<html>", "올릴 수 있는 형식이 아닙"),
    ("SVG", "a.svg", b"<svg onload='x'/>", "올릴 수 있는 형식이 아닙"),
    ("실행 파일", "a.exe", b"MZ\x90\x00", "올릴 수 있는 형식이 아닙"),
    ("이름만 JPG인 실행 파일", "a.jpg", b"MZ\x90\x00", "올릴 수 있는 형식이 아닙"),
    ("RAR", "a.rar", b"Rar!\x1a\x07", "올릴 수 있는 형식이 아닙"),
    ("글 파일", "a.txt", "안녕".encode(), "올릴 수 있는 형식이 아닙"),
    ("PDF를 JPG로 이름 바꿈", "a.jpg", PDF, "이름은 .jpg"),
    ("확장자 없음", "계약서", PDF, "이름은 .(없음)"),
    ("겹 확장자", "a.pdf.exe", PDF, "이름은 .exe"),
    ("앞에 글이 붙은 PDF", "a.pdf", b"<html>" + PDF, "올릴 수 있는 형식이 아닙"),
    ("잘린 PDF", "a.pdf", PDF[:-6], "PDF가 잘렸거나 깨졌습"),
    (
        "PDF 스크립트",
        "a.pdf",
        pdf(b"<< /OpenAction << /S /JavaScript /JS (app.alert) >> >>"),
        "스크립트나 첨부 파일",
    ),
    ("PDF /JS만", "a.pdf", pdf(b"<< /JS (x) >>"), "스크립트나 첨부 파일"),
    ("이름을 #으로 숨긴 스크립트", "a.pdf", pdf(b"<< /S /J#61vaScript >>"), "스크립트나 첨부 파일"),
    (
        "이름을 모두 #으로 숨김",
        "a.pdf",
        pdf(b"<< /S /" + b"".join(b"#%02X" % c for c in b"JavaScript") + b" >>"),
        "스크립트나 첨부 파일",
    ),
    ("PDF 프로그램 실행", "a.pdf", pdf(b"<< /S /Launch /F (cmd.exe) >>"), "스크립트나 첨부 파일"),
    ("PDF 속 파일", "a.pdf", pdf(b"<< /Type /EmbeddedFile >>"), "스크립트나 첨부 파일"),
    ("PDF 속 파일 목록", "a.pdf", pdf(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), "스크립트나 첨부 파일"),
    ("PDF 동적 서식", "a.pdf", pdf(b"<< /AcroForm << /XFA 5 0 R >> >>"), "스크립트나 첨부 파일"),
    ("PDF 동영상", "a.pdf", pdf(b"<< /Subtype /RichMedia >>"), "스크립트나 첨부 파일"),
    ("PDF 서식 전송", "a.pdf", pdf(b"<< /S /SubmitForm >>"), "스크립트나 첨부 파일"),
    ("암호 PDF", "a.pdf", pdf(b"<< /Encrypt 9 0 R >>"), "암호가 걸려 있습"),
    ("객체 스트림 속 스크립트", "a.pdf", object_stream(b"1 0 << /S /JavaScript >>"), "스크립트나 첨부 파일"),
    ("객체 스트림 속 /JS", "a.pdf", object_stream(b"1 0 << /JS (x) >>"), "스크립트나 첨부 파일"),
    ("객체 스트림 속 숨긴 이름", "a.pdf", object_stream(b"1 0 << /S /Java#53cript >>"), "스크립트나 첨부 파일"),
    (
        "풀 수 없는 객체 스트림",
        "a.pdf",
        pdf_with_stream(b"/Type /ObjStm /Filter /LZWDecode", b"\x80\x0b\x60"),
        "내용을 확인할 수 없는 PDF입",
    ),
    (
        "이름을 숨긴 객체 스트림",
        "a.pdf",
        pdf_with_stream(b"/Type /Obj#53tm", b"not flate"),
        "내용을 확인할 수 없는 PDF입",
    ),
    (
        "잘린 객체 스트림",
        "a.pdf",
        pdf_with_stream(b"/Type /ObjStm", zlib.compress(b"1 0 << >>" * 99)[:-9]),
        "내용을 확인할 수 없는 PDF입",
    ),
    (
        "지나치게 큰 객체 스트림",
        "a.pdf",
        object_stream(b" " * (20 * 1024 * 1024 + 1)),
        "내용을 확인할 수 없는 PDF입",
    ),
    (
        "가짜 스트림으로 덮은 객체 스트림",
        "a.pdf",
        pdf(
            b"% stream\n<< /Type /ObjStm >>\nstream\n"
            + zlib.compress(b"1 0 << /S /JavaScript >>")
            + b"\nendstream"
        ),
        "내용을 확인할 수 없는 PDF입",
    ),
    (
        "스트림 속에 숨긴 스크립트 객체",
        "a.pdf",
        pdf_with_stream(b"/Length 30", b"9 0 obj << /S /JavaScript >>"),
        "스크립트나 첨부 파일",
    ),
    ("PDF이면서 ZIP", "a.pdf", PDF + zipped(DOCX) + b"%%EOF", "두 가지 형식이 섞인 파일입"),
    ("JPG이면서 ZIP", "a.jpg", jpg(tail=zipped(DOCX)), "두 가지 형식이 섞인 파일입"),
    ("PNG이면서 PDF", "a.png", png()[:33] + b"%PDF-1.7" + png()[33:], "두 가지 형식이 섞인 파일입"),
    ("PNG 머리만", "a.png", png()[:20], "그림이 잘렸거나 깨졌습"),
    ("5천만 화소 초과 PNG", "a.png", png(10_001, 5_000), "그림이 너무 큽"),
    ("화소 폭탄 PNG", "a.png", png(2**31 - 1, 2**31 - 1), "그림이 너무 큽"),
    ("0 화소 PNG", "a.png", png(0, 100), "그림이 너무 큽"),
    ("5천만 화소 초과 JPG", "a.jpg", jpg(50_001, 1_000), "그림이 너무 큽"),
    ("크기 없는 JPG", "a.jpg", b"\xff\xd8\xff\xd9" + bytes(40), "그림이 잘렸거나 깨졌습"),
    ("제자리를 도는 JPG", "a.jpg", b"\xff\xd8\xff\xe0\x00\x00" + bytes(40), "그림이 잘렸거나 깨졌습"),
    ("옛 엑셀", "a.xls", OLE + bytes(1024), "DOC"),
    ("이름만 HWP인 옛 워드", "a.hwp", OLE + bytes(1024), "DOC"),
    ("암호 HWP", "a.hwp", hwp(flags=3), "암호가 걸려 있습"),
    ("그냥 ZIP", "a.zip", zipped({"a.txt": b"x"}), "ZIP 파일은 받지 않습"),
    ("이름만 DOCX인 ZIP", "a.docx", zipped({"a.txt": b"x"}), "ZIP 파일은 받지 않습"),
    ("DOCX를 HWPX로 이름 바꿈", "a.hwpx", zipped(DOCX), "이름은 .hwpx"),
    ("매크로 DOCX", "a.docx", zipped(DOCX | {"word/vbaProject.bin": b"x"}), "매크로가 들어 있습"),
    ("매크로 XLSX", "a.xlsx", zipped(XLSX | {"xl/macrosheets/sheet1.xml": b"x"}), "매크로가 들어 있습"),
    ("바깥을 가리키는 경로", "a.docx", with_entry("../../etc/passwd"), "안에 든 파일 이름이 올바르지 않습"),
    ("절대 경로", "a.docx", with_entry("/etc/passwd"), "안에 든 파일 이름이 올바르지 않습"),
    ("윈도 경로", "a.docx", with_entry("C:/windows/x"), "안에 든 파일 이름이 올바르지 않습"),
    ("심볼릭 링크", "a.docx", with_entry("word/link", b"/etc/passwd", mode=0o120777), "올릴 수 없는 압축 방식입"),
    ("암호 ZIP", "a.docx", with_entry("word/a.xml", flags=1), "암호가 걸려 있습"),
    (
        "ZIP 속 ZIP",
        "a.docx",
        with_entry("word/embeddings/a.bin", zipped({"a": b"x"})),
        "문서 안에 다른 파일이 들어 있습",
    ),
    (
        "ZIP 속 실행 파일",
        "a.docx",
        with_entry("word/embeddings/a.bin", b"MZ\x90"),
        "문서 안에 다른 파일이 들어 있습",
    ),
    ("ZIP 속 OLE", "a.docx", with_entry("word/embeddings/oleObject1.bin", OLE), "문서 안에 다른 파일이 들어 있습"),
    ("ZIP 속 GZIP", "a.docx", with_entry("word/a.bin", b"\x1f\x8b\x08"), "문서 안에 다른 파일이 들어 있습"),
    ("압축 폭탄", "a.docx", bomb(), "압축을 풀면 너무 커집"),
    ("풀면 100MB 초과", "a.docx", large(), "압축을 풀면 너무 커집"),
    ("항목 1,001개", "a.docx", crowded(), "압축을 풀면 너무 커집"),
    ("깨진 ZIP", "a.docx", zipped(DOCX)[:-30], "파일이 깨졌습"),
    ("내용이 바뀐 ZIP", "a.docx", zipped(DOCX).replace(b"<w:document/>", b"<w:documenX/>", 1), "파일이 깨졌습"),
]


@pytest.mark.parametrize(("_case", "name", "content", "why"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_what_is_refused(_case: str, name: str, content: bytes, why: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        check(name, content)
    assert refused.value.message.startswith(f"‘{name}’ 파일을 받을 수 없습니다. {why}")
    assert refused.value.message.endswith("주세요.")


@pytest.mark.parametrize(
    ("_case", "given", "kept"),
    [
        ("경로", "C:\\fakepath\\계약서.pdf", "계약서.pdf"),
        ("상위 경로", "../../계약서.pdf", "계약서.pdf"),
        ("맥의 분해된 한글", "계약서.pdf", "계약서.pdf"),
        ("글자 방향 표시", "a\u202efdp.exe", "afdp.exe"),
        ("줄바꿈", "a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("긴 이름", "가" * 300 + ".pdf", "가" * 116 + ".pdf"),
        ("빈 이름", "", "이름 없음"),
    ],
)
def test_names_are_cleaned(_case: str, given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def test_a_file_is_kept_by_content_and_only_once(cast: Cast) -> None:
    draft = make_application(cast.member)
    first = attach(draft, cast.user)
    assert attach(draft, cast.user).pk == first.pk
    other = attach(draft, cast.user, "기타 서류")
    assert (
        first.file.name == other.file.name == f"applications/{first.sha256[:2]}/{first.sha256[2:4]}/{first.sha256}"
    )
    with default_storage.open(first.file.name) as stored:
        assert stored.read() == PDF
    assert list(history(draft).values_list("action", flat=True)) == ["application.attach"] * 2


def test_bytes_left_half_written_are_not_trusted(cast: Cast) -> None:
    draft = make_application(cast.member)
    content = pdf(b"<< /Half true >>")
    path = attach(draft, cast.user, content=content).file.name
    with open(default_storage.path(path), "wb") as half:
        half.write(content[:10])
    again = attach(draft, cast.user, "기타 서류", content)
    with default_storage.open(again.file.name) as stored:
        assert stored.read() == content


def test_a_file_is_taken_back_and_its_row_stays(cast: Cast) -> None:
    draft = make_application(cast.member)
    document = attach(draft, cast.user)
    for _press in range(2):
        drafts.remove_document(application_id=draft.pk, by=web(cast.user), at=FRIDAY, document_id=document.pk)
    assert ApplicationDocument.everything.get().is_withdrawn
    assert history(draft).filter(action="application.detach").count() == 1


def numbered(n: int) -> bytes:
    return pdf(b"<< /N %d >>" % n)


def test_twenty_files_and_no_more(cast: Cast) -> None:
    draft = make_application(cast.member)
    for n in range(20):
        attach(draft, cast.user, content=numbered(n))
    before = traces()
    with pytest.raises(drafts.TooManyFiles, match="20개까지"):
        attach(draft, cast.user, content=numbered(20))
    assert traces() == before


def test_a_hundred_files_a_day_and_no_more(cast: Cast) -> None:
    first = make_application(cast.member)
    for n in range(100):
        document = attach(first, cast.user, content=numbered(n))
        document.is_withdrawn = True
        document.save()
    second = make_application(cast.member)
    before = traces()
    with pytest.raises(drafts.TooManyFiles, match="100개까지"):
        attach(second, cast.user)
    assert traces() == before
    upload = check("a.pdf", PDF)
    drafts.attach(
        application_id=second.pk, by=web(cast.user), at=FRIDAY + timedelta(days=1), name="x", upload=upload
    )


@pytest.mark.parametrize(
    ("_case", "who", "refusal"),
    [
        ("다른 조합원", lambda cast: web(make_user(Role.MEMBER_USER, member=make_member())), NotFound),
        ("지점 담당", lambda cast: admin(cast.officer), NotAllowed),
    ],
)
def test_only_the_member_attaches_and_takes_back(
    cast: Cast, _case: str, who: Callable[[Cast], object], refusal: type[Refusal]
) -> None:
    draft = make_application(cast.member)
    document = attach(draft, cast.user)
    by, upload = who(cast), check("b.pdf", numbered(1))
    before = traces()
    with pytest.raises(refusal):
        drafts.attach(application_id=draft.pk, by=by, at=FRIDAY, name="x", upload=upload)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        drafts.remove_document(application_id=draft.pk, by=by, at=FRIDAY, document_id=document.pk)  # type: ignore[arg-type]
    assert traces() == before


def test_files_of_a_submitted_application_stay(cast: Cast) -> None:
    application = submitted(cast)
    document = application.documents.get()
    upload: Upload = check("b.pdf", numbered(1))
    before = traces()
    with pytest.raises(drafts.NotEditable):
        drafts.attach(application_id=application.pk, by=web(cast.user), at=FRIDAY, name="x", upload=upload)
    with pytest.raises(drafts.NotEditable):
        drafts.remove_document(
            application_id=application.pk, by=web(cast.user), at=FRIDAY, document_id=document.pk
        )
    assert traces() == before


def test_another_applications_file_is_not_taken_back(cast: Cast) -> None:
    other = make_user(Role.MEMBER_USER, member=make_member(cast.branch))
    theirs = attach(make_application(other.member), other)
    draft = make_application(cast.member)
    before = traces()
    with pytest.raises(NotFound):
        drafts.remove_document(application_id=draft.pk, by=web(cast.user), at=FRIDAY, document_id=theirs.pk)
    assert traces() == before


def test_the_download_can_do_nothing_in_a_browser(cast: Cast, client: Client) -> None:
    document = attach(make_application(cast.member), cast.user)
    client.force_login(cast.user, backend=BACKEND)
    response = client.get(f"/guarantees/documents/{document.public_id}/")
    assert response.status_code == 200
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == ("attachment; filename*=utf-8''%EA%B3%84%EC%95%BD%EC%84%9C.pdf")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("_case", "who", "status", "recorded"),
    [
        ("자기 회사", lambda cast: cast.user, 200, 0),
        ("같은 회사 다른 사람", lambda cast: make_user(Role.MEMBER_REP, member=cast.member), 200, 0),
        ("다른 조합원", lambda cast: make_user(Role.MEMBER_REP, member=make_member(cast.branch)), 404, 0),
        ("관할 지점 담당", lambda cast: cast.officer, 200, 1),
        ("다른 지점장", lambda cast: make_user(Role.BRANCH_HEAD, branch=make_branch()), 404, 0),
        ("본부 심사", lambda cast: cast.underwriter, 200, 1),
        ("정보시스템부", lambda cast: make_user(Role.IT_SUPPORT), 404, 0),
        ("홈페이지 관리", lambda cast: make_user(Role.WEBMASTER), 404, 0),
        ("소속 없는 사람", lambda cast: make_user(is_staff=False), 404, 0),
    ],
)
def test_who_gets_it(
    cast: Cast, client: Client, _case: str, who: Callable[[Cast], User], status: int, recorded: int
) -> None:
    draft = make_application(cast.member)
    document = attach(draft, cast.user)
    client.force_login(who(cast), backend=BACKEND)
    assert client.get(f"/guarantees/documents/{document.public_id}/").status_code == status
    assert history(draft).filter(action="document.read").count() == recorded


def test_a_file_taken_back_is_gone_for_everyone(cast: Cast, client: Client) -> None:
    draft = make_application(cast.member)
    document = attach(draft, cast.user)
    drafts.remove_document(application_id=draft.pk, by=web(cast.user), at=FRIDAY, document_id=document.pk)
    client.force_login(cast.user, backend=BACKEND)
    assert client.get(f"/guarantees/documents/{document.public_id}/").status_code == 404


def test_a_visitor_is_led_to_the_login(cast: Cast, client: Client) -> None:
    document = attach(make_application(cast.member), cast.user)
    url = f"/guarantees/documents/{document.public_id}/"
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={url}")
