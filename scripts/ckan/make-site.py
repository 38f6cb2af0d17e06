"""Makes a CKAN site ready for use: tables, an organization, users with tokens, a dataset with a collaborator.

Arguments: the path of ckan.ini, and the path of the JSON file to write. What exists already is kept, so a
run that was cut off can be repeated.
"""

import json
import secrets
import sys

from ckan.cli.cli import ckan
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan import model
from ckan.plugins.toolkit import ObjectNotFound, get_action

ini, accounts_file = sys.argv[1:]
roles = {"editor": "editor", "member": "member"}


def cli(*words):
    """Runs one of CKAN's own commands in this process."""
    sys.argv = ["ckan", "-c", ini, *words]
    ckan.main(sys.argv[1:], prog_name="ckan", standalone_mode=False)


def act(action, actor=None, **data):
    return get_action(action)({"ignore_auth": True, "user": actor}, data)


def show_or_create(kind, name, actor, **data):
    try:
        return act(f"{kind}_show", id=name)
    except ObjectNotFound:
        return act(f"{kind}_create", actor, name=name, **data)


def make_accounts():
    site_user = act("get_site_user")["name"]
    names = ["admin", "editor", "member", "outsider", "collaborator"]
    users = {
        name: show_or_create(
            "user", name, site_user, email=f"{name}@example.org", password=secrets.token_urlsafe()
        )
        for name in names
    }
    model.User.get("admin").sysadmin = True
    model.repo.commit()
    organization = show_or_create("organization", "uplink", "admin", title="Uplink")
    for name, role in roles.items():
        act("organization_member_create", "admin", id=organization["id"], username=name, role=role)
    dataset = show_or_create("package", "shared", "admin", title="Shared", owner_org=organization["id"])
    act(
        "package_collaborator_create",
        "admin",
        id=dataset["id"],
        user_id=users["collaborator"]["id"],
        capacity="editor",
    )
    tokens = {name: act("api_token_create", name, user=name, name="uplink")["token"] for name in names}
    return {"organization": organization["id"], "dataset": dataset["id"], "tokens": tokens}


cli("db", "init")
app = make_app(CKANConfigLoader(ini).get_config())
with app._wsgi_app.test_request_context():
    accounts = make_accounts()
with open(accounts_file, "w") as file:
    json.dump(accounts, file)
