"""Evidence as one file that anybody can check years later without this portal."""

import io
import json
import zipfile

from certificates.models import SignatureEvidence
from certificates.x509.receipt import shown_time

README = """전자서명 증거 묶음

text.txt        조합원이 화면에서 보고 서명한 글 (UTF-8, 바이트 그대로)
signature.bin   RSASSA-PKCS1-v1_5 / SHA-256 전자서명값
certificate.der 서명에 쓴 인증서 (공개 부분만)
receipt.json    서명 당시 포털이 확인한 내역
document.txt    서명 대상 문서 (있을 때)

서명 확인 (OpenSSL):
  openssl x509 -inform DER -in certificate.der -pubkey -noout > key.pem
  openssl dgst -sha256 -verify key.pem -signature signature.bin text.txt

확인 일시: {verified_at}
인증서 SHA-256: {cert_sha256}
문서 SHA-256: {document_sha256}
"""


def bundle(row: SignatureEvidence) -> bytes:
    """A ZIP of text, signature, certificate, receipt and, where there is one, the signed document."""
    readme = README.format(
        verified_at=shown_time(row.verified_at),
        cert_sha256=row.cert_sha256,
        document_sha256=row.document_sha256 or "-",
    )
    parts = {
        "README.txt": readme.encode(),
        "text.txt": row.text.encode(),
        "signature.bin": bytes(row.signature),
        "certificate.der": bytes(row.certificate_der),
        "receipt.json": json.dumps(row.receipt, ensure_ascii=False, indent=2).encode(),
    }
    if row.document:
        parts["document.txt"] = row.document.encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()
