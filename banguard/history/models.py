"""Every ban a server ever made, and what is counted of them.

PostgreSQL itself keeps the counts: triggers on ``history_ban`` (migration 0005) write them in the transaction
of the bans they count, whatever wrote those. Docs/Backend-Development.md, "Database performance", tells why
the tables and indexes are what they are.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from netfields import CidrAddressField

from banguard.core.networks import text_of
from banguard.history.values import LEVELS, REPEATS, Dimension, LiftReason, Origin, Place, TopKind
from banguard.servers.models import Server

FIRST_SERVER = 1  # its id
OPEN = Q(lifted_at__isnull=True)  # its end was not written yet; what holds now is among these


def network_at(level: int) -> Func:
    """The network of ``LEVELS[level]`` around an address; what is wider than that stands for itself."""
    return Func(F("address"), *map(Value, LEVELS[level]), function="history_network", output_field=CidrAddressField())


class Ban(models.Model):
    """One ban episode. Rows are only added; the end of an episode, and whence it came, is all that changes.

    ``address`` is a network; a lone address is one of full length. Whether a ban is active is a matter of
    time: not lifted, and not yet expired.
    """

    # A constraint would cost a look for each row; a trigger looks once for each statement (migration 0009).
    server = models.ForeignKey(Server, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    # Compared byte by byte: an order by language would cost every index entry more than reading it.
    jail = models.CharField(max_length=64, db_collation="C")
    address = CidrAddressField()
    origin = models.CharField(
        max_length=16, db_collation="C", choices=[(origin.value, origin.value) for origin in Origin]
    )
    banned_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)  # of the failure that led to it; null: only the log told of the ban
    expires_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=16, blank=True, choices=[(why.value, why.value) for why in LiftReason])
    ban_count = models.IntegerField(default=1)
    failures = models.IntegerField(default=0)
    country = models.CharField(max_length=2, blank=True, db_collation="C")  # ISO 3166, registered; empty: unknown
    asn = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # What makes a repeated batch harmless: the same ban told twice is one row. Also an address's own list.
            models.UniqueConstraint(fields=["address", "banned_at", "jail", "server"], name="ban_once"),
        ]
        indexes = [
            models.Index(fields=["banned_at", "id"], name="ban_newest"),  # the whole list, and time ranges
            models.Index(fields=["jail", "banned_at", "id"], name="ban_jail_newest"),  # the list of one jail
            *(  # ... of one origin, each of which grows at its end alone (migration 0013)
                models.Index(fields=["banned_at", "id"], name=f"ban_origin_{one.value}", condition=Q(origin=one.value))
                for one in Origin
            ),
            models.Index(fields=["country", "banned_at", "id"], name="ban_country_newest"),  # ... of one country
            models.Index(  # ... of this machine's server, which mostly is the only one
                fields=["banned_at", "id"], name="ban_server_first", condition=Q(server=FIRST_SERVER)
            ),
            models.Index(  # ... of another one
                fields=["server", "banned_at", "id"], name="ban_server_newest", condition=Q(server__gt=FIRST_SERVER)
            ),
            models.Index(  # ... of one autonomous system
                fields=["asn", "banned_at", "id"], name="ban_asn_newest", condition=Q(asn__isnull=False)
            ),
            models.Index(fields=["banned_at", "id"], name="ban_open_newest", condition=OPEN),  # active bans
            models.Index(fields=["banned_at", "id"], name="ban_ended_newest", condition=~OPEN),  # ended bans
            *(  # repeat offenders, from each number on that can be chosen
                models.Index(fields=["banned_at", "id"], name=f"ban_repeat_{least}", condition=Q(ban_count__gte=least))
                for least in REPEATS
            ),
            *(  # all bans inside a network: migrations 0006 and 0012 explain
                models.Index(network_at(level), F("banned_at"), F("id"), name=f"ban_network_{level}", condition=whose)
                for level, whose in enumerate((Q(address__family=6), None, None))
            ),
            models.Index(  # of them those that are networks themselves, which are few
                fields=["address"], name="ban_wide", condition=Q(address__family=4, address__prefixlen__lte=31)
            ),
            models.Index(fields=["expires_at"], name="ban_expiring", condition=OPEN),  # whose end is to be written
            # The collector: what seemed lifted by hand until the jail turned out to have been stopped.
            models.Index(
                fields=["jail", "lifted_at"],
                condition=Q(lift_reason__in=["manual", "flushed"]),
                name="ban_lifted_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{text_of(self.address)} in {self.jail}"


class BanMatches(models.Model):
    """The log lines that led to a ban, apart from it so that lists read narrow rows.

    ``banned_at`` is the ban's: the index of words (migration 0003) finds a word within a stretch of time.
    """

    # Without a constraint, as above: it is only ever written beside its ban, and let go with it.
    ban = models.OneToOneField(
        Ban, on_delete=models.CASCADE, primary_key=True, related_name="matched", db_constraint=False
    )
    banned_at = models.DateTimeField()
    lines = ArrayField(models.TextField())

    class Meta:
        verbose_name_plural = "ban matches"
        indexes = [
            GinIndex(  # words in the lines; a search reads what was not merged into it yet (KiB) as a whole
                Func(F("lines"), F("banned_at"), function="history_words"),
                name="ban_words",
                gin_pending_list_limit=256,
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.lines)} lines"


class Tally(models.Model):
    """How many bans began in an hour, a day or a month (``grain``), for one combination of dimensions.

    ``dimensions`` is a sum of ``Dimension``: those that are told apart. The others hold 0 or nothing.
    """

    # A trend, and a total: equal dimensions, a range of periods.
    pk = models.CompositePrimaryKey("grain", "dimensions", "server", "jail", "country", "origin", "period")
    grain = models.CharField(max_length=1, db_collation="C")
    dimensions = models.SmallIntegerField()
    server = models.IntegerField()
    jail = models.CharField(max_length=64, db_collation="C")
    country = models.CharField(max_length=2, db_collation="C")
    origin = models.CharField(max_length=16, db_collation="C")
    period = models.DateTimeField()
    count = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [
            models.Index(fields=["grain", "dimensions", "period"], name="tally_period"),  # the values of a short range
        ]

    def __str__(self) -> str:
        return f"{self.count} in {self.grain} {self.period} ({Dimension(self.dimensions)!r})"


class Standing(models.Model):
    """How many bans are open now, by everything they can be filtered by."""

    pk = models.CompositePrimaryKey("server", "jail", "country", "origin")
    server = models.IntegerField()
    jail = models.CharField(max_length=64, db_collation="C")
    country = models.CharField(max_length=2, db_collation="C")
    origin = models.CharField(max_length=16, db_collation="C")
    count = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.count} in {self.jail}"


class Address(models.Model):
    """What is known of one address over all its bans; it outlives them when old ones are let go."""

    address = CidrAddressField(primary_key=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    bans = models.BigIntegerField()
    countries = ArrayField(models.CharField(max_length=2))  # every one it was ever registered in

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return text_of(self.address)


class Top(models.Model):
    """The values that most bans of a past day or month came from, the first ``values.TOP_KEPT`` of each kind."""

    pk = models.CompositePrimaryKey("kind", "grain", "period", "value")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in TopKind], db_collation="C")
    grain = models.CharField(max_length=1, db_collation="C")
    period = models.DateTimeField()
    value = models.CharField(max_length=43, db_collation="C")  # an address, a network, or a number
    count = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.value}: {self.count}"


class Ranked(models.Model):
    """A past period whose ``Top`` is complete. A ban that comes late takes the row away, until it is made anew."""

    pk = models.CompositePrimaryKey("grain", "period")
    grain = models.CharField(max_length=1, db_collation="C")
    period = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ranked"

    def __str__(self) -> str:
        return f"{self.grain} {self.period}"


class Retained(models.Model):
    """From when on history is whole: what ended before was let go. One row, or none while all is kept."""

    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "retained"

    def __str__(self) -> str:
        return f"since {self.since}"


class SavedSearch(models.Model):
    """A search that a person keeps under a name; ``query`` is the address line of the list."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_000)

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_search_once")]

    def __str__(self) -> str:
        return self.name


class Cursor(models.Model):
    """How far the collector has read a server's own database and its log."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, primary_key=True)
    rowid = models.BigIntegerField(default=0)
    mark = models.CharField(max_length=Place.MARK_LENGTH, blank=True)  # tells that row from any other
    log_place = models.CharField(max_length=500, blank=True)  # how far the log was read, in the agent's words
    context = models.JSONField(default=dict)  # values.Context: what the lines so far mean for those to come

    def __str__(self) -> str:
        return f"row {self.rowid}"


class Coverage(models.Model):
    """An interval in which a server was followed without a hole; "no bans" means none only within one."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    source = models.CharField(max_length=8)  # file, journal, or none: then only looks, which miss short bans
    hole = models.CharField(max_length=300, blank=True)  # why something before it may be missing
    began_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "coverage"
        indexes = [models.Index(fields=["server", "-until"], name="coverage_newest")]  # the strip, and the lag

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class FailureCount(models.Model):
    """How many failures a jail found within an hour."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    jail = models.CharField(max_length=64)
    hour = models.DateTimeField()
    failures = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "jail", "hour"], name="failures_once")]

    def __str__(self) -> str:
        return f"{self.failures} in {self.jail}"
