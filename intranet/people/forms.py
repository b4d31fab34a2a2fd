"""What people type about accounts, checked for shape; the rules stand in operations."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    validators,
)

from intranet.access import Role
from intranet.forms import Form
from intranet.grids.forms import PlaceField
from intranet.i18n import _l

ROLE_LABELS = {
    Role.ADMIN: _l("Administrator"),
    Role.SECRETARY: _l("Community secretary"),
    Role.OFFICE: _l("Office staff"),
    Role.GRID_MEMBER: _l("Grid member (full-time)"),
    Role.MICRO_MEMBER: _l("Micro-grid member"),
    Role.PARTY_MEMBER: _l("Party member"),
    Role.RESIDENT: _l("Resident of the community"),
    Role.STATION: _l("Employment station staff"),
    Role.COMPANY: _l("Company (dedicated grid)"),
    Role.KIOSK: _l("Kiosk (device)"),
    Role.WALL: _l("Wall screen (device)"),
}
_needed = _l("Please fill this in")


class LoginForm(Form):
    """User name and password; ``next`` is checked by the view."""

    username = StringField(
        _l("User name"),
        [validators.InputRequired(_needed), validators.Length(max=60)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [validators.InputRequired(_needed), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField(_l("Remember this phone for 30 days"))
    next = HiddenField()


class PasswordForm(Form):
    """The current password and a new one, twice."""

    current = PasswordField(
        _l("Current password"),
        [validators.InputRequired(_needed), validators.Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("New password"),
        [validators.InputRequired(_needed)],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("New password again"),
        [validators.EqualTo("password", _l("The two do not match"))],
        render_kw={"autocomplete": "new-password"},
    )


class AccountForm(Form):
    """A new account with its first role."""

    username = StringField(
        _l("User name"),
        [
            validators.InputRequired(_needed),
            validators.Length(2, 40, _l("Between 2 and 40 characters")),
            validators.Regexp(
                r"^[A-Za-z0-9._-]+$", message=_l("Letters, digits, dot, dash and underscore only")
            ),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    display_name = StringField(
        _l("Name shown"), [validators.InputRequired(_needed), validators.Length(max=40)]
    )
    role = SelectField(_l("Role"), [validators.InputRequired(_needed)], choices=[])
    grid_path = PlaceField(_l("Where"), blank=_l("Choose"), must=True)


class RoleForm(Form):
    """One more role for an account."""

    role = SelectField(_l("Role"), [validators.InputRequired(_needed)], choices=[])
    grid_path = PlaceField(_l("Where"), blank=_l("Choose"), must=True)


class NameForm(Form):
    """The name shown, with the version the page had seen."""

    version = HiddenField()
    display_name = StringField(
        _l("Name shown"), [validators.InputRequired(_needed), validators.Length(max=40)]
    )
