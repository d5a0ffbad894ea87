"""Mileage in full."""

import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0003_sms_sizes"),
        ("sms", "0008_claw_back_once"),
    ]

    operations = [
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calls', models.IntegerField(help_text='늘면 +, 줄면 -', verbose_name='콜')),
                ('reason', models.CharField(choices=[('correction', '오류정정'), ('compensation', '장애보상'), ('event', '이벤트'), ('recall', '회수')], max_length=12, verbose_name='사유')),
                ('note', models.CharField(max_length=200, verbose_name='설명')),
                ('state', models.CharField(choices=[('waiting', '승인 대기'), ('booked', '반영됨'), ('declined', '반려됨')], max_length=8, verbose_name='상태')),
                ('asked_at', models.DateTimeField(verbose_name='신청 일시')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='결정 일시')),
                ('decline_reason', models.CharField(blank=True, max_length=200, verbose_name='반려 사유')),
            ],
            options={
                'verbose_name': '마일리지 조정',
                'verbose_name_plural': '마일리지 조정',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_expires_at', models.DateTimeField(verbose_name='전 소멸 시각')),
                ('new_expires_at', models.DateTimeField(verbose_name='새 소멸 시각')),
                ('at', models.DateTimeField(verbose_name='일시')),
            ],
            options={
                'verbose_name': '유효기간 연장',
                'verbose_name_plural': '유효기간 연장',
                'ordering': ['id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='LapseReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_day', models.DateField(verbose_name='쓸 수 있는 마지막 날')),
                ('kind', models.CharField(choices=[('month', '30일 전'), ('week', '7일 전')], max_length=5, verbose_name='시점')),
                ('calls', models.PositiveIntegerField(verbose_name='콜')),
                ('at', models.DateTimeField(verbose_name='알린 일시')),
            ],
            options={
                'verbose_name': '소멸 안내',
                'verbose_name_plural': '소멸 안내',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='일시')),
                ('lots', models.PositiveIntegerField(verbose_name='적립분')),
                ('entries', models.PositiveIntegerField(verbose_name='내역')),
                ('calls', models.IntegerField(verbose_name='남은 콜')),
                ('differences', models.PositiveIntegerField(verbose_name='어긋남')),
                ('text', models.TextField(blank=True, verbose_name='내용')),
            ],
            options={
                'verbose_name': '마일리지 대사',
                'verbose_name_plural': '마일리지 대사',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MileageAnomaly',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='종류')),
                ('subject', models.CharField(max_length=160, verbose_name='대상')),
                ('text', models.CharField(max_length=300, verbose_name='내용')),
                ('at', models.DateTimeField(verbose_name='발견')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='처리 일시')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='처리 내용')),
            ],
            options={
                'verbose_name': '마일리지 이상',
                'verbose_name_plural': '마일리지 이상',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Suspension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('published_at', models.DateTimeField(verbose_name='공고 일시')),
                ('notice', models.CharField(blank=True, max_length=200, verbose_name='공고')),
                ('notice_url', models.URLField(blank=True, verbose_name='공고 주소')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='승인 일시')),
                ('extended_at', models.DateTimeField(blank=True, null=True, verbose_name='적립분 연장 처리')),
                ('starts_on', models.DateField(verbose_name='시작일')),
                ('ends_on', models.DateField(help_text='이날까지 쉬고 다음 날 0시부터 다시 쓸 수 있습니다.', verbose_name='종료일')),
                ('reason', models.CharField(max_length=200, verbose_name='사유')),
            ],
            options={
                'verbose_name': '문자메시지서비스 중지',
                'verbose_name_plural': '문자메시지서비스 중지',
                'ordering': ['-starts_on'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='entry_sign_fits_kind',
        ),
        migrations.AddField(
            model_name='entry',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='사유'),
        ),
        migrations.AddField(
            model_name='lot',
            name='extended_days',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='중지로 늘어난 일수'),
        ),
        migrations.AddField(
            model_name='lot',
            name='validity_months',
            field=models.PositiveSmallIntegerField(db_default=12, default=12, verbose_name='유효 개월'),
        ),
        migrations.AddField(
            model_name='mileagepolicy',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='승인 일시'),
        ),
        migrations.AddField(
            model_name='mileagepolicy',
            name='extended_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='적립분 연장 처리'),
        ),
        migrations.AddField(
            model_name='mileagepolicy',
            name='notice_url',
            field=models.URLField(blank=True, verbose_name='공고 주소'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.CharField(choices=[('earn', '적립'), ('spend', '사용'), ('commit', '사용 확정'), ('refund', '환불'), ('lapse', '소멸'), ('claw_back', '회수'), ('waived', '회수 면제'), ('adjust', '조정')], max_length=10, verbose_name='구분'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='message_key',
            field=models.CharField(blank=True, help_text='메시지의 발송 키, 또는 조정', max_length=160, verbose_name='메시지'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('purpose', 'free_sms')), fields=['id'], name='message_paid'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('purpose', 'free_sms')), fields=['created_at'], name='message_paid_at'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='entries_fit_lots', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (SELECT FROM fresh JOIN sms_lot AS lot ON lot.id = fresh.lot_id\n                WHERE fresh.kind = 'spend' AND lot.expires_at <= fresh.at) THEN\n        RAISE EXCEPTION 'calls that have lapsed cannot be spent' USING ERRCODE = 'check_violation';\n    END IF;\n    IF EXISTS (SELECT FROM sms_lot AS lot\n                WHERE lot.id IN (SELECT lot_id FROM fresh WHERE calls <> 0)\n                  AND lot.remaining <> (SELECT sum(calls) FROM sms_entry WHERE lot_id = lot.id)) THEN\n        RAISE EXCEPTION 'an entry without its lot' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='757918c9cc0063d989052efbec90cd2b4256fa16', level='STATEMENT', operation='INSERT', pgid='pgtrigger_entries_fit_lots_ea483', referencing='REFERENCING NEW TABLE AS fresh ', table='sms_entry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='94191d560223f4c49d207fcff90e893b14fbfc6d', operation='DELETE', pgid='pgtrigger_never_deleted_f759f', table='sms_lot', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='facts_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (ROW(OLD.id, OLD.member_id, OLD.source, OLD.label, OLD.policy_id, OLD.quantity, OLD.earned_on) IS DISTINCT FROM ROW(NEW.id, NEW.member_id, NEW.source, NEW.label, NEW.policy_id, NEW.quantity, NEW.earned_on))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a32e8f8d5422504cb56171ea615e1992b232e17c', operation='UPDATE', pgid='pgtrigger_facts_stay_4266a', table='sms_lot', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lot',
            trigger=pgtrigger.compiler.Trigger(name='remaining_is_booked', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (SELECT FROM fresh\n                WHERE remaining <> (SELECT coalesce(sum(calls), 0) FROM sms_entry WHERE lot_id = fresh.id)) THEN\n        RAISE EXCEPTION 'a lot without its entries' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='137078e28ffd3d4226f341b9a9b30cce872bbda7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_remaining_is_booked_1169d', referencing='REFERENCING NEW TABLE AS fresh ', table='sms_lot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mileagepolicy',
            trigger=pgtrigger.compiler.Trigger(name='approved_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.checked_by_id IS NOT NULL OR OLD.effective_from = '2000-01-01')", func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9b337e10142a4b270caf8b20198836c29e795afb', operation='DELETE', pgid='pgtrigger_approved_stays_5b76f', table='sms_mileagepolicy', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mileagepolicy',
            trigger=pgtrigger.compiler.Trigger(name='approved_unchanged', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN ((OLD.checked_by_id IS NOT NULL OR OLD.effective_from = '2000-01-01') AND (to_jsonb(OLD) - 'extended_at') <> (to_jsonb(NEW) - 'extended_at'))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='34848fe21cfe3183c84ec7d2b71832500ce88b75', operation='UPDATE', pgid='pgtrigger_approved_unchanged_e4e5a', table='sms_mileagepolicy', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='spend',
            trigger=pgtrigger.compiler.Trigger(name='immutable', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e0f18df3c0e1592a39d417fc5982a158655aacab', operation='UPDATE OR DELETE', pgid='pgtrigger_immutable_f714b', table='sms_spend', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('calls__gt', 0), ('kind__in', ['earn', 'refund'])), models.Q(('calls__lt', 0), ('kind__in', ['spend', 'lapse', 'claw_back'])), models.Q(('calls', 0), ('kind__in', ['waived', 'commit'])), models.Q(('kind', 'adjust'), models.Q(('calls', 0), _negated=True)), _connector='OR'), name='entry_sign_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'spend')), fields=('message_key', 'lot'), name='entry_spend_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'commit')), fields=('message_key',), name='entry_commit_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'adjust')), fields=('message_key', 'lot'), name='entry_adjust_once'),
        ),
        migrations.AddConstraint(
            model_name='mileagepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('effective_from__gte', django.db.models.expressions.CombinedExpression(models.Func(models.F('published_at'), output_field=models.DateField(), template="(%(expressions)s AT TIME ZONE 'Asia/Seoul')::date"), '+', models.Value(datetime.timedelta(days=30)))), ('effective_from', datetime.date(2000, 1, 1)), _connector='OR'), name='policy_announced', violation_error_message='공고한 날부터 30일이 지난 날부터 시행할 수 있습니다.'),
        ),
        migrations.AddConstraint(
            model_name='mileagepolicy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_at__isnull', True), ('checked_by__isnull', True)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), ('made_by__isnull', False), models.Q(('made_by', models.F('checked_by')), _negated=True), ('effective_from__gt', models.Func(models.F('checked_at'), output_field=models.DateField(), template="(%(expressions)s AT TIME ZONE 'Asia/Seoul')::date"))), _connector='OR'), name='policy_by_two', violation_error_message='입안자가 아닌 사람이 시행일 전에 승인해야 합니다.'),
        ),
        migrations.AddConstraint(
            model_name='mileagepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('effective_from', datetime.date(2000, 1, 1)), ('made_by__isnull', False), _connector='OR'), name='policy_has_maker'),
        ),
        migrations.AddConstraint(
            model_name='mileagepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('validity_months__gte', 1), ('validity_months__lte', 120)), name='policy_validity', violation_error_message='유효 개월은 1~120개월로 정해 주세요.'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='신청'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='결정'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='members.member', verbose_name='조합원'),
        ),
        migrations.AddField(
            model_name='extension',
            name='lot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='sms.lot', verbose_name='적립분'),
        ),
        migrations.AddField(
            model_name='extension',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='조합원'),
        ),
        migrations.AddField(
            model_name='extension',
            name='policy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sms.mileagepolicy', verbose_name='정책'),
        ),
        migrations.AddField(
            model_name='lapsereminder',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='조합원'),
        ),
        migrations.AddField(
            model_name='mileageanomaly',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='조합원'),
        ),
        migrations.AddField(
            model_name='mileageanomaly',
            name='resolved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='처리'),
        ),
        migrations.AddField(
            model_name='suspension',
            name='checked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='승인'),
        ),
        migrations.AddField(
            model_name='suspension',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='입안'),
        ),
        migrations.AddField(
            model_name='extension',
            name='suspension',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sms.suspension', verbose_name='중지'),
        ),
        migrations.AddIndex(
            model_name='adjustment',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='adjustment_waiting'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('calls', 0), _negated=True), ('calls__gte', -10000), ('calls__lte', 10000)), name='adjustment_calls'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='adjustment_has_note'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('asked_by', models.F('decided_by')), _negated=True)), _connector='OR'), name='adjustment_by_two'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('state', 'waiting')), models.Q(('decided_by__isnull', False), ('state', 'declined')), models.Q(('decided_by__isnull', False), ('state', 'booked')), models.Q(('calls__gte', 1), ('calls__lte', 10), ('state', 'booked')), _connector='OR'), name='adjustment_state_has_evidence'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('decline_reason', ''), _negated=True), _connector='OR'), name='adjustment_declined_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='lapsereminder',
            constraint=models.UniqueConstraint(fields=('member', 'last_day', 'kind'), name='lapse_reminder_once'),
        ),
        migrations.AddConstraint(
            model_name='mileageanomaly',
            constraint=models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True)), fields=('kind', 'subject'), name='anomaly_open_once'),
        ),
        migrations.AddConstraint(
            model_name='mileageanomaly',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'delivered_after_refund')), fields=('subject',), name='anomaly_delivered_once'),
        ),
        migrations.AddConstraint(
            model_name='mileageanomaly',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('note', ''), ('resolved_at__isnull', True), ('resolved_by__isnull', True)), models.Q(('resolved_at__isnull', False), ('resolved_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='anomaly_resolved_has_note'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__gte', django.db.models.expressions.CombinedExpression(models.Func(models.F('published_at'), output_field=models.DateField(), template="(%(expressions)s AT TIME ZONE 'Asia/Seoul')::date"), '+', models.Value(datetime.timedelta(days=30))))), name='suspension_announced', violation_error_message='공고한 날부터 30일이 지난 날부터 시행할 수 있습니다.'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_at__isnull', True), ('checked_by__isnull', True)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), ('made_by__isnull', False), models.Q(('made_by', models.F('checked_by')), _negated=True), ('starts_on__gt', models.Func(models.F('checked_at'), output_field=models.DateField(), template="(%(expressions)s AT TIME ZONE 'Asia/Seoul')::date"))), _connector='OR'), name='suspension_by_two', violation_error_message='입안자가 아닌 사람이 시행일 전에 승인해야 합니다.'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('made_by__isnull', False)), name='suspension_has_maker'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='suspension_forward', violation_error_message='종료일은 시작일과 같거나 그 뒤여야 합니다.'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func('starts_on', 'ends_on', models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='suspension_apart', violation_error_message='이미 등록된 중지 기간과 겹칩니다.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspension',
            trigger=pgtrigger.compiler.Trigger(name='approved_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.checked_by_id IS NOT NULL OR OLD.starts_on = '2000-01-01')", func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e5c8dfeac64f02be242940d96f4054786981edb5', operation='DELETE', pgid='pgtrigger_approved_stays_069d4', table='sms_suspension', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspension',
            trigger=pgtrigger.compiler.Trigger(name='approved_unchanged', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN ((OLD.checked_by_id IS NOT NULL OR OLD.starts_on = '2000-01-01') AND (to_jsonb(OLD) - 'extended_at') <> (to_jsonb(NEW) - 'extended_at'))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a77e08f8b020fba96a0f3a3814185c31753c09c2', operation='UPDATE', pgid='pgtrigger_approved_unchanged_7cb4a', table='sms_suspension', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('policy__isnull', False), ('suspension__isnull', True)), models.Q(('policy__isnull', True), ('suspension__isnull', False)), _connector='OR'), name='extension_one_cause'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('new_expires_at__gt', models.F('old_expires_at'))), name='extension_only_forward'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(fields=('lot', 'policy'), name='extension_once_a_policy'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(fields=('lot', 'suspension'), name='extension_once_a_suspension'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a82e29abad3e48fff69ddb26d50d0f9817dc2c44', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_22394', table='sms_extension', when='BEFORE')),
        ),
    ]
