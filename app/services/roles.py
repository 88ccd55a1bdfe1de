"""Roles that the product knows by name, and which permissions may be given to people."""

from app.domain.permissions import DEFAULT_ROLES

ADMIN = "admin"
HANDLER = "handler"
GRANTABLE = frozenset(permission for _, permissions in DEFAULT_ROLES.values() for permission in permissions)
"""What people may be given: the rest belongs to citizens and to the machine."""
