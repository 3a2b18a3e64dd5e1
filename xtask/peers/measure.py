"""Measures django-tenants or django-multitenant, whichever PEER names, on the server of SERVER_URL.

Prints a JSON object a line, each a value, as the program `tenancy-benchmarks` does for the strategies.
"""

import argparse
import random
import statistics
import time

import psycopg

import peer
from peer import SCHEMAS, say

# More of them take Django too long.
MOST = 1000
# How often a run of milliseconds is made, whose middle is told.
SAMPLES = 5


def steps(options, numbers):
    most = min(options.tenants, MOST)
    return [number for number in numbers if number < most] + [most]


def milliseconds(run):
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1e3


def counts(options):
    peer.create_database()
    wire = peer.Wire()
    migrations = peer.Migrations()
    application = peer.start_django(wire.url, migrations)
    peer.first_tenant()
    peer.add_tenants(20)
    peer.enter(peer.tenant_named("t0"))
    id = peer.first_id(0)
    for name, operation in peer.operations().items():
        wire.say(name, lambda at: operation(id))
    peer.leave_tenant()
    ids = [peer.first_id(at) for at in range(20)]
    for case in ["first request of a tenant", "request, tenant known"]:
        wire.say(case, lambda at: peer.request(application, at + 1, ids[at + 1]))
    peer.leave_tenant()
    for case, pending in [("nothing pending", 0), ("one pending", 1)]:
        migrations.add(pending)
        for measure, value in zip(["round trips", "statements"], wire.cost(migrate)):
            say("counts", f"migrate, for each tenant, {case}", 20, measure, value / 20)
    wire.say("provision", lambda at: peer.create_tenant(f"counted{at}"))


def statements(options):
    """One statement after the other, each for a tenant taken at random, by one process."""
    peer.create_database()
    peer.start_django(peer.url())
    peer.first_tenant()
    duration = 0.3 if options.quick else 1.5
    for count in steps(options, [1, 100, 1000]):
        peer.add_tenants(count)
        chosen = random.Random(count).sample(range(count), min(count, 200))
        tenants = [(peer.tenant_named(f"t{at}"), peer.first_id(at)) for at in chosen]
        for name, operation in peer.operations().items():
            for tenant, id in tenants:
                peer.enter(tenant)
                operation(id)
            times = []
            begun = time.perf_counter()
            while (start := time.perf_counter()) < begun + duration:
                tenant, id = random.choice(tenants)
                peer.enter(tenant)
                operation(id)
                times.append((time.perf_counter() - start) * 1e6)
            elapsed = time.perf_counter() - begun
            case = f"{name}, uniform, 1 task"
            say("statements", case, count, "median µs", peer.percentile(times, 50))
            say("statements", case, count, "p99 µs", peer.percentile(times, 99))
            say("statements", case, count, "per second", len(times) / elapsed)
        peer.leave_tenant()


def requests(options):
    peer.create_database()
    application = peer.start_django(peer.url())
    peer.first_tenant()
    for count in steps(options, [1, 100, 1000]):
        peer.add_tenants(count)
        chosen = random.Random(count).sample(range(count), min(count, 200))
        ids = {at: peer.first_id(at) for at in chosen}
        for at in chosen:
            peer.request(application, at, ids[at])
        times = []
        for _ in range(200 if options.quick else 2000):
            at = random.choice(chosen)
            times.append(milliseconds(lambda: peer.request(application, at, ids[at])) * 1e3)
        say("requests", "tenant known", count, "median µs", peer.percentile(times, 50))
        say("requests", "tenant known", count, "p99 µs", peer.percentile(times, 99))


def migrate(workers=1):
    if not SCHEMAS:
        peer.command("migrate")
    elif workers == 1:
        peer.command("migrate_schemas", "--tenant")
    else:
        from django.conf import settings

        settings.TENANT_MULTIPROCESSING_MAX_PROCESSES = workers
        peer.command("migrate_schemas", "--tenant", executor="multiprocessing")


