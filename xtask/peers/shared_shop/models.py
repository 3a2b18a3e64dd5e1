"""Tables that all tenants share; each row names its own."""

from django.db import models
from django_multitenant.fields import TenantForeignKey
from django_multitenant.models import TenantModel


class Store(TenantModel):
    name = models.CharField(max_length=100)

    class TenantMeta:
        tenant_field_name = "id"


class StoreDomain(models.Model):
    domain = models.CharField(max_length=253, unique=True)
    store = models.ForeignKey(Store, on_delete=models.CASCADE)


class Customer(TenantModel):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    email = models.CharField(max_length=255)
    name = models.CharField(max_length=255)

    class TenantMeta:
        tenant_field_name = "store_id"

    class Meta:
        db_table = "customer"
        constraints = [
            models.UniqueConstraint(fields=["store", "email"], name="customer_email"),
            models.UniqueConstraint(fields=["store", "id"], name="customer_key"),
        ]


class Invoice(TenantModel):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT)
    number = models.CharField(max_length=255)
    total = models.IntegerField()

    class TenantMeta:
        tenant_field_name = "store_id"

    class Meta:
        db_table = "invoice"
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="invoice_number"),
        ]
