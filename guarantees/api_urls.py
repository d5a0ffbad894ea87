from guarantees.api import router

urlpatterns = router.urls
