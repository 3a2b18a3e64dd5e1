"""Measures django-tenants or django-multitenant, whichever PEER names, on the server of SERVER_URL.

Prints a JSON object a line, each a value, as the program `tenancy-benchmarks` does for the strategies.
"""

import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import time

import psycopg

PEER = os.environ["PEER"]
SCHEMAS = PEER == "django-tenants"
SERVER = os.environ["SERVER_URL"]
DATABASE = f"peer_{'schemas' if SCHEMAS else 'shared'}"
ROWS = 20
COUNTED = 11


def url():
    return f"{SERVER.rpartition('/')[0]}/{DATABASE}"


def say(row, case, tenants, measure, value):
    line = dict(row=row, side=PEER, case=case, tenants=tenants, measure=measure, value=value)
    print(json.dumps(line), flush=True)


class Wire:
    """Counts between Django and the server, by the program that counts for the strategies too."""

    def __init__(self):
        command = [os.environ["PEER_COUNTER"], "wire", url()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.url = self.process.stdout.readline().strip()

    def so_far(self):
        self.process.stdin.write("\n")
        return [int(count) for count in self.process.stdout.readline().split()]

    def cost(self, run):
        before = self.so_far()
        run()
        return [after - before for before, after in zip(before, self.so_far())]

    def say(self, case, run, times=COUNTED):
        """The median of several, as the first ones prepare what later ones need."""
        costs = [self.cost(lambda: run(at)) for at in range(times)]
        for measure, counts in zip(["round trips", "statements"], zip(*costs)):
            say("counts", case, 1, measure, statistics.median_low(counts))


def start_django(address):
    os.environ["PEER_DATABASE_URL"] = address
    settings = "tenants_settings" if SCHEMAS else "multitenant_settings"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def command(name, *arguments):
    from django.core.management import call_command

    call_command(name, *arguments, verbosity=0)


def create_database():
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")


def first_tables():
    command("migrate_schemas", "--shared") if SCHEMAS else command("migrate")


def create_tenant(name):
    """As an application does it."""
    if SCHEMAS:
        from registry.models import Client, Domain

        client = Client(schema_name=name, name=name)
        client.save(verbosity=0)
        Domain.objects.create(domain=f"{name}.example.com", tenant=client, is_primary=True)
    else:
        from shared_shop.models import Store, StoreDomain

        store = Store.objects.create(name=name)
        StoreDomain.objects.create(domain=f"{name}.example.com", store=store)


FILL = f"SELECT 'c' || g || '@example.com', 'customer ' || g FROM generate_series(1, {ROWS}) g"


def add_tenants(count):
    """Copies of the first tenant's tables up to so many, made by the server: Django needs too long."""
    with psycopg.connect(url(), autocommit=True) as server:
        if not SCHEMAS:
            there = server.execute("SELECT count(*) FROM shared_shop_store").fetchone()[0]
            numbers = f"generate_series({there}, {count - 1}) g"
            server.execute(f"INSERT INTO shared_shop_store (name) SELECT 't' || g FROM {numbers}")
            server.execute(
                "INSERT INTO shared_shop_storedomain (domain, store_id)"
                " SELECT name || '.example.com', id FROM shared_shop_store WHERE name LIKE 't%'"
                " AND id NOT IN (SELECT store_id FROM shared_shop_storedomain)"
            )
            server.execute(
                "INSERT INTO customer (store_id, email, name) SELECT s.id, f.* FROM shared_shop_store s,"
                f" ({FILL}) f WHERE s.id NOT IN (SELECT store_id FROM customer)"
            )
        else:
            there = server.execute("SELECT count(*) FROM registry_client").fetchone()[0]
            for at in range(there, count):
                server.execute(copy_of_first(f"t{at}"))
        server.execute("VACUUM ANALYZE")


def copy_of_first(name):
    tables = ["customer", "invoice", "django_migrations"]
    copies = [f"CREATE TABLE {name}.{table} (LIKE t0.{table} INCLUDING ALL)" for table in tables]
    return "; ".join(
        [f"CREATE SCHEMA {name}"]
        + copies
        + [
            f"ALTER TABLE {name}.invoice ADD FOREIGN KEY (customer_id)"
            f" REFERENCES {name}.customer (id) DEFERRABLE INITIALLY DEFERRED",
            f"INSERT INTO {name}.django_migrations (app, name, applied)"
            " SELECT app, name, applied FROM t0.django_migrations",
            f"INSERT INTO {name}.customer (email, name) {FILL}",
            f"INSERT INTO registry_client (schema_name, name) VALUES ('{name}', '{name}')",
            "INSERT INTO registry_domain (domain, is_primary, tenant_id)"
            f" SELECT '{name}.example.com', true, id FROM registry_client WHERE name = '{name}'",
        ]
    )


def first_id(tenant):
    """The least id of a tenant's rows."""
    with psycopg.connect(url()) as server:
        if SCHEMAS:
            return 1
        query = "SELECT min(c.id) FROM customer c JOIN shared_shop_store s ON s.id = store_id"
        return server.execute(f"{query} WHERE s.name = %s", [f"t{tenant}"]).fetchone()[0]


def request(application, tenant, id):
    """A request, without a server for the web before it."""
    status = []
    body = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": f"/customer/{id}",
            "QUERY_STRING": "",
            "SERVER_NAME": "peer",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": f"t{tenant}.example.com",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        },
        lambda text, headers, error=None: status.append(text),
    )
    content = b"".join(body)
    body.close()
    assert status == ["200 OK"], (status, content[:200])


def enter_first_tenant():
    if SCHEMAS:
        from django.db import connection
        from registry.models import Client
        from shop.models import Customer

        connection.set_tenant(Client.objects.get(schema_name="t0"))
    else:
        from django_multitenant.utils import set_current_tenant
        from shared_shop.models import Customer, Store

        set_current_tenant(Store.objects.get(name="t0"))
    return Customer


