"""The expiry run's report: days nobody ran on, what each day was decided by, digests, and the alarm."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0007_first_policies")]
    operations = [
        migrations.CreateModel(
            name='DigestLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=32, verbose_name='묶음')),
            ],
            options={
                'verbose_name': '묶음 안내',
                'verbose_name_plural': '묶음 안내',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ExpiryAlarm',
            fields=[
                ('run_on', models.DateField(primary_key=True, serialize=False, verbose_name='날짜')),
                ('raised_at', models.DateTimeField(verbose_name='알린 때')),
                ('tried_at', models.DateTimeField(blank=True, null=True, verbose_name='메일 시도')),
                ('mailed_at', models.DateTimeField(blank=True, null=True, verbose_name='메일 발송')),
            ],
            options={
                'verbose_name': '실행 누락 경보',
                'verbose_name_plural': '실행 누락 경보',
                'ordering': ['-run_on'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='expiryrun',
            name='run_covers_unless_skipped',
        ),
        migrations.AddField(
            model_name='expiryrun',
            name='calendar_version',
            field=models.CharField(blank=True, max_length=12, verbose_name='휴무일 판'),
        ),
        migrations.AddField(
            model_name='expiryrun',
            name='code_version',
            field=models.CharField(blank=True, max_length=40, verbose_name='프로그램 판'),
        ),
        migrations.AddField(
            model_name='expiryrun',
            name='earliest_end',
            field=models.DateField(blank=True, null=True, verbose_name='따라잡는 종료일(부터)'),
        ),
        migrations.AlterField(
            model_name='expirynotice',
            name='state',
            field=models.CharField(choices=[('planned', '안내함'), ('opted_out', '수신거부'), ('no_number', '번호 없음'), ('no_sms_name', '문자용 상호 없음'), ('missed', '기한 지남'), ('before_go_live', '서비스 개시 전'), ('issued_late', '안내일 뒤에 발급')], max_length=14, verbose_name='결과'),
        ),
        migrations.AlterField(
            model_name='expiryrun',
            name='state',
            field=models.CharField(choices=[('running', '진행 중'), ('done', '완료'), ('skipped', '휴무일'), ('missed', '실행 안 됨')], max_length=8, verbose_name='상태'),
        ),
        migrations.AddConstraint(
            model_name='expiryrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_end__isnull', True), ('state__in', ['skipped', 'missed'])), models.Q(models.Q(('state__in', ['skipped', 'missed']), _negated=True), ('first_end__isnull', False), ('last_end__isnull', False)), _connector='OR'), name='run_covers_unless_skipped'),
        ),
        migrations.AddField(
            model_name='digestline',
            name='notice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='digest_lines', to='guarantees.expirynotice', verbose_name='안내'),
        ),
        migrations.AddConstraint(
            model_name='digestline',
            constraint=models.UniqueConstraint(fields=('digest', 'notice'), name='digest_line_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='digestline',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='46dc85b3bfecfae018d365d39676846c11685ae0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_91e71', table='guarantees_digestline', when='BEFORE')),
        ),
    ]
