from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sms", "0005_result_unconstrained")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="gateway_group",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="이 번호로 묶어 보내는 중계사에만 있습니다. 보내기 전에 적습니다.",
                max_length=64,
                verbose_name="중계사 묶음 번호",
            ),
        ),
    ]
