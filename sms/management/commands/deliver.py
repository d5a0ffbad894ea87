"""`manage.py deliver`: deliver what is due without Celery or Redis, once or for as long as it runs."""

import time
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import connection

from sms.tasks import deliver


class Command(BaseCommand):
    help = "Delivers due messages without the task queue: from cron, or beside a broken broker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--watch", type=float, metavar="SECONDS", help="look again after this pause, for ever")

    def handle(self, *args: object, **options: float | None) -> None:
        while True:
            taken = deliver()
            self.stdout.write("nothing: see the log" if taken is None else f"{taken} batches")
            pause = options["watch"]
            if pause is None:
                return
            connection.close()
            time.sleep(pause)
