"""Settings of both peers. What is measured comes from the environment."""

import os
from urllib.parse import urlsplit

SECRET_KEY = "for benchmarks only"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGGING_CONFIG = None


def database(engine):
    url = urlsplit(os.environ["PEER_DATABASE_URL"])
    return {
        "ENGINE": engine,
        "NAME": url.path.removeprefix("/"),
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.hostname,
        "PORT": url.port or 5432,
        # Faster than Django's default, which connects anew for each request.
        "CONN_MAX_AGE": None,
    }
