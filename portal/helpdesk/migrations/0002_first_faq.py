"""The questions members have always asked, under their two headings, with the answers of today (S06-S47).

Staff change them from then on; a portal that has entries already gets none.
"""

from datetime import datetime, timezone

from django.db import migrations

SMS = "핸드폰 문자서비스 전송서비스 관련"
BANK = "은행결재관련"

# (heading, anchor, question, answer)
ENTRIES = (
    (SMS, "sms-results", "\"핸드폰 문자메시지 전송 서비스\"가 뭐죠?",
     "인터넷으로 보증서를 신청하시면 심사결과를 **이메일과 휴대폰 문자**로 바로 알려 드리는 서비스입니다. 컴퓨터 앞에 계시지 않아도 "
     "휴대폰만으로 결과를 받아 보실 수 있습니다.\n\n밤 10시부터 아침 7시 사이에 나온 결과는 이메일로 먼저 알려 드리고, 문자는 아침에 보냅니다."),
    (SMS, "mileage", "문자메시지 마일리지는 무엇인가요?",
     "인터넷 보증서를 1건 발급받으실 때마다 **1콜**을 적립해 드립니다. 로그인하신 뒤 Home의 [문자메시지서비스](/sms/)에서 1콜로 문자 1통을 "
     "무료로 보내실 수 있습니다.\n\n- 유효기간은 적립한 날부터 **1년**입니다. 먼저 소멸할 콜부터 씁니다.\n"
     "- 보내지 못한 문자의 콜은 원래 적립분으로 돌려 드립니다.\n"
     "- 정책이 바뀌거나 서비스를 멈출 때는 미리 [공지](/notices/)로 알려 드립니다.\n\n쌓고 쓴 내역은 [마일리지 내역](/sms/statement/)에서 보실 수 있습니다."),
    (SMS, "sms-how", "서비스를 이용하고 싶은데 어떻게 신청하죠?",
     "따로 신청하실 것이 없습니다. 인터넷으로 보증을 신청하실 때 **담당자란에 휴대폰번호**를 적으시면 그 번호로 결과를 자동으로 보내 드립니다."),
    (SMS, "sms-fee", "이용요금이 있나요?",
     "아니요, **무료**입니다. 결과 안내와 보증해제대상 안내 문자의 요금은 조합이 부담하고, 문자메시지서비스는 마일리지로 이용하십니다."),
    (SMS, "expiry-notice", "최근에 시행하고 있는 보증해제대상 정보 문자메시지 발송 서비스는 어떤 건가요?",
     "조합이 발급한 보증서의 보증기간이 끝나기 전에 미리 문자로 알려, 보증해제와 보증한도 관리를 돕는 서비스입니다.\n\n"
     "| 항목 | 내용 |\n|---|---|\n| 대상 보증 | 입찰·하자보증을 뺀 모든 보증 가운데 보증금액 1천만원 이상 |\n"
     "| 보내는 때 | 보증기간 종료일 **15일 전**. 그날이 영업일이 아니면 앞선 영업일에 미리 |\n"
     "| 받는 분 | 대표이사. 수신 담당자를 더 등록할 수 있습니다 |\n\n"
     "문자를 받지 않으시려면 관할 지점에 전화로 말씀하시거나 [마이페이지 › SMS 수신자 등록](/mypage/recipients/)에서 수신거부를 등록해 주세요. "
     "수신 담당자도 같은 화면에서 추가하실 수 있습니다."),
    (BANK, "bank-change", "공인인증서 발급은행을 변경하고자 할 경우?",
     "금융결제원(yessign) 인증서는 **한 은행에서 발급받은 하나만** 유효합니다. 공인인증서는 지금 공동인증서라고 부릅니다.\n\n"
     "1. 지금 쓰는 은행의 홈페이지에서 인증서를 폐기합니다.\n2. 새 은행의 홈페이지에서 인증서를 발급받습니다. 영업점에 가셔야 하는 은행도 있습니다.\n"
     "3. 이곳 [사이버영업창구 › 인증서갱신](/cyber/certificate/)에서 사업자등록번호 또는 주민등록번호로 확인하고 새 인증서로 서명하시면 자동으로 바뀝니다.\n\n"
     "단계마다 지금 어디까지 되었는지 [발급은행 변경 안내](/cyber/certificate/guides/bank-change/)에서 확인하실 수 있습니다. 혼자 하기 어려우시면 "
     "정보시스템부로 전화해 주세요. 본인 확인을 거쳐 도와 드립니다."),
    (BANK, "yessign-issue", "금융결제원 yessign 공인인증서 신청/발급절차",
     "A. 가까운 은행 영업점을 방문하여 인터넷뱅킹(등록)을 신청합니다. 사업자등록증과 대표자 신분증 등 준비물은 은행에 먼저 확인해 주세요.\n\n"
     "B. 인증서를 쓸 컴퓨터에서 그 은행의 홈페이지에 접속하여 인증서를 발급받습니다.\n\n"
     "인증서는 **사이버상의 법인인감**과 같습니다. 다른 사람에게 맡기지 마시고, 비밀번호와 함께 안전하게 보관해 주세요. "
     "자세한 순서는 [인증서 발급 안내](/cyber/certificate/guides/issue/)에 있습니다."),
    (BANK, "error-kftc", "\"쇼핑몰과 금융결제원간 통신오류입니다.\"라는 메시지가 발생합니다.",
     "예전 결제 프로그램(플러그인)에서 나던 오류입니다. **지금은 설치하는 프로그램이 없으므로** 이 홈페이지에서는 나지 않습니다.\n\n"
     "다른 사이트의 옛 프로그램에서 이 문구가 보이면, 윈도우 탐색기에서 `C:\\Windows\\yessign` 아래의 금융결제원 서버 인증서 폴더"
     "(`cn=www.kftc.or.kr,ou=KFTC,ou=yessign,ou=server,o=yessign,c=kr`)를 지우고 브라우저를 모두 닫았다가 다시 여는 방법이 안내되어 왔습니다(구버전).\n\n"
     "다른 오류 문구는 [오류 찾기](/cyber/certificate/guides/errors/)에 그대로 적어 보세요."),
    (BANK, "error-subject", "인증서가 정상인데 \"주체값을 가져오지 못했습니다\"라는 메세지가 나올 때",
     "예전 XecureWeb 프로그램에서 나던 오류입니다. **지금은 프로그램을 설치하지 않고** 브라우저에서 바로 인증서 파일을 고르시면 됩니다. "
     "[자료실 › 일반자료](/downloads/?section=general)에 있던 설치 파일(xw_install2.exe)은 더 쓰지 않습니다.\n\n"
     "1. 브라우저를 모두 닫았다가 다시 엽니다.\n2. [인증서갱신](/cyber/certificate/)에서 인증서 파일을 고릅니다.\n"
     "3. 고른 인증서가 왜 맞지 않는지 화면에 나오면 그 안내를 따라 주세요. 나오는 문구를 [오류 찾기](/cyber/certificate/guides/errors/)에 적으셔도 됩니다."),
)
WRITTEN = datetime(2026, 11, 1, tzinfo=timezone.utc)


def write(apps, schema_editor):
    category_model = apps.get_model("helpdesk", "FaqCategory")
    entry_model, version_model = apps.get_model("helpdesk", "FaqEntry"), apps.get_model("helpdesk", "FaqVersion")
    if entry_model.objects.exists():
        return
    headings = {
        name: category_model.objects.get_or_create(name=name, defaults={"position": place})[0]
        for place, name in ((10, SMS), (20, BANK))
    }
    for place, (heading, anchor, question, answer) in enumerate(ENTRIES, 1):
        entry = entry_model.objects.create(category=headings[heading], anchor=anchor, position=place * 10)
        version_model.objects.create(
            entry=entry, number=1, question=question, answer=answer, reason="처음 등록", made_at=WRITTEN
        )


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0001_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
