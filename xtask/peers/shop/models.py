"""What each tenant has: customers and their invoices."""

from django.db import models


class Customer(models.Model):
    email = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)

    class Meta:
        db_table = "customer"


class Invoice(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    number = models.CharField(max_length=255, unique=True)
    total = models.IntegerField()

    class Meta:
        db_table = "invoice"
