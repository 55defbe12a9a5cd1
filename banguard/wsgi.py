"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from banguard.core.checks import refuse_wrong_order
from banguard.core.prefix import UnderPrefix

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banguard.settings")

application = UnderPrefix(get_wsgi_application(), settings.FORCE_SCRIPT_NAME or "")
refuse_wrong_order()
