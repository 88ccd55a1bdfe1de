"""Bodies and filters of identity administration: users, roles, API keys."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, StringConstraints

from app.domain.permissions import Permission
from app.schemas.administration import CodeFilter, Page, SearchWords, changes_of
from app.schemas.auth import Password
from app.schemas.types import Code, Form, Line, Storable

USERNAME = r"^[a-z0-9][a-z0-9._-]{1,63}$"
Username = Annotated[str, StringConstraints(pattern=USERNAME), Storable]
"""2 to 64 small letters, digits, dots, underscores and hyphens."""
RoleCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,63}$"), Storable]


class UserForm(Form):
    """`POST /v1/users`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "li.ming",
                    "display_name": "李明",
                    "password": "a long pass phrase",
                    "roles": ["operator"],
                    "unit_code": "centre",
                }
            ]
        }
    )
    username: Username
    display_name: Line
    password: Password
    roles: Annotated[list[RoleCode], Field(min_length=1, max_length=20)]
    unit_code: Code | None = None
    active: StrictBool = True


UserChange = changes_of(UserForm, "username", "password", example={"roles": ["operator", "callback_agent"]})


class NewPassword(Form):
    """`POST /v1/users/{username}/password`: set by an administrator, without the old one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new_password": "another long pass phrase"}]})
    new_password: Password


class UserPage(Page):
    """Filters of `GET /v1/users`."""

    q: SearchWords | None = Field(None, description="Part of user name or display name.")
    unit: CodeFilter | None = None
    role: CodeFilter | None = None
    active: bool | None = None


class RoleForm(Form):
    """`POST /v1/roles`: a named set of permissions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "observer", "name": "观察员", "permissions": ["request.read", "catalogue.read"]}]
        }
    )
    code: RoleCode
    name: Line
    permissions: Annotated[list[Permission], Field(max_length=100)]


RoleChange = changes_of(RoleForm, "code", example={"permissions": ["request.read"]})


class RolePage(Page):
    """Filters of `GET /v1/roles`."""

    q: SearchWords | None = Field(None, description="Part of code or name.")


class ApiKeyForm(Form):
    """`POST /v1/api-keys`: acts as its user (the caller, unless named), with no more than `scopes`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "住建局工单系统",
                    "username": "unit-housing",
                    "scopes": ["request.read", "work_order.handle"],
                    "expires_at": "2027-12-31T23:59:59+08:00",
                }
            ]
        }
    )
    name: Line
    username: Username | None = None
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=100)]
    expires_at: AwareDatetime | None = None


class ApiKeyPage(Page):
    """Filters of `GET /v1/api-keys`."""

    username: CodeFilter | None = None
    usable: bool | None = Field(None, description="Neither revoked nor out of date.")
