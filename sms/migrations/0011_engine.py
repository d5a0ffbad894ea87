"""Gateways at once: circuits, verdicts by two people, sender registrations, suppressed numbers, parked reports."""

import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0003_sms_sizes'),
        ('sms', '0010_free_sms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('went_out', models.BooleanField(verbose_name='이미 나감')),
                ('reason', models.CharField(max_length=200, verbose_name='확인한 내용')),
                ('asked_at', models.DateTimeField(verbose_name='확인')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='대답')),
                ('is_agreed', models.BooleanField(blank=True, null=True, verbose_name='동의')),
            ],
            options={
                'verbose_name': '발송 묶음 판단',
                'verbose_name_plural': '발송 묶음 판단',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CallbackMinute',
            fields=[
                ('gateway', models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name='중계사')),
                ('minute', models.DateTimeField(verbose_name='분')),
                ('calls', models.PositiveIntegerField(verbose_name='호출')),
            ],
            options={
                'verbose_name': '중계사 호출 수',
                'verbose_name_plural': '중계사 호출 수',
            },
        ),
        migrations.CreateModel(
            name='GatewayAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('strangers', '묻지 않은 메시지의 답'), ('shared_ref', '한 번호를 받은 두 메시지'), ('untrusted', 'TLS 인증서를 믿을 수 없음'), ('circuit', '발송 차단')], max_length=12, verbose_name='종류')),
                ('gateway', models.CharField(max_length=20, verbose_name='중계사')),
                ('text', models.CharField(blank=True, max_length=200, verbose_name='내용')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='횟수')),
                ('first_at', models.DateTimeField(verbose_name='처음')),
                ('last_at', models.DateTimeField(verbose_name='마지막')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='확인')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='확인 내용')),
            ],
            options={
                'verbose_name': '중계사 경보',
                'verbose_name_plural': '중계사 경보',
                'ordering': ['-last_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='GatewayState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, unique=True, verbose_name='중계사')),
                ('circuit', models.CharField(choices=[('closed', '정상'), ('open', '차단'), ('half_open', '시험 발송 중')], default='closed', max_length=9, verbose_name='발송')),
                ('is_held', models.BooleanField(default=False, verbose_name='담당자가 차단')),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='바뀐 때')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='연속 실패')),
                ('retry_at', models.DateTimeField(blank=True, null=True, verbose_name='다시 시도')),
                ('paced_until', models.DateTimeField(blank=True, null=True, verbose_name='속도 제한 해제')),
                ('trouble', models.CharField(blank=True, db_default='', max_length=200, verbose_name='마지막 문제')),
                ('trouble_at', models.DateTimeField(blank=True, null=True, verbose_name='문제 발생')),
                ('balance', models.BigIntegerField(blank=True, null=True, verbose_name='잔액(원)')),
                ('balance_full', models.BigIntegerField(blank=True, null=True, verbose_name='충전 직후 잔액(원)')),
                ('used', models.PositiveIntegerField(blank=True, null=True, verbose_name='이번 달 접수')),
                ('quota', models.PositiveIntegerField(blank=True, null=True, verbose_name='한 달 한도')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='확인')),
            ],
            options={
                'verbose_name': '중계사 상태',
                'verbose_name_plural': '중계사 상태',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SenderRegistration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway', models.CharField(max_length=20, verbose_name='중계사')),
                ('is_registered', models.BooleanField(verbose_name='등록됨')),
                ('checked_at', models.DateTimeField(verbose_name='확인')),
            ],
            options={
                'verbose_name': '중계사별 발신번호',
                'verbose_name_plural': '중계사별 발신번호',
                'ordering': ['gateway'],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mobile', models.CharField(max_length=11, verbose_name='휴대폰')),
                ('reason', models.CharField(choices=[('bad_number', '없는 번호'), ('refused', '080 수신거부'), ('request', '번호 주인의 요청')], max_length=10, verbose_name='사유')),
                ('source', models.CharField(blank=True, help_text='중계사와 코드, 또는 전화 내용', max_length=120, verbose_name='근거')),
                ('since', models.DateTimeField(verbose_name='등록')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='해제')),
                ('lift_reason', models.CharField(blank=True, max_length=200, verbose_name='해제 사유')),
            ],
            options={
                'verbose_name': '발송 제외 번호',
                'verbose_name_plural': '발송 제외 번호',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='receipt',
            name='append_only',
        ),
        migrations.AddField(
            model_name='batch',
            name='sender',
            field=models.CharField(blank=True, db_default='', help_text='모든 메시지에 같습니다. 이 번호가 등록되지 않은 중계사로는 보내지 않습니다.', max_length=254, verbose_name='보내는 곳'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(condition=models.Q(('message__isnull', True)), fields=['received_at'], name='receipt_parked'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."gateway" IS DISTINCT FROM (NEW."gateway") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."provider_ref" IS DISTINCT FROM (NEW."provider_ref") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."reported_at" IS DISTINCT FROM (NEW."reported_at") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='579951c57aca41aa7e71d0a13cccc0b3f8a6f944', operation='UPDATE', pgid='pgtrigger_append_only_aafd7', table='sms_receipt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='found_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."message_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3a483565602393d5019314bdd9fc36bc5d93dcbe', operation='UPDATE', pgid='pgtrigger_found_once_a93e2', table='sms_receipt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='5902cc221023ff0f8b7a467bc0e5d382eab459de', operation='DELETE', pgid='pgtrigger_kept_c461b', table='sms_receipt', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='batchverdict',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='두 번째 사람'),
        ),
        migrations.AddField(
            model_name='batchverdict',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='확인한 사람'),
        ),
        migrations.AddField(
            model_name='batchverdict',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='sms.batch', verbose_name='묶음'),
        ),
        migrations.AddField(
            model_name='gatewayalarm',
            name='settled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='확인한 사람'),
        ),
        migrations.AddConstraint(
            model_name='gatewaystate',
            constraint=models.CheckConstraint(condition=models.Q(('is_held', False), ('circuit', 'open'), _connector='OR'), name='gateway_held_is_open'),
        ),
        migrations.AddConstraint(
            model_name='gatewaystate',
            constraint=models.CheckConstraint(condition=models.Q(('circuit', 'closed'), ('since__isnull', False), _connector='OR'), name='gateway_open_has_instant'),
        ),
        migrations.AddField(
            model_name='senderregistration',
            name='sender',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='registrations', to='sms.sendernumber', verbose_name='발신번호'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='해제한 사람'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suppressions', to='members.member', verbose_name='조합원'),
        ),
        migrations.AddField(
            model_name='suppression',
            name='message',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sms.message', verbose_name='메시지'),
        ),
        migrations.AddConstraint(
            model_name='batchverdict',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('batch',), name='verdict_open_once'),
        ),
        migrations.AddConstraint(
            model_name='batchverdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_agreed', True), _negated=True), models.Q(('answered_by', models.F('asked_by')), _negated=True), _connector='OR'), name='verdict_two_people'),
        ),
        migrations.AddConstraint(
            model_name='batchverdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('answered_by__isnull', True), ('is_agreed__isnull', True)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('is_agreed__isnull', False)), _connector='OR'), name='verdict_answer_whole'),
        ),
        migrations.AddConstraint(
            model_name='gatewayalarm',
            constraint=models.UniqueConstraint(condition=models.Q(('settled_at__isnull', True)), fields=('kind', 'gateway'), name='alarm_open_once'),
        ),
        migrations.AddConstraint(
            model_name='gatewayalarm',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('settled_by__isnull', True)), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='alarm_settled_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='senderregistration',
            constraint=models.UniqueConstraint(fields=('sender', 'gateway'), name='sender_gateway_once'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('mobile', 'reason'), name='suppression_once', violation_error_message='이미 등록된 번호입니다.'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='suppression_lift_whole'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(('mobile__regex', '^01[0-9]{8,9}$')), name='suppression_mobile'),
        ),
    ]
