"""The member's own applications and guarantees as JSON, read only, for his accounting or site software.

Authorisation is the query: what the person may not see is not found.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import pagination, serializers, viewsets
from rest_framework.routers import SimpleRouter

from guarantees.models import Application, Guarantee
from portal.members.roles import BUSINESS_ROLES, Role

READERS = BUSINESS_ROLES | {Role.MEMBER_USER, Role.MEMBER_REP}


class NewestFirst(pagination.CursorPagination):
    """Pages that stay fast and steady however long the list grows."""

    ordering = "-id"
    page_size = 50


class ApplicationSerializer(serializers.ModelSerializer):
    """An application as its owner sees it; whole won, ISO dates."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Application
        fields: ClassVar[list[str]] = [
            "id", "number", "product", "state", "contract_name", "beneficiary_name", "amount",
            "starts_on", "ends_on", "quoted_fee", "submitted_at", "supplement_due_on", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class GuaranteeSerializer(serializers.ModelSerializer):
    """A guarantee with what is still outstanding."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Guarantee
        fields: ClassVar[list[str]] = [
            "id", "number", "product", "state", "channel", "contract_name", "beneficiary_name", "amount",
            "outstanding", "starts_on", "ends_on", "issued_on", "released_at",
        ]  # fmt: skip
        read_only_fields = fields


class ScopedViewSet(viewsets.ReadOnlyModelViewSet):
    """Lists and single rows inside the person's scope, found by their public id."""

    model: ClassVar[Any]
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        user = self.request.user
        rows: QuerySet[Any] = self.model.objects.for_user(user)
        return rows if user.is_authenticated and user.has_role(*READERS) else rows.none()


class ApplicationViewSet(ScopedViewSet):
    model = Application
    serializer_class = ApplicationSerializer


class GuaranteeViewSet(ScopedViewSet):
    model = Guarantee
    serializer_class = GuaranteeSerializer


router = SimpleRouter(use_regex_path=False)
router.register("applications", ApplicationViewSet, basename="api-application")
router.register("guarantees", GuaranteeViewSet, basename="api-guarantee")
