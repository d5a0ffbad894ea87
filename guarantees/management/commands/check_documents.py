from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guarantees.actions.document_checks import check_documents
from portal import clock

WORDS = {"missing": "없음", "changed": "바뀜", "unreadable": "읽을 수 없음"}


class Command(BaseCommand):
    help = "보관한 보증서 파일을 모두 다시 해시해 발급 때와 같은지 확인하고 결과를 기록합니다."

    def handle(self, *args: Any, **options: Any) -> None:
        done = check_documents(at=clock.now())
        for entry in done.damaged:
            self.stdout.write(f"{WORDS[entry['kind']]}  {entry['document']}  {entry['sha256']}")
        if done.damaged:
            raise CommandError(
                f"보증서 파일 {done.files}개 가운데 {len(done.damaged)}개에 문제가 있습니다. "
                "백업에서 되살려 주십시오."
            )
        self.stdout.write(f"보증서 파일 {done.files}개를 확인했고 모두 발급 때와 같습니다.")
