"""Carries out the recovery that two people of the IT department have agreed on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from portal import clock
from portal.access import Actor
from portal.gate import recovery
from portal.gate.actions.watching import watch
from portal.gate.models import Recovery
from portal.refusals import Refusal


class Command(BaseCommand):
    help = (
        "장애 조치나 백업 복원 뒤, 두 사람이 승인한 복구를 실행하고 발송·발급을 다시 엽니다. "
        "중간에 끊겨도 다시 실행하면 이어서 합니다."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="무엇을 할지만 보여 줍니다.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            gate = watch(by=Actor.system("recover"), at=clock.now())
            self.stdout.write(f"차단기: {gate}")
            self.show()
            agreed = recovery.waiting()
            if options["dry_run"]:
                return
            if agreed is None:
                raise recovery.NotApproved
            done = recovery.carry_out(recovery_id=agreed.pk, by=Actor.system("recover"), at=clock.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        for name, report in done.done.items():
            said = ", ".join(f"{key} {value}" for key, value in report.items())
            self.stdout.write(f"{name}: {said}")
        self.stdout.write(
            "복구를 마쳤고 발송·발급을 다시 열었습니다. ./run manage verify_invariants로 확인해 주세요."
        )

    def show(self) -> None:
        """What the waiting recovery would do; of one that nobody asked for, what a usual one would."""
        wanted = Recovery.objects.filter(finished_at__isnull=True, withdrawn_at__isnull=True).first()
        for label, intention in recovery.plan(recovery=wanted or Recovery(), at=clock.now()):
            self.stdout.write(f"  {label}: {intention}")
