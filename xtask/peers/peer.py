"""The peer that PEER names, on the server of SERVER_URL: its database, its tenants, what it does for
them, and how that is counted and told.
"""

import importlib
import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg

PEER = os.environ["PEER"]
SCHEMAS = PEER == "django-tenants"
SERVER = os.environ["SERVER_URL"]
DATABASE = f"peer_{'schemas' if SCHEMAS else 'shared'}"
APP = "shop" if SCHEMAS else "shared_shop"
ROWS = 20
FILL = f"SELECT 'c' || g || '@example.com', 'customer ' || g FROM generate_series(1, {ROWS}) g"


def url():
    return f"{SERVER.rpartition('/')[0]}/{DATABASE}"


def say(row, case, tenants, measure, value):
    line = dict(row=row, side=PEER, case=case, tenants=tenants, measure=measure, value=value)
    print(json.dumps(line), flush=True)


def percentile(times, percent):
    times = sorted(times)
    return times[min(len(times) * percent // 100, len(times) - 1)]


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

    def say(self, case, run, times=11):
        """The median of several, as the first ones prepare what later ones need."""
        costs = [self.cost(lambda: run(at)) for at in range(times)]
        for measure, counts in zip(["round trips", "statements"], zip(*costs)):
            say("counts", case, 1, measure, statistics.median_low(counts))


class Migrations:
    """The migrations of the tenants' tables: as many as a measurement needs."""

    ROUND = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("{app}", "{last}")]
    operations = [
        migrations.AddField(
            "Customer", "c{round}", models.IntegerField(null=True, db_index=True)
        ),
    ]
"""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        package = pathlib.Path(self.folder.name) / "generated_migrations"
        shutil.copytree(
            pathlib.Path(__file__).parent / APP / "migrations",
            package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        self.package = package
        self.last = max(path.stem for path in package.glob("0*.py"))
        self.rounds = 0
        sys.path.insert(0, self.folder.name)

    def add(self, count):
        for _ in range(count):
            self.rounds += 1
            name = f"{self.rounds + 1:04}_round"
            text = self.ROUND.format(app=APP, last=self.last, round=self.rounds)
            (self.package / f"{name}.py").write_text(text)
            self.last = name
        importlib.invalidate_caches()


def start_django(address, migrations=None):
    os.environ["PEER_DATABASE_URL"] = address
    settings = "tenants_settings" if SCHEMAS else "multitenant_settings"
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    if migrations is not None:
        from django.conf import settings

        settings.MIGRATION_MODULES = {APP: "generated_migrations"}
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def command(name, *arguments, **options):
    from django.core.management import call_command

    call_command(name, *arguments, verbosity=0, **options)


def create_database():
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")


def first_tenant():
    """The tables that there are for all, and a tenant, of which others are copies."""
    command("migrate_schemas", "--shared") if SCHEMAS else command("migrate")
    create_tenant("t0")
    leave_tenant()
    if SCHEMAS:
        with psycopg.connect(url(), autocommit=True) as server:
            server.execute(f"INSERT INTO t0.customer (email, name) {FILL}")


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


def add_registered(count):
    """Tenants that are only registered, up to so many: nothing asks for their tables."""
    with psycopg.connect(url(), autocommit=True) as server:
        if SCHEMAS:
            there = server.execute("SELECT count(*) FROM registry_client").fetchone()[0]
            numbers = f"generate_series({there}, {count - 1}) g"
            server.execute(
                "INSERT INTO registry_client (schema_name, name)"
                f" SELECT 't' || g, 't' || g FROM {numbers}"
            )
            server.execute(
                "INSERT INTO registry_domain (domain, is_primary, tenant_id)"
                " SELECT schema_name || '.example.com', true, id FROM registry_client"
                " WHERE id NOT IN (SELECT tenant_id FROM registry_domain)"
            )
        else:
            there = server.execute("SELECT count(*) FROM shared_shop_store").fetchone()[0]
            numbers = f"generate_series({there}, {count - 1}) g"
            server.execute(f"INSERT INTO shared_shop_store (name) SELECT 't' || g FROM {numbers}")
            server.execute(
                "INSERT INTO shared_shop_storedomain (domain, store_id)"
                " SELECT name || '.example.com', id FROM shared_shop_store"
                " WHERE id NOT IN (SELECT store_id FROM shared_shop_storedomain)"
            )
        server.execute("ANALYZE")


def first_id(tenant):
    """The least id of a tenant's rows."""
    if SCHEMAS:
        return 1
    with psycopg.connect(url()) as server:
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


def tenant_named(name):
    if SCHEMAS:
        from registry.models import Client

        return Client.objects.get(schema_name=name)
    from shared_shop.models import Store

    return Store.objects.get(name=name)


def enter(tenant):
    """As the middleware of each does it."""
    if SCHEMAS:
        from django.db import connection

        connection.set_tenant(tenant)
    else:
        from django_multitenant.utils import set_current_tenant

        set_current_tenant(tenant)


def leave_tenant():
    if SCHEMAS:
        from django.db import connection

        connection.set_schema_to_public()
    else:
        from django_multitenant.utils import unset_current_tenant

        unset_current_tenant()


def operations():
    """What is done for a tenant that was entered, by name: to the row of an id."""
    from django.db import transaction

    if SCHEMAS:
        from shop.models import Customer
    else:
        from shared_shop.models import Customer

    def lookup(id):
        Customer.objects.get(id=id)

    def list_of_20(id):
        list(Customer.objects.order_by("id")[:20])

    def insert(id):
        Customer.objects.create(email=f"{time.perf_counter_ns()}@example.com", name="new")

    def update(id):
        Customer.objects.filter(id=id).update(name=f"updated {time.perf_counter_ns()}")

    def in_transaction(id):
        with transaction.atomic():
            for operation in [lookup, list_of_20, insert, update, lookup]:
                operation(id)

    return {
        "lookup": lookup,
        "list of 20": list_of_20,
        "insert": insert,
        "update": update,
        "transaction of 5": in_transaction,
    }
