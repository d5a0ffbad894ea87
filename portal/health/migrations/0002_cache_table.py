from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    # Rate limits are counted in the database, so that they hold across processes without Redis.
    call_command("createcachetable", verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("health", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