def count_statements(wire):
    from django.db import transaction

    Customer = enter_first_tenant()
    id = first_id(0)
    email = lambda at: f"{at}-{time.perf_counter_ns()}@example.com"

    def lookup(at):
        Customer.objects.get(id=id)

    def of_20(at):
        list(Customer.objects.order_by("id")[:20])

    def insert(at):
        Customer.objects.create(email=email(at), name="new")

    def update(at):
        Customer.objects.filter(id=id).update(name=f"updated {at}")

    def in_transaction(at):
        with transaction.atomic():
            for operation in [lookup, of_20, insert, update, lookup]:
                operation(at)

    wire.say("lookup", lookup)
    wire.say("list of 20", of_20)
    wire.say("insert", insert)
    wire.say("update", update)
    wire.say("transaction of 5", in_transaction)


def leave_tenant():
    if SCHEMAS:
        from django.db import connection

        connection.set_schema_to_public()
    else:
        from django_multitenant.utils import unset_current_tenant

        unset_current_tenant()


def take_round_back():
    """As if the last migration had not been applied."""
    with psycopg.connect(url(), autocommit=True) as server:
        for (schema,) in server.execute("SELECT schema_name FROM registry_client").fetchall():
            server.execute(
                f"ALTER TABLE {schema}.customer DROP COLUMN added;"
                f" DELETE FROM {schema}.django_migrations WHERE name = '0002_round'"
            )


def counts(options):
    create_database()
    wire = Wire()
    application = start_django(wire.url)
    first_tables()
    create_tenant("t0")
    with psycopg.connect(url(), autocommit=True) as server:
        if SCHEMAS:
            server.execute(f"INSERT INTO t0.customer (email, name) {FILL}")
    add_tenants(20)
    count_statements(wire)
    leave_tenant()
    ids = [first_id(at) for at in range(20)]
    for case in ["first request of a tenant", "request, tenant known"]:
        wire.say(case, lambda at: request(application, at + 1, ids[at + 1]))
    leave_tenant()
    if SCHEMAS:
        for case in ["nothing pending", "one pending"]:
            if case == "one pending":
                take_round_back()
            for measure, value in zip(
                ["round trips", "statements"],
                wire.cost(lambda: command("migrate_schemas", "--tenant")),
            ):
                say("counts", f"migrate, for each tenant, {case}", 20, measure, value / 20)
    wire.say("provision", lambda at: create_tenant(f"counted{at}"))


def requests(options):
    create_database()
    application = start_django(url())
    first_tables()
    create_tenant("t0")
    leave_tenant()
    if SCHEMAS:
        with psycopg.connect(url(), autocommit=True) as server:
            server.execute(f"INSERT INTO t0.customer (email, name) {FILL}")
    most = min(options.tenants, 1000)
    for count in [step for step in [1, 100, 1000] if step < most] + [most]:
        add_tenants(count)
        ids = {at: first_id(at) for at in random.Random(count).sample(range(count), min(count, 200))}
        chosen = list(ids)
        for at in chosen:
            request(application, at, ids[at])
        times = []
        for _ in range(200 if options.quick else 2000):
            at = random.choice(chosen)
            begun = time.perf_counter()
            request(application, at, ids[at])
            times.append((time.perf_counter() - begun) * 1e6)
        times.sort()
        say("requests", "tenant known", count, "median µs", times[len(times) // 2])
        say("requests", "tenant known", count, "p99 µs", times[len(times) * 99 // 100])


def migrations(options):
    """Runs over a part of the tenants, where there are many: all of them take too long."""
    if not SCHEMAS:
        return
    create_database()
    start_django(url())
    first_tables()
    create_tenant("t0")
    most = min(options.tenants, 1000)
    for count in [step for step in [100, 1000] if step < most] + [most]:
        add_tenants(count)
        part = min(count, 20 if options.quick else 100)
        names = [f"t{at}" for at in range(part)]
        with psycopg.connect(url(), autocommit=True) as server:
            server.execute("CREATE TABLE hidden AS SELECT * FROM registry_client")
            server.execute("CREATE TABLE hidden_domain AS SELECT * FROM registry_domain")
            server.execute("DELETE FROM registry_domain")
            server.execute("DELETE FROM registry_client WHERE NOT schema_name = ANY(%s)", [names])
        for case in ["nothing pending", "one pending"]:
            if case == "one pending":
                take_round_back()
            begun = time.perf_counter()
            command("migrate_schemas", "--tenant")
            each = (time.perf_counter() - begun) * 1e3 / part
            say("migrations", f"{case}, 1 worker", count, "ms each", each)
        with psycopg.connect(url(), autocommit=True) as server:
            server.execute(
                "INSERT INTO registry_client SELECT * FROM hidden"
                " WHERE id NOT IN (SELECT id FROM registry_client)"
            )
            server.execute("INSERT INTO registry_domain SELECT * FROM hidden_domain")
            server.execute("DROP TABLE hidden, hidden_domain")


def provisioning(options):
    create_database()
    start_django(url())
    first_tables()
    create_tenant("t0")
    for existing in [0, min(options.tenants, 1000)]:
        if existing:
            add_tenants(existing)
        times = []
        for at in range(5 if options.quick else 20):
            begun = time.perf_counter()
            create_tenant(f"timed{existing}x{at}")
            times.append((time.perf_counter() - begun) * 1e3)
        say("provisioning", "one tenant more", existing, "median ms", statistics.median(times))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("row", choices=["counts", "requests", "migrations", "provisioning"])
    parser.add_argument("--tenants", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    globals()[options.row](options)


if __name__ == "__main__":
    main()
