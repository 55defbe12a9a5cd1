"""Sending log lines to a platform: syslog over TCP or TLS, OTLP over HTTP, Elasticsearch's bulk API.

``shipper`` takes lines and never waits; its thread hands them from the ``backlog`` to a ``destination``.
"""
