"""What ``--help`` prints."""

from __future__ import annotations

_SERVER = """\
script/server: sets everything up and runs BanGuard until Ctrl-C or SIGTERM.

It makes .venv and installs the pinned packages, starts PostgreSQL (unless DATABASE_URL is set) and
Fail2ban (the system's if it may be used, else a private server that touches no firewall), migrates,
then runs agent, web, worker and collector. All it writes is in .venv, node_modules and var/.
As root, what needs no power runs as an ordinary user: banguard, who called sudo, the checkout's owner, or nobody.

Variables, none of them needed; each secret may come from a file named by NAME_FILE:
  BANGUARD_HOST, BANGUARD_PORT           where the web server listens (127.0.0.1, 8000)
  BANGUARD_DATA_DIR                      where all state is kept (var)
  DATABASE_URL                           a PostgreSQL of your own
  BANGUARD_LOCK_DATABASE_URL             the same database reached directly, when DATABASE_URL is behind a pooler
  BANGUARD_SECRET_KEYS                   current key, then previous, by commas (made and kept in var/secret-keys)
  BANGUARD_ALLOWED_HOSTS                 names under which the web server is reached, by commas
  BANGUARD_CORS_ALLOWED_ORIGINS          browser origins that may call the API, by commas
  BANGUARD_TLS                           true when a proxy serves BanGuard over TLS
  BANGUARD_TRUSTED_PROXIES               networks whose X-Forwarded-For and -Proto are believed, by commas
  BANGUARD_API_REQUESTS_PER_MINUTE       how much each token and each person may ask the API for (3000)
  BANGUARD_METRICS_TOKEN                 the bearer token for /metrics
  BANGUARD_CONFIRM_SECONDS               how long a person has to confirm what they had enforced (60)
  BANGUARD_FEED_CONTACT                  whom the servers of feeds may turn to, told in the User-Agent
  BANGUARD_FEED_ALLOWED_NETWORKS         networks that feeds may come from although they are not public
  BANGUARD_OIDC_ISSUER, BANGUARD_OIDC_CLIENT_ID, BANGUARD_OIDC_CLIENT_SECRET
                                         an OpenID provider through which people may sign in; all three or none
  BANGUARD_OIDC_NAME                     what its button says (Single sign-on)
  BANGUARD_LOG_FORMAT                    json or console (console)
  BANGUARD_AGENT_SOCKET                  where the agent listens (var/run/agent.sock)
  BANGUARD_FAIL2BAN_SOCKET, BANGUARD_FAIL2BAN_CONFIG_DIR, BANGUARD_FAIL2BAN_DATABASE, BANGUARD_FAIL2BAN_LOG
                                         a Fail2ban server elsewhere than in its usual places
  BANGUARD_LOG_DIRS                      folders that logs may lie in, by commas (/var/log)\
"""
_TEST = "script/test: sets up what the tests need, with a PostgreSQL of their own, and runs pytest with its arguments."
_CHECK = "script/check: runs linters, type checker, import contracts and Django's own checks, and reports them all."
_BENCH = "script/bench: measures; without a name it lists what there is to measure."

_INSTALL = """\
deploy/install: BanGuard as services of systemd (as root, on a machine with PostgreSQL and Fail2ban).

It makes the user banguard, .venv, the database, /etc/banguard/banguard.env, the units and the command
banguard-manage, and starts them. Run again after `git pull`, it upgrades. Nothing that an administrator wrote
is overwritten. Variables: BANGUARD_DATA_DIR, where keys and static files are kept (/var/lib/banguard).\
"""

HELP = {"install": _INSTALL, "server": _SERVER, "test": _TEST, "check": _CHECK, "bench": _BENCH}
