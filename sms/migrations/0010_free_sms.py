"""The free message service: address book, requests with what they were declared as, kill switch, links."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


# What was sent before requests were kept: information, by whoever spent the calls.
KEEP_EARLIER = """
    INSERT INTO sms_sendrequest (public_id, member_id, spend_id, category, has_ad_consent, channel, text,
                                 recipients, asked, by_id, at)
    SELECT gen_random_uuid(), spend.member_id, spend.id, 'information', false, min(message.channel),
           min(message.body), count(*), '', spend.by_id, spend.at
      FROM sms_spend AS spend
      JOIN sms_message AS message ON message.reference = 'free:' || spend.key
     GROUP BY spend.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_sms_sizes"),
        ("sms", "0009_mileage_in_full"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SendRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='공개 번호')),
                ('category', models.CharField(choices=[('information', '정보성'), ('advertising', '광고')], max_length=11, verbose_name='종류')),
                ('has_ad_consent', models.BooleanField(default=False, verbose_name='광고 수신 동의 확인')),
                ('channel', models.CharField(choices=[('sms', '문자'), ('lms', '장문 문자'), ('email', '이메일')], max_length=5, verbose_name='수단')),
                ('text', models.TextField(verbose_name='적은 내용')),
                ('recipients', models.PositiveSmallIntegerField(verbose_name='받는 사람')),
                ('asked', models.CharField(help_text='글과 받는 사람의 SHA-256. 같은 화면에서 두 번 눌렀는지 봅니다.', max_length=64, verbose_name='요청 지문')),
                ('at', models.DateTimeField(verbose_name='일시')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='보낸 사람')),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='send_requests', to='members.member', verbose_name='조합원')),
                ('spend', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='request', to='sms.spend', verbose_name='마일리지 사용')),
            ],
            options={
                'verbose_name': '문자 발송 요청',
                'verbose_name_plural': '문자 발송 요청',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ServiceSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(verbose_name='켜짐')),
                ('reason', models.CharField(max_length=200, verbose_name='사유')),
                ('at', models.DateTimeField(verbose_name='일시')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='처리한 사람')),
            ],
            options={
                'verbose_name': '문자메시지서비스 스위치',
                'verbose_name_plural': '문자메시지서비스 스위치',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='공개 번호')),
                ('name', models.CharField(max_length=60, verbose_name='이름')),
                ('mobile', models.CharField(max_length=11, validators=[django.core.validators.RegexValidator('^010\\d{8}\\Z', '휴대폰 번호는 010으로 시작하는 숫자 11자리입니다.')], verbose_name='휴대폰')),
                ('group', models.CharField(blank=True, max_length=30, verbose_name='그룹')),
                ('memo', models.CharField(blank=True, max_length=100, verbose_name='메모')),
                ('consented_at', models.DateTimeField(verbose_name='동의 확인')),
                ('added_at', models.DateTimeField(verbose_name='등록')),
                ('changed_at', models.DateTimeField(verbose_name='변경')),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='등록자')),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='members.member', verbose_name='조합원')),
            ],
            options={
                'verbose_name': '주소록',
                'verbose_name_plural': '주소록',
                'ordering': ['name', 'id'],
                'abstract': False,
                'default_manager_name': 'everything',
                'constraints': [models.UniqueConstraint(fields=('member', 'mobile'), name='contact_mobile_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='contact_has_name'), models.CheckConstraint(condition=models.Q(('mobile__regex', '^010\\d{8}$')), name='contact_mobile_known')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='LinkPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_allowed', models.BooleanField(verbose_name='허용')),
                ('domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None, verbose_name='도메인')),
                ('reason', models.CharField(max_length=200, verbose_name='사유')),
                ('at', models.DateTimeField(verbose_name='일시')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='처리한 사람')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='link_permissions', to='members.member', verbose_name='조합원')),
            ],
            options={
                'verbose_name': '인터넷 주소 허용',
                'verbose_name_plural': '인터넷 주소 허용',
                'ordering': ['-id'],
                'abstract': False,
                'default_manager_name': 'everything',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('domains', []), ('is_allowed', False)), models.Q(('is_allowed', True), models.Q(('domains', []), _negated=True)), _connector='OR'), name='linkpermission_names_domains'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='linkpermission_has_reason')],
            },
            managers=[
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='linkpermission',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7343ac5c65bfe9a1ba06de2a5c8556e5a56d0aba', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1393e', table='sms_linkpermission', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='sendrequest',
            index=models.Index(fields=['member', '-at'], name='sendrequest_member'),
        ),
        migrations.AddConstraint(
            model_name='sendrequest',
            constraint=models.CheckConstraint(condition=models.Q(('category', 'information'), ('has_ad_consent', True), _connector='OR'), name='sendrequest_ad_has_consent'),
        ),
        migrations.AddConstraint(
            model_name='sendrequest',
            constraint=models.CheckConstraint(condition=models.Q(('recipients__gt', 0)), name='sendrequest_to_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sendrequest',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='03052e9eef557a85d51714d83bf7a1a738b1fe76', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0ad5d', table='sms_sendrequest', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='serviceswitch',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='serviceswitch_has_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceswitch',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f2338708342989c6d7afe43ae60c63a4a976ffee', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9a678', table='sms_serviceswitch', when='BEFORE')),
        ),
        migrations.RunSQL(KEEP_EARLIER, migrations.RunSQL.noop),
    ]
