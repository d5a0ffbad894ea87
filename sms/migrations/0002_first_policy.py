from datetime import date, datetime, timezone

from django.db import migrations


def make(apps, schema_editor):
    # The seed's own rule: one call an issued guarantee, valid for one year.
    apps.get_model("sms", "MileagePolicy").objects.get_or_create(
        effective_from=date(2000, 1, 1),
        defaults={
            "published_at": datetime(1999, 12, 1, tzinfo=timezone.utc),
            "notice": "최초 정책",
            "earn_per_issue": 1,
            "validity_months": 12,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("sms", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
