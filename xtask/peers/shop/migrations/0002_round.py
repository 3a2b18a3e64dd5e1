from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_tables")]
    operations = [
        migrations.AddField("Customer", "added", models.IntegerField(null=True, db_index=True)),
    ]
