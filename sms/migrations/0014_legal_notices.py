"""Terms may rest on a legal notice of our own board, and always say where they were announced."""

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('helpdesk', '0002_first_faq'),
        ('sms', '0013_receivers'),
    ]

    operations = [
        migrations.AddField(
            model_name='mileagepolicy',
            name='legal_notice',
            field=models.ForeignKey(blank=True, help_text='조합 공지 게시판에 이미 게시한 제도 공지입니다. 고르면 공고한 날과 제목은 그 공지를 따릅니다.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='helpdesk.notice', verbose_name='제도 공지'),
        ),
        migrations.AddField(
            model_name='suspension',
            name='legal_notice',
            field=models.ForeignKey(blank=True, help_text='조합 공지 게시판에 이미 게시한 제도 공지입니다. 고르면 공고한 날과 제목은 그 공지를 따릅니다.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='helpdesk.notice', verbose_name='제도 공지'),
        ),
        migrations.AddConstraint(
            model_name='mileagepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('legal_notice__isnull', False), models.Q(('notice_url', ''), _negated=True), ('effective_from', datetime.date(2000, 1, 1)), _connector='OR'), name='policy_says_where', violation_error_message='제도 공지를 고르거나 공고 주소를 입력해 주세요.'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('legal_notice__isnull', False), models.Q(('notice_url', ''), _negated=True), _connector='OR'), name='suspension_says_where', violation_error_message='제도 공지를 고르거나 공고 주소를 입력해 주세요.'),
        ),
    ]
