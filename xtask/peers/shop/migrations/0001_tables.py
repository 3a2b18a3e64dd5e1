import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Customer",
            [
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(max_length=255, unique=True)),
                ("name", models.CharField(max_length=255)),
            ],
            {"db_table": "customer"},
        ),
        migrations.CreateModel(
            "Invoice",
            [
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=255, unique=True)),
                ("total", models.IntegerField()),
                (
                    "customer",
                    models.ForeignKey("shop.Customer", on_delete=django.db.models.deletion.PROTECT),
                ),
            ],
            {"db_table": "invoice"},
        ),
    ]
