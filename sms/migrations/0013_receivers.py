"""What each additional recipient is told, and the proof of his number. Those there already keep what they had."""

import django.contrib.postgres.fields
from django.db import migrations, models

import sms.models.recipients

# Their numbers were taken over by the branch or typed before there was a proof: nothing changes for them.
PROVEN = """
    UPDATE sms_recipient SET proof = 'staff', proven_at = added_at WHERE is_active
"""
# Last, since rows of this transaction keep its table from being altered.
SAID_SO = """
    INSERT INTO sms_receptionchange (member_id, recipient_id, what, way, caller, note, detail, at)
    SELECT member_id, id, 'proven', 'prior', '', '', '번호 확인 절차가 생기기 전부터 받던 번호', now()
      FROM sms_recipient WHERE is_active ORDER BY id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sms', '0012_alarm_kinds'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='receptionchange',
            name='reception_phone_names_caller',
        ),
        migrations.AddField(
            model_name='receptionchange',
            name='detail',
            field=models.CharField(blank=True, help_text='받는 안내와 번호를 확인한 방법', max_length=200, verbose_name='상세'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='code_fingerprint',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='recipient',
            name='code_sent_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='recipient',
            name='code_tries',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='recipient',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('expiry', '보증해제대상 안내'), ('results', '신청 결과'), ('mileage', '마일리지 소멸 안내')], max_length=10), default=sms.models.recipients.usual_kinds, size=None, verbose_name='받는 안내'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='proof',
            field=models.CharField(blank=True, choices=[('code', '문자 인증'), ('staff', '지점 확인')], max_length=5, verbose_name='번호 확인'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='proven_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='번호 확인 일시'),
        ),
        migrations.AlterField(
            model_name='receptionchange',
            name='way',
            field=models.CharField(choices=[('web', '홈페이지'), ('phone', '전화'), ('prior', '이전 등록')], max_length=5, verbose_name='경로'),
        ),
        migrations.AlterField(
            model_name='receptionchange',
            name='what',
            field=models.CharField(choices=[('opted_out', '대표이사 수신거부'), ('opted_in', '대표이사 수신 재개'), ('added', '수신자 추가'), ('proven', '번호 확인'), ('changed', '받는 안내 변경'), ('removed', '수신자 삭제')], max_length=10, verbose_name='내용'),
        ),
        migrations.RunSQL(PROVEN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='receptionchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('way', 'phone'), _negated=True), models.Q(('caller', ''), _negated=True), _connector='OR'), name='reception_phone_names_caller'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(('kinds__contained_by', ['expiry', 'results', 'mileage']), ('kinds__len__gt', 0)), name='recipient_has_kinds', violation_error_message='받을 안내를 하나 이상 골라 주세요.'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proof', ''), ('proven_at__isnull', True)), models.Q(('proof__in', ['code', 'staff']), ('proven_at__isnull', False)), _connector='OR'), name='recipient_proof_has_instant'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code_fingerprint', ''), ('code_sent_at__isnull', True), ('code_tries', 0)), models.Q(models.Q(('code_fingerprint', ''), _negated=True), ('code_sent_at__isnull', False), ('code_tries__lte', 5)), _connector='OR'), name='recipient_code_whole'),
        ),
        migrations.RunSQL(SAID_SO, migrations.RunSQL.noop),
    ]
