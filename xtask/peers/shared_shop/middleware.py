"""The tenant by the name of the host, as users of django-multitenant write it themselves."""

from django_multitenant.utils import set_current_tenant, unset_current_tenant

from shared_shop.models import StoreDomain


def by_host(get_response):
    def respond(request):
        host = request.get_host().split(":")[0]
        found = StoreDomain.objects.select_related("store").get(domain=host)
        set_current_tenant(found.store)
        try:
            return get_response(request)
        finally:
            unset_current_tenant()

    return respond
