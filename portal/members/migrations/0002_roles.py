from django.db import migrations

ROLES = [
    "member_user", "member_rep", "branch_officer", "branch_head", "hq_underwriter",
    "policy_admin", "it_support", "webmaster", "auditor",
]


def make(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
