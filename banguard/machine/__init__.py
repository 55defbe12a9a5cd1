"""Sets a machine up and runs BanGuard: what stands behind ``script/server``, ``script/test`` and ``script/check``.

Two steps. The first (``__main__``) runs on the system's Python, standard library only, and makes ``.venv``;
the second (``inside``) runs on the Python of ``.venv``. Django is only ever called as ``manage.py``.
"""
