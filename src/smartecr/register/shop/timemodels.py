"""The rows of working time; projections of the journal like those of `models`."""

from __future__ import annotations

from django.db import models

from smartecr.register.fields import id_field, text_field


class TimeStamp(models.Model):
    """Somebody came, went, or took a break (`kind`, see `core.worktime`) at `at` (UTC text).

    `entered_by` and `reason` say who wrote it down later; `gone` is the fact that replaced it, "" while it holds. It is
    kept for two years at least (§ 16 (2) ArbZG), and longer with the journal.
    """

    id = id_field(primary_key=True)
    person_id = id_field()
    kind = models.CharField(max_length=10)
    at = models.CharField(max_length=24)
    entered_by = text_field(80)
    reason = text_field(200)
    gone = id_field(default="")

    class Meta:
        db_table = "register_time_stamp"
        indexes = [models.Index(fields=["person_id", "at"], name="time_stamp_by_person")]
