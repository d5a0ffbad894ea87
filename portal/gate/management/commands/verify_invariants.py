"""Looks at everything that must never be wrong, and says what is."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from portal import clock
from portal.gate.actions.verifying import verify


class Command(BaseCommand):
    help = "어긋나서는 안 되는 것(I1~I16)을 자료에서 직접 확인합니다. 어긋난 항목이 있으면 1로 끝납니다."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="결과를 JSON 한 줄로 씁니다.")

    def handle(self, *args: Any, **options: Any) -> None:
        run = verify(at=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps({"checks": run.checks, "violations": run.violations}, ensure_ascii=False))
        else:
            for each in run.violations:
                samples = ", ".join(each["samples"])
                self.stdout.write(f"{each['code']} {each['sentence']} {each['count']}건: {samples}")
        if run.violations:
            raise CommandError(f"{len(run.violations)}개 항목이 어긋났습니다.", returncode=1)
        if not options["json"]:
            self.stdout.write(f"{run.checks}개 항목을 확인했습니다. 어긋난 것이 없습니다.")