def migrations(options):
    """Runs over a part of the tenants, where there are many: all of them take too long."""
    peer.create_database()
    migrations = peer.Migrations()
    peer.start_django(peer.url(), migrations)
    peer.first_tenant()
    for count in steps(options, [100, 1000]):
        peer.add_tenants(count)
        part = min(count, 20 if options.quick else 100)
        if SCHEMAS:
            hide_all_but(part)
        for workers in ([1, 4] if options.quick else [1, 2, 4, 8]) if SCHEMAS else [1]:
            for case, pending in [("nothing", 0), ("one", 1), ("ten", 10)]:
                # With one set of tables a run takes milliseconds, and the next one more or less.
                times = []
                for _ in range(1 if SCHEMAS or pending > 1 else SAMPLES):
                    migrations.add(pending)
                    times.append(milliseconds(lambda: migrate(workers)))
                elapsed = statistics.median(times)
                case = f"{case} pending, {workers} {'worker' if workers == 1 else 'workers'}"
                if SCHEMAS:
                    say("migrations", case, count, "ms each", elapsed / part)
                else:
                    say("migrations", case, count, "ms in all", elapsed)
        if SCHEMAS:
            # Those that were hidden lack the rounds, and copies of the first have them.
            show_none_but_first()


def hide_all_but(part):
    names = [f"t{at}" for at in range(part)]
    with psycopg.connect(peer.url(), autocommit=True) as server:
        server.execute("DELETE FROM registry_domain")
        server.execute("DELETE FROM registry_client WHERE NOT schema_name = ANY(%s)", [names])


def show_none_but_first():
    with psycopg.connect(peer.url(), autocommit=True) as server:
        query = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^t[1-9][0-9]*$'"
        for (schema,) in server.execute(query).fetchall():
            server.execute(f"DROP SCHEMA {schema} CASCADE")
        server.execute("DELETE FROM registry_client WHERE schema_name <> 't0'")


def provisioning(options):
    peer.create_database()
    peer.start_django(peer.url())
    peer.first_tenant()
    for existing in [0, min(options.tenants, MOST)]:
        if existing:
            peer.add_tenants(existing)
        names = [f"timed{existing}x{at}" for at in range(5 if options.quick else 20)]
        times = [milliseconds(lambda: peer.create_tenant(name)) for name in names]
        say("provisioning", "one tenant more", existing, "median ms", statistics.median(times))


def registry(options):
    """Tenants that are only registered, so there can be as many as the strategies have."""
    peer.create_database()
    peer.start_django(peer.url())
    peer.first_tenant()
    if SCHEMAS:
        from registry.models import Client as Tenant, Domain

        domains, column = Domain.objects.select_related("tenant"), "schema_name"
    else:
        from shared_shop.models import Store as Tenant, StoreDomain

        domains, column = StoreDomain.objects.select_related("store"), "name"
    numbers = [number for number in [100, 1_000, 10_000] if number < options.tenants]
    for count in numbers + [options.tenants]:
        peer.add_registered(count)
        some = [f"t{at}.example.com" for at in range(1, count, max(count // 100, 1))]
        times = [milliseconds(lambda: domains.get(domain=domain)) for domain in some]
        say("registry", "resolve, first time", count, "ms", statistics.median(times))
        page = Tenant.objects.filter(**{f"{column}__gt": f"t{count // 2}"}).order_by(column)
        times = [milliseconds(lambda: list(page.all()[:100])) for _ in range(9)]
        say("registry", "page of 100", count, "ms", statistics.median(times))


def memory(options):
    """After each tenant was asked once: of this process, and of the server's that works for it."""
    peer.create_database()
    peer.start_django(peer.url())
    peer.first_tenant()
    from django.db import connection

    lookup = peer.operations()["lookup"]
    asked = 0
    for count in steps(options, [1, 100, 1000]):
        peer.add_tenants(count)
        for at in range(asked, count):
            peer.enter(peer.tenant_named(f"t{at}"))
            lookup(peer.first_id(at))
            peer.leave_tenant()
        asked = count
        say("memory", "each tenant asked", count, "process MB", in_status("self/status", "VmRSS"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        private = in_status(f"{pid}/smaps_rollup", "Pss_Anon:")
        for measure in ["largest backend MB", "all backends MB"]:
            say("memory", "each tenant asked", count, measure, private)
        say("memory", "each tenant asked", count, "backends", 1)


def in_status(file, beginning):
    """The megabytes of the lines of a process's file that begin so."""
    with open(f"/proc/{file}") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(beginning)) / 1024


def main():
    rows = [counts, statements, requests, migrations, provisioning, registry, memory]
    rows = {row.__name__: row for row in rows}
    parser = argparse.ArgumentParser()
    parser.add_argument("row", choices=rows)
    parser.add_argument("--tenants", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rows[options.row](options)


if __name__ == "__main__":
    main()
