"""Fills the database of a stopped server with a large company: one organization, and in it 10 000 users, 1 000 teams and 10 000
repositories, straight into SQLite, because through the API ten thousand passwords would be hashed. Argument: the database's path."""

import sqlite3
import sys
import uuid

database = sqlite3.connect(sys.argv[1])
run = database.execute


def new():
    return uuid.uuid4().bytes


def insert(table, rows):
    names = [row[1] for row in run(f"pragma table_info({table})")]
    for row in rows:
        given = [name for name in names if name in row]
        marks = ",".join("?" * len(given))
        run(f"insert into {table}({','.join(given)}) values({marks})", [row[name] for name in given])


created, password = run("select created_at, password_hash from accounts where name = 'admin'").fetchone()


def account(id, name, is_org):
    return dict(
        id=id, name=name, full_name="", is_org=is_org, is_admin=0, is_active=1,
        password_hash=None if is_org else password, created_at=created,
    )


org = new()
users = [new() for _ in range(10_000)]
teams = [new() for _ in range(1_000)]
repositories = [new() for _ in range(10_000)]

insert("accounts", [account(org, "acme", 1)])
insert("accounts", (account(id, f"user{n:05}", 0) for n, id in enumerate(users)))
insert("org_members", (
    dict(org_id=org, account_id=id, is_owner=int(n == 0), created_at=created) for n, id in enumerate(users)
))
insert("teams", (
    dict(id=id, org_id=org, name=f"team{n:04}", description="", created_at=created) for n, id in enumerate(teams)
))
insert("team_members", (
    dict(team_id=teams[(n + k * 97) % 1000], account_id=id, created_at=created)
    for n, id in enumerate(users) for k in range(5)
))
insert("repositories", (
    dict(
        id=id, account_id=org, namespace="acme", name=f"repo{n:05}", is_public=0, short_description="",
        long_description="", scan_on_push=1, immutable_tags=0, tag_limit=0, pulls=0, pushes=0, created_at=created,
    )
    for n, id in enumerate(repositories)
))
insert("repository_grants", (
    dict(team_id=teams[n % 1000], repository_id=id, level=1 + n % 3) for n, id in enumerate(repositories)
))
insert("namespace_grants", (dict(team_id=teams[n], org_id=org, level=1) for n in range(3)))
database.commit()
