"""Sentences of errors that the guarded machine causes, in the table of ``core/sentences.py``.

What Fail2ban, a firewall program or the system itself said stands inside, raw, where the sentence has it.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    # Of a connection.
    gettext_noop("no such socket"),
    gettext_noop("permission denied"),
    gettext_noop("connection refused"),
    gettext_noop("connection closed"),
    gettext_noop("timed out"),
    # Of the agent.
    gettext_noop("You may not call the agent."),
    gettext_noop("The agent has too many connections."),
    gettext_noop("The agent failed; its log says why."),
    gettext_noop("The agent cannot keep %(what)s: %(why)s."),
    gettext_noop("The agent cannot keep its fences in %(path)s: %(why)s."),
    gettext_noop("The agent's fences in %(path)s cannot be read: %(why)s."),
    gettext_noop("The agent's fences in %(path)s cannot be read."),
    gettext_noop("Somebody newer holds the lock “%(lock)s”."),
    gettext_noop("Somebody newer holds the lock “%(lock)s”; nothing was done."),
    gettext_noop("Nobody has confirmed this in time; it was taken back."),
    gettext_noop("What came in parts is not the list that is to be enforced; send it again."),
    gettext_noop("The list holds %(network)s, which this machine lives by."),
    gettext_noop("PostgreSQL cannot be reached for locks: %(why)s"),
    gettext_noop("PostgreSQL was lost while asking it for a lock: %(why)s"),
    gettext_noop("The worker is stopping; another one goes on with this."),
    # Of the Fail2ban server.
    gettext_noop("Fail2ban does not answer on %(path)s: %(why)s."),
    gettext_noop("Fail2ban refused: %(why)s"),
    gettext_noop("Fail2ban refused to %(what)s: %(why)s"),
    gettext_noop("Fail2ban could not handle the command: %(why)s"),
    gettext_noop("Fail2ban's reply cannot be read: %(why)s"),
    gettext_noop("Fail2ban's reply has an unknown shape."),
    gettext_noop("Fail2ban's reply is too long."),
    gettext_noop("Fail2ban answered with something else than expected: %(what)s."),
    gettext_noop("Fail2ban did not finish loading."),
    gettext_noop("Fail2ban did not load the jail %(jail)s, and did not say why."),
    gettext_noop("Fail2ban said nothing, but does not run the jail %(jail)s."),
    gettext_noop("Fail2ban's database %(path)s cannot be read: %(why)s."),
    gettext_noop("Fail2ban's log %(path)s cannot be read: %(why)s."),
    gettext_noop("Fail2ban's jail differs from what was asked: %(missing)s missing, %(more)s too many."),
    gettext_noop("The journal cannot be read: %(why)s."),
    gettext_noop("There is no setting %(name)s."),
    gettext_noop("%(name)s cannot be a jail's name."),
    gettext_noop("Nothing was done, since the server would refuse what the files say: %(why)s"),
    gettext_noop("The collector has not looked at Fail2ban yet."),
    gettext_noop("The collector last looked at %(time)s UTC; is it running?"),
    # Of its configuration.
    gettext_noop("There is no configuration folder %(path)s."),
    gettext_noop("%(path)s leads out of the configuration folder."),
    gettext_noop("%(path)s is too big to be a configuration file."),
    gettext_noop("%(path)s cannot be read: %(why)s."),
    gettext_noop("%(path)s cannot be written: %(why)s."),
    gettext_noop("%(path)s cannot be changed: %(why)s."),
    gettext_noop("%(program)s cannot be run: %(why)s."),
    gettext_noop("%(program)s is not installed, so nothing can be checked."),
    gettext_noop("%(program)s is not installed, so nothing can be loaded."),
    gettext_noop("The configuration cannot be copied: %(why)s."),
    gettext_noop("The configuration cannot be written: %(why)s."),
    gettext_noop("The configuration folder holds more than a configuration."),
    gettext_noop("Somebody else has changed %(path)s meanwhile. Nothing was changed, and nothing is lost."),
    gettext_noop("This cannot be the name of a section or an option."),
    gettext_noop("The value of %(option)s holds a comment or a new line of its own."),
    gettext_noop("The text holds characters that no file can hold."),
    gettext_noop("This line is no UTF-8: Fail2ban would skip the whole file."),
    gettext_noop("%(path)s is no UTF-8: Fail2ban would pass over it."),
    gettext_noop("Options stand below a section such as [sshd]."),
    gettext_noop("This is neither a section nor an option: %(text)s"),
    gettext_noop("%(what)s stands here for the second time."),
    gettext_noop("[%(section)s] cannot be a section."),
    gettext_noop("This takes effect when Fail2ban is next started."),
    gettext_noop("This section belongs to BanGuard; leave it as it is."),
    gettext_noop("A sample is one line of at most %(most)s characters."),
    gettext_noop("A filter keeps at most %(most)s samples."),
    gettext_noop("At most %(lines)s lines of %(most)s characters are tried at once."),
    gettext_noop("The expression cannot be used: %(why)s."),
    gettext_noop(
        "The expression takes too long on some lines: repetitions in it can divide the same text in many ways."
    ),
    gettext_noop("The expressions did not get through these lines within %(seconds)s seconds."),
    gettext_noop("Fail2ban broke on it: %(why)s"),
    gettext_noop("Fail2ban refuses it: %(why)s"),
    gettext_noop("Name a filter, or give expressions."),
    # Of the firewall.
    gettext_noop("%(program)s is not installed."),
    gettext_noop("No sets can be kept in this machine's kernel. %(why)s"),
    gettext_noop("BanGuard's agent may not change the firewall: %(order)s: %(why)s"),
    gettext_noop("This machine's kernel cannot keep the sets: %(order)s: %(why)s"),
    gettext_noop("%(program)s ended with %(code)s: %(why)s"),
    gettext_noop("it said nothing"),
    gettext_noop("The kernel's nftables cannot be read: %(why)s."),
    gettext_noop("The set %(set)s holds %(count)s networks instead of %(wanted)s."),
    gettext_noop(
        "All lists together are %(count)s networks; Fail2ban takes them one by one, so a jail is for at most %(most)s. "
        "Enforce the large ones in the kernel's sets instead."
    ),
    # Of feeds.
    gettext_noop("There is no source “%(name)s”."),
    gettext_noop("There is a source named “%(name)s” already."),
    gettext_noop("Some fields cannot be used: %(fields)s."),
    gettext_noop("An import of “%(name)s” is %(state)s already."),
    gettext_noop("This run is not held: it is %(state)s."),
    gettext_noop("The feed's server redirects more than %(most)s times."),
    gettext_noop("The feed's server asks for patience: %(words)s"),
    gettext_noop("The feed's server sent an error, not a list: %(words)s"),
    gettext_noop("The feed's server sent a message, not a list: “%(words)s”"),
    gettext_noop("The feed's server says that nothing has changed, though it was not asked that."),
    gettext_noop("The feed begins like JSON, but is none."),
    gettext_noop("The feed's JSON is nested too deep."),
    gettext_noop("The feed is a zip with %(count)s files in it, not one."),
    gettext_noop("The feed is packed as %(format)s, but broken: %(why)s"),
    gettext_noop("The feed unpacks to more than %(size)s MB."),
    gettext_noop("Of the feed's entries %(bad)s cannot be read and only %(good)s can. Is its format the right one?"),
    gettext_noop("The table has no column “%(column)s”."),
    gettext_noop("No column of the table holds addresses. Name the one that does."),
    gettext_noop("The secret headers were sealed with a key that is gone: enter them again."),
    gettext_noop(
        "Nothing more is enforced: nobody confirmed the last enforcement, and it was taken back. Protect your own "
        "networks or switch the list off, then enforce again."
    ),
    gettext_noop("Drop it or mend it: it has not been imported well for more than a week."),
    gettext_noop("Drop it: other lists hold %(percent)s %% of it."),
    gettext_noop("Consider dropping it: nobody of it was banned here in %(days)s days, and little of it is its own."),
    gettext_noop(
        "The list %(way)s by %(percent)s %%: it holds %(now)s networks, and lately held %(usual)s; the limit is "
        "%(limit)s %%."
    ),
    gettext_noop("shrank"),
    gettext_noop("grew"),
    gettext_noop(
        "It would block %(count)s address(es) from which somebody signed in to the server of late: %(shown)s."
    ),
    gettext_noop("A feed needs an address, a file, or the list itself."),
    gettext_noop("Feeds are fetched by http or https."),
    gettext_noop("This source is fetched from its address."),
    gettext_noop("This must lie between %(least)s and %(most)s."),
    gettext_noop("The worker was stopped in the middle. Importing again completes it."),
    gettext_noop("%(person)s discarded what was held."),
)
