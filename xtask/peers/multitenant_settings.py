"""django-multitenant: one set of tables with a tenant column, on PostgreSQL without Citus."""

from base_settings import *  # noqa: F403
from base_settings import database

INSTALLED_APPS = ["django.contrib.contenttypes", "django_multitenant", "shared_shop"]
MIDDLEWARE = ["shared_shop.middleware.by_host"]
DATABASES = {"default": database("django_multitenant.backends.postgresql")}
CITUS_EXTENSION_INSTALLED = False
