"""One page: a row by its key."""

from django.conf import settings
from django.http import JsonResponse
from django.urls import path


def customer(request, id):
    if "shop" in settings.INSTALLED_APPS:
        from shop.models import Customer
    else:
        from shared_shop.models import Customer
    return JsonResponse({"name": Customer.objects.get(id=id).name})


urlpatterns = [path("customer/<int:id>", customer)]
