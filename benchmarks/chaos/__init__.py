"""A campaign against the locks: real processes and a real PostgreSQL, broken in every way that a machine breaks.

``campaign`` runs it. ``cluster``, ``proxy`` and ``crew`` are what is broken, ``faults`` how. Each ``worker``
is a process that does under the lock what ``journal`` then judges; ``cost`` is the price of an undisturbed lock.
"""
