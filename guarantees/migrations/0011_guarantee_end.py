"""Guarantees by their end, whatever their state: the expiry run read all of them twice to find those of few days."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('guarantees', '0010_calendar_feed'),
        ('members', '0004_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['ends_on'], name='guarantee_end'),
        ),
    ]
