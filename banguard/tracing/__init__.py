"""Traces of requests, their SQL and their tasks, for an OTLP endpoint. An app that is there only when one is named."""
