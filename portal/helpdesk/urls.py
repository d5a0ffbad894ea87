from django.urls import path

from portal.helpdesk.views import downloads, faq, notices, questions

app_name = "helpdesk"
urlpatterns = [
    path("qna/", faq.faq, name="faq"),
    path("qna/helpful/<int:version>/", faq.helpful, name="helpful"),
    path("questions/", questions.questions, name="questions"),
    path("questions/ask/", questions.ask, name="ask"),
    path("questions/files/<uuid:public_id>/", questions.attachment, name="attachment"),
    path("questions/<uuid:public_id>/", questions.question, name="question"),
    path("questions/<uuid:public_id>/edit/", questions.edit_question, name="edit_question"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:number>/", notices.notice, name="notice"),
    path("downloads/", downloads.downloads, name="downloads"),
    path("downloads/<int:number>/", downloads.download, name="download"),
    path("downloads/files/<uuid:public_id>/", downloads.download_file, name="download_file"),
]
