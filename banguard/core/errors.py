"""Everything that can go wrong, as one tree.

    BanGuardError                  internal_error
    |-- BadRequest                 bad_request           it cannot even be read
    |-- InvalidInput               invalid_input         what was sent cannot be used
    |   |-- AddressInvalid         address_invalid       not an address or a network
    |   |-- AddressProtected       address_protected     an address that must never be blocked
    |   |-- CursorInvalid          cursor_invalid        a page marker that is not ours, or for another search
    |   |-- ConfigInvalid          config_invalid        a change of the configuration that Fail2ban would not take
    |   |-- RegexInvalid           regex_invalid         an expression that does not compile
    |   |-- RegexTooLong           regex_too_long        an expression of more than 1,000 characters
    |   `-- RegexTimeout           regex_timeout         an expression that some line would keep busy for too long
    |-- Unauthenticated            unauthenticated       nobody is signed in
    |-- Forbidden                  forbidden             signed in, but not allowed
    |   `-- CsrfFailed             csrf_failed           a change from a session without its CSRF token
    |-- NotFound                   not_found             no such thing
    |-- MethodNotAllowed           method_not_allowed    the address is right, the verb is not
    |-- RateLimited                rate_limited          too many in too short a time
    |-- Conflict                   conflict              it clashes with what is there
    |   |-- LockBusy               lock_busy             the same work is being done already
    |   `-- RevisionConflict       revision_conflict     somebody else has changed the file meanwhile
    |-- LockLost                   lock_lost             this process no longer holds the lock it worked under
    |-- Unavailable                unavailable           something this needs does not answer
    |   |-- LocksUnavailable       locks_unavailable     no session of our own to hold a lock on
    |   |-- DownloadsBusy          downloads_busy        as many exports are being sent as can be at once
    |   |-- WorkerStopping         worker_stopping       the worker is told to stop; the work is handed back
    |   |-- AgentUnreachable       agent_unreachable     the agent on the guarded machine
    |   |-- FirewallUnavailable    firewall_unavailable  no sets can be kept in the guarded machine's kernel
    |   `-- Fail2banUnreachable    fail2ban_unreachable  the Fail2ban server behind it
    |-- FirewallRefused            firewall_refused      the firewall answered with an error
    |-- Fail2banRefused            fail2ban_refused      Fail2ban answered with an error
    |   |-- ChangeFailed           change_failed         a change was written, would not do, and was put back
    |   `-- JailUnknown            jail_unknown          it has no jail of that name
    `-- FeedRefused                feed_refused          a feed that cannot be fetched or trusted
        |-- FeedUnreachable        feed_unreachable      no answer, or an HTTP error
        |   `-- FeedTooSlow        feed_too_slow         it did not end in time
        |-- FeedAddressForbidden   feed_address_forbidden  its name leads to an address that is not public
        |-- FeedTooLarge           feed_too_large        more bytes or lines than allowed
        |   `-- FeedBomb           feed_bomb             packed, and unpacking it would not end
        |-- FeedTooSoon            feed_too_soon         its provider wants more time between two requests
        |-- FeedThrottled          feed_throttled        its server asks for patience
        `-- FeedUnreadable         feed_unreadable       not a list: a page, an error, or a binary
            `-- FeedEmpty          feed_empty            nothing at all, and the source does not say that this is normal

The code is the contract: it is what the API answers in ``error_code`` and what crosses the agent's
socket. Which HTTP status each one has is decided in one place, ``core/http.py``; what to do about each
stands in ``Docs/API.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class BanGuardError(Exception):
    """A failure with a code for programs, a sentence for people, and details for both."""

    code = "internal_error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class BadRequest(BanGuardError):
    code = "bad_request"


class InvalidInput(BanGuardError):
    code = "invalid_input"


class AddressInvalid(InvalidInput):
    code = "address_invalid"


class AddressProtected(InvalidInput):
    code = "address_protected"


class CursorInvalid(InvalidInput):
    code = "cursor_invalid"


class ConfigInvalid(InvalidInput):
    """``findings`` among the details: what is wrong, with file, line and option."""

    code = "config_invalid"


class RegexInvalid(InvalidInput):
    code = "regex_invalid"


class RegexTooLong(InvalidInput):
    code = "regex_too_long"


class RegexTimeout(InvalidInput):
    code = "regex_timeout"


class Unauthenticated(BanGuardError):
    code = "unauthenticated"


class Forbidden(BanGuardError):
    code = "forbidden"


class CsrfFailed(Forbidden):
    code = "csrf_failed"


class NotFound(BanGuardError):
    code = "not_found"


class MethodNotAllowed(BanGuardError):
    code = "method_not_allowed"


class RateLimited(BanGuardError):
    """``retry_after`` among the details: seconds until the next one is let in."""

    code = "rate_limited"


class Conflict(BanGuardError):
    code = "conflict"


class LockBusy(Conflict):
    code = "lock_busy"


class RevisionConflict(Conflict):
    """``digest`` among the details: of the file as it is now; ``diff``: from it to what was sent."""

    code = "revision_conflict"


class LockLost(BanGuardError):
    code = "lock_lost"


class Unavailable(BanGuardError):
    code = "unavailable"


class LocksUnavailable(Unavailable):
    code = "locks_unavailable"


class DownloadsBusy(Unavailable):
    """``retry_after`` among the details: seconds after which to try again."""

    code = "downloads_busy"


class WorkerStopping(Unavailable):
    code = "worker_stopping"


class AgentUnreachable(Unavailable):
    code = "agent_unreachable"


class FirewallUnavailable(Unavailable):
    code = "firewall_unavailable"


class Fail2banUnreachable(Unavailable):
    code = "fail2ban_unreachable"


class FirewallRefused(BanGuardError):
    code = "firewall_refused"


class Fail2banRefused(BanGuardError):
    code = "fail2ban_refused"


class ChangeFailed(Fail2banRefused):
    """``state`` among the details: rolled_back, or broken with the commands ``by_hand``."""

    code = "change_failed"


class JailUnknown(Fail2banRefused):
    code = "jail_unknown"


class FeedRefused(BanGuardError):
    code = "feed_refused"


class FeedUnreachable(FeedRefused):
    code = "feed_unreachable"


class FeedTooSlow(FeedUnreachable):
    code = "feed_too_slow"


class FeedAddressForbidden(FeedRefused):
    code = "feed_address_forbidden"


class FeedTooLarge(FeedRefused):
    code = "feed_too_large"


class FeedBomb(FeedTooLarge):
    code = "feed_bomb"


class FeedTooSoon(FeedRefused):
    """``retry_after`` among the details: seconds until its provider may be asked again."""

    code = "feed_too_soon"


class FeedThrottled(FeedRefused):
    """``retry_after`` among the details, if the server said when."""

    code = "feed_throttled"


class FeedUnreadable(FeedRefused):
    code = "feed_unreadable"


class FeedEmpty(FeedUnreadable):
    code = "feed_empty"


def _family(root: type[BanGuardError]) -> Iterator[type[BanGuardError]]:
    yield root
    for child in root.__subclasses__():
        yield from _family(child)


BY_CODE: dict[str, type[BanGuardError]] = {error.code: error for error in _family(BanGuardError)}


def from_wire(code: str, message: str, details: Mapping[str, object]) -> BanGuardError:
    """The error that another process described; an unknown code becomes the root of the tree."""
    error = BY_CODE.get(code, BanGuardError)(message)
    error.details = dict(details)
    return error
