"""django-tenants: a schema for each tenant. Nothing but what finds the tenant stands before a view."""

from base_settings import *  # noqa: F403
from base_settings import database

SHARED_APPS = ["django_tenants", "registry", "django.contrib.contenttypes"]
TENANT_APPS = ["shop"]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS
TENANT_MODEL = "registry.Client"
TENANT_DOMAIN_MODEL = "registry.Domain"
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware"]
DATABASES = {"default": database("django_tenants.postgresql_backend")}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
