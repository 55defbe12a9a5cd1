"""Sentences of errors and other parts that know nothing of languages, as people read them on pages.

The API, the log and the audit trail keep the English ones. Where a page shows one, ``for_people`` finds it in this
table and says it in the person's language; what the table does not have stays as it is. A test keeps the table true
to what is said.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from banguard.core import machine_sentences

SENTENCES = (
    *machine_sentences.SENTENCES,
    # Of every door.
    gettext_noop("The request cannot be read."),
    gettext_noop("You may not do this."),
    gettext_noop("There is nothing at this address."),
    gettext_noop("This address does not take that method."),
    gettext_noop("Too many requests. Wait a little."),
    gettext_noop("This request cannot be answered."),
    gettext_noop("The database does not answer. Try again soon."),
    gettext_noop("Something went wrong here. The log has it under this reference."),
    gettext_noop("This page has waited too long, or was not ours. Go back and try again."),
    gettext_noop("This needs the scope “%(scope)s”."),
    gettext_noop("Sign in first."),
    gettext_noop("As many exports are being sent as can be at once. Wait until one has ended, then try again."),
    gettext_noop("Select at most %(most)s rows."),
    gettext_noop("What was selected cannot be read."),
    gettext_noop("This is being done already."),
    gettext_noop("This is being done already, by process %(pid)s on %(host)s since %(time)s UTC."),
    gettext_noop("The lock “%(lock)s” was lost while working under it."),
    # Of people and tokens.
    gettext_noop("There is no such person."),
    gettext_noop("There is no such token."),
    gettext_noop("There is no such session; it may have ended already."),
    gettext_noop("A token is valid for 1 to 3650 days, or without an end."),
    gettext_noop("BanGuard is set up already. Sign in, or ask an administrator to let you in."),
    gettext_noop("This set-up link is not the newest, or is too old. `manage.py setup_link` prints a new one."),
    gettext_noop("This link was used already, or is too old. Ask an administrator for another one."),
    gettext_noop("Change your own password under “Password”."),
    gettext_noop("Change your own second step under “Security”."),
    gettext_noop("This person is deactivated: let them in again first."),
    gettext_noop("Ask another administrator to change your own role, or to deactivate you."),
    gettext_noop("There is no such link."),
    gettext_noop("No OpenID provider is set up here."),
    gettext_noop(
        "The provider knows you, but no account here is certain to be yours. Ask an administrator: it must be "
        "active, and the only one with the e-mail address that the provider has verified."
    ),
    gettext_noop("%(provider)s does not answer. Try again soon, or sign in with your password."),
    gettext_noop("This is the last administrator: make another one first."),
    # Of addresses.
    gettext_noop("%(text)s is not an address or a network."),
    gettext_noop("%(text)s has a zone id; an address must mean the same everywhere."),
    gettext_noop("Name between 1 and %(most)s addresses."),
    gettext_noop("%(address)s may not be blocked: %(reason)s."),
    gettext_noop("%(address)s may not be blocked: %(reason)s. A ban by hand is not split around it."),
    gettext_noop("it is wider than /%(length)s"),
    gettext_noop("%(address)s is where you are calling from"),
    gettext_noop("%(addresses)s in every jail"),
    gettext_noop("an address of this machine"),
    gettext_noop("this machine's gateway"),
    gettext_noop("this machine's name server"),
    gettext_noop("in Fail2ban's ignoreip"),
    gettext_noop("protected: %(note)s"),
    gettext_noop("where one of our people signed in"),
    gettext_noop("a special-use range"),
    gettext_noop("So wide a network would make every list worthless."),
    gettext_noop("This time is over already."),
    gettext_noop("%(network)s is protected already: %(note)s."),
    gettext_noop("There is no protected network with this id."),
    gettext_noop("None of these is protected any more."),
    # Of history.
    gettext_noop("There is no ban with this id."),
    gettext_noop("What the jail %(jail)s holds is what the blocklists hold: ban in another."),
    gettext_noop("Fail2ban runs no jail to ban in."),
    gettext_noop("It is too late to take this back: ban or unban by hand."),
    gettext_noop("You keep %(most)s searches. Delete one first."),
    gettext_noop("There is no such search of yours."),
    gettext_noop("This search cannot be read."),
    gettext_noop("Give a range or its ends, not both."),
    gettext_noop("The time range ends before it begins."),
    gettext_noop("The time range must be longer than nothing and shorter than 100 years."),
    gettext_noop("Choose how often from the list."),
    gettext_noop("Search for %(most)s words at most."),
    gettext_noop("Search for words: letters or digits."),
    gettext_noop("This page marker was not made here, or was changed. Start at the first page."),
    gettext_noop("This page marker belongs to another search. Start at the first page."),
    # Of the configuration.
    gettext_noop("There is no jail “%(jail)s”."),
    gettext_noop("Fail2ban runs no jail named %(jail)s."),
    gettext_noop("There is no filter “%(filter)s”."),
    gettext_noop("There is no %(kind)s “%(name)s”."),
    gettext_noop("There is no file “%(path)s” in the configuration."),
    gettext_noop("There is no such revision."),
    gettext_noop("This is not ignored any more."),
    gettext_noop("None of these is ignored any more."),
    gettext_noop("This is what the file holds already: nothing would change."),
    gettext_noop("Nothing would change: every value is as it was."),
    gettext_noop("This draft has errors; mend them first."),
    gettext_noop("This draft was applied, or thrown away, already."),
    gettext_noop("Only a draft can be thrown away."),
    gettext_noop("Only revisions of the same file can be compared."),
    gettext_noop(
        "BanGuard writes overlays only: jail.d/*.local, filter.d/*.local, action.d/*.local, fail2ban.d/*.local."
    ),
    gettext_noop("This change of %(path)s concerns what runs as root; it needs the scope “root”."),
    gettext_noop("%(path)s cannot be changed like this."),
    gettext_noop("%(path)s is no longer what this change was made from."),
    gettext_noop("%(name)s is BanGuard's own; its blocklists are set up on their pages."),
    gettext_noop("%(jail)s holds what the blocklists block: switch their enforcement off instead."),
    gettext_noop("What blocklists must not block is protected there, not ignored by their jail."),
    gettext_noop("It would end before it begins."),
    gettext_noop("At most %(most)s addresses are ignored at a time."),
    gettext_noop("%(network)s is wider than /%(length)s: stop the jail instead."),
    gettext_noop("The jail %(jail)s has no lines to try: %(reason)s"),
    gettext_noop("The jail %(jail)s has no filter of its own."),
    gettext_noop("This sample is gone."),
    gettext_noop("An expression is one line of text."),
    gettext_noop("An expression may have %(most)s characters; this one has %(count)s."),
    gettext_noop("Too many expressions are being tried just now. Try again soon."),
    gettext_noop("The files do not enable the jail “%(jail)s”, so it cannot be loaded."),
    gettext_noop("The change was not made: %(why)s"),
    gettext_noop("The change would not do, so everything is as it was before: %(why)s"),
    gettext_noop("This change failed within the last hour: %(why)s"),
    gettext_noop("%(text)s is not a duration, such as 600, 10m, 1d 12h, or -1 for ever."),
    # Of blocklists.
    gettext_noop("There is no source with this id."),
    gettext_noop("There is no run with this id."),
    gettext_noop("There is no enforcement with this id."),
    gettext_noop("The source was removed meanwhile."),
    gettext_noop("None of these sources is there any more."),
    gettext_noop("An import of this source has just ended; ask again."),
    gettext_noop("An import of this source is under way. Wait for it to end."),
    gettext_noop("Somebody else has decided this meanwhile."),
    gettext_noop("A later import has taken the place of what was held."),
    gettext_noop("Nobody had confirmed it in time: it was taken back."),
    gettext_noop("This enforcement was not taken back."),
    gettext_noop("The provider of “%(name)s” wants %(interval)s s between two requests. Wait %(seconds)s s."),
    gettext_noop("The feed's server answered %(status)s."),
    gettext_noop("The feed's server answered %(status)s: it wants to be asked less often."),
    gettext_noop("The feed's server fell silent."),
    gettext_noop("The feed did not end within %(seconds)s s."),
    gettext_noop("The feed cannot be fetched: %(why)s."),
    gettext_noop("The feed has more than %(most)s lines."),
    gettext_noop("The feed is larger than %(size)s MB."),
    gettext_noop("The feed is empty. If that is normal for it, say so in its settings."),
    gettext_noop("The feed is binary data, not a list."),
    gettext_noop("The feed is a web page, not a list: has its address changed?"),
    gettext_noop("The feed holds no address that can be read. Is its format the right one?"),
    gettext_noop(
        "This address leads to %(address)s, which is not public. If that is meant, name its network in "
        "BANGUARD_FEED_ALLOWED_NETWORKS."
    ),
    gettext_noop("Nothing was uploaded or pasted for this source yet."),
    # Of the machine that is guarded.
    gettext_noop("The agent on %(path)s does not answer: %(why)s."),
    gettext_noop("its answer cannot be read"),
    gettext_noop("its answer is too long"),
    gettext_noop("The kernel's sets hold something else than they were given."),
    gettext_noop("one source's import, from fetching to enforcing"),
    gettext_noop("what one server is told to block"),
    gettext_noop("following one server into history"),
    gettext_noop("changes of one server's configuration, and starting and stopping its jails"),
)
VALUE = re.compile(r"%\((\w+)\)s")
LONGEST = 1_000  # characters of a sentence that is looked for; what is longer is somebody's output


def for_people(text: object) -> str:
    """``text`` in the person's language, with what it names inside; a sentence that nobody knows stands as it is."""
    said = str(text)
    if len(said) > LONGEST or (get_language() or "en").startswith("en"):
        return said
    if said in _fixed():
        return gettext(said)
    for sentence, shape in _shapes():
        found = shape.fullmatch(said)
        if found:
            return gettext(sentence) % {name: for_people(value) for name, value in found.groupdict().items()}
    return said


@lru_cache(maxsize=1)
def _fixed() -> frozenset[str]:
    return frozenset(sentence for sentence in SENTENCES if not VALUE.search(sentence))


@lru_cache(maxsize=1)
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    """Those that hold values, the most telling first: a short one may fit what a longer one says better."""
    with_values = sorted((sentence for sentence in SENTENCES if VALUE.search(sentence)), key=_told, reverse=True)
    return [(sentence, re.compile(_expression(sentence), re.DOTALL)) for sentence in with_values]


def _told(sentence: str) -> int:
    """How many of its characters are no value."""
    return len(VALUE.sub("", sentence))


def _expression(sentence: str) -> str:
    pieces = VALUE.split(sentence)  # literal, name, literal, name, …
    written = (piece if at % 2 else re.escape(piece.replace("%%", "%")) for at, piece in enumerate(pieces))
    return "".join(f"(?P<{piece}>.*)" if at % 2 else piece for at, piece in enumerate(written))
