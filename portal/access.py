"""Who acts, and which rows he may see. Every query on behalf of a person starts at `for_user`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest

from portal.members.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.members.models import User


class Reach(Enum):
    """How far a person's sight goes."""

    NOTHING = "nothing"
    MEMBER = "member"
    BRANCH = "branch"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Scope:
    """The rows a person may see: none, one member's, one branch's, or all."""

    reach: Reach
    id: int | None = None


def scope_of(user: User | AnonymousUser) -> Scope:
    """Members see their company, branch staff their branch, head office everything (DOMAIN roles, S48)."""
    if not user.is_authenticated or not user.is_active:
        return Scope(Reach.NOTHING)
    if user.is_staff:
        if user.branch_id is not None:
            return Scope(Reach.BRANCH, user.branch_id)
        return Scope(Reach.EVERYTHING) if user.works_at_head_office else Scope(Reach.NOTHING)
    if user.member_id is not None:
        return Scope(Reach.MEMBER, user.member_id)
    return Scope(Reach.NOTHING)


M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Knows how to narrow itself to a scope by the model's `MEMBER_PATH` and `BRANCH_PATH`."""

    def within(self, scope: Scope) -> Self:
        """The rows inside `scope`."""
        if scope.reach is Reach.EVERYTHING:
            return self
        if scope.reach is Reach.NOTHING:
            return self.none()
        path = self.model.MEMBER_PATH if scope.reach is Reach.MEMBER else self.model.BRANCH_PATH  # type: ignore[attr-defined]
        return self.filter(**{path: scope.id})

    def for_user(self, user: User | AnonymousUser) -> Self:
        """The rows `user` may see."""
        return self.within(scope_of(user))


class ScopedManager(Generic[M]):
    """`Model.objects`: answers nothing but `for_user`, so a view cannot forget whose rows it reads.

    Actions, tasks and commands, which act for the cooperative, say so by `Model.everything`.
    """

    def __init__(self) -> None:
        self.model: type[M] | None = None

    def __get__(self, instance: object, owner: type[M]) -> ScopedManager[M]:
        bound = ScopedManager[M]()
        bound.model = owner
        return bound

    def for_user(self, user: User | AnonymousUser) -> ScopedQuerySet[M]:
        """The rows `user` may see."""
        return self.model.everything.for_user(user)  # type: ignore[union-attr]

    def __getattr__(self, name: str) -> Any:
        raise UnscopedQuery(f"objects.{name}: say for whom with objects.for_user(user), or use everything")


class UnscopedQuery(AttributeError):
    """A query that names nobody it is made for."""


class ScopedModel(models.Model):
    """A row that belongs to a member. Subclasses may override the two paths."""

    MEMBER_PATH: ClassVar[str] = "member_id"
    BRANCH_PATH: ClassVar[str] = "member__branch_id"

    objects: ClassVar[ScopedManager[Any]] = ScopedManager()
    everything = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
        default_manager_name = "everything"


@dataclass(frozen=True)
class Actor:
    """Who did it, from where, and how far his sight and authority go. Written into the audit trail."""

    user_id: int | None
    name: str
    channel: str
    address: str | None
    scope: Scope
    roles: frozenset[Role]

    @classmethod
    def of(cls, request: HttpRequest, channel: str = "web") -> Actor:
        """The person behind a request; `channel` is web, admin or api."""
        user = request.user
        address = client_address(request)
        if not user.is_authenticated:
            return cls(None, "방문자", channel, address, Scope(Reach.NOTHING), frozenset())
        return cls.user(user, channel=channel, address=address)

    @classmethod
    def user(cls, user: User, *, channel: str = "web", address: str | None = None) -> Actor:
        """A known person, with the sight and roles he has now."""
        return cls(user.pk, str(user), channel, address, scope_of(user), user.roles)

    @classmethod
    def system(cls, name: str) -> Actor:
        """The portal itself: a scheduled task or a command called `name`."""
        return cls(None, name, "system", None, Scope(Reach.EVERYTHING), frozenset())


def client_address(request: HttpRequest) -> str | None:
    """The visitor's address: the peer's, or, behind our own proxy, the last one that proxy has written down.

    What stands before it in X-Forwarded-For the visitor wrote himself. Attempts are counted by it.
    """
    if settings.BEHIND_PROXY:
        written = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if _is_address(written):
            return written
    return request.META.get("REMOTE_ADDR") or None


def _is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
