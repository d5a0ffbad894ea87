"""What web and worker have loaded at their start is left alone by the garbage collector."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

STARTS = {
    "웹": "import portal.wsgi",
    "작업자의 프로세스": (
        "import django; django.setup(); from celery.signals import worker_process_init; import portal.celery;"
        "assert gc.get_freeze_count() == 0; worker_process_init.send(sender=None)"
    ),
}


@pytest.mark.parametrize("start", STARTS)
def test_nothing_loaded_is_walked_again(start: str) -> None:
    code = f"import gc, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'; {STARTS[start]}; "
    code += "print(gc.get_freeze_count() > 50_000, len(gc.get_objects()) < 10_000)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.stdout.split() == ["True", "True"], told.stderr
