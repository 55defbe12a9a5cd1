from django.contrib import admin

from banguard.config.models import Sample
from banguard.core.admin import ReadOnlyAdmin


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Kept and forgotten on the filter's own page."""
