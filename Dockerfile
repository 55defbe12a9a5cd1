# BanGuard in a container. `docker build .` makes the image of web, worker and collector, which runs as an ordinary
# user; `docker build --target agent .` that of the agent, which needs power over Fail2ban. compose.yaml uses both.

# 3.13.15-slim-bookworm. The digest makes two builds start from the same bytes.
ARG PYTHON=python:3.13.15-slim-bookworm@sha256:2325bb286ec344af3e5898cc224b5844e2707ac6e26b1632516fd3edc84a5e26

FROM ${PYTHON} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt ./
# Only files whose hash is in the list, and only wheels: nothing is compiled, here or anywhere.
RUN python -m venv .venv \
    && .venv/bin/pip install --require-hashes --only-binary=:all: -r requirements.txt \
    && .venv/bin/pip uninstall -y pip

FROM packages AS assets
COPY deploy/assets/requirements.txt deploy/assets/
RUN python -m venv /node \
    && /node/bin/pip install --require-hashes --only-binary=:all: -r deploy/assets/requirements.txt
COPY package.json package-lock.json ./
RUN PATH="/node/bin:$PATH" npm ci --ignore-scripts --omit=dev --no-audit --no-fund
COPY manage.py ./
COPY banguard banguard
COPY templates templates
COPY static static
COPY locale locale
RUN .venv/bin/python -m banguard.machine.translations \
    && BANGUARD_SECRET_KEYS=none DATABASE_URL=postgresql:///none .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m compileall -q banguard \
    && rm -rf node_modules deploy

FROM ${PYTHON} AS banguard
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin banguard
COPY --from=assets /app /app
# Volumes begin with the owner of the folder that they cover.
RUN install -d -o banguard -g banguard -m 0750 /run/banguard /run/metrics
WORKDIR /app
ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BANGUARD_AGENT_SOCKET=/run/banguard/agent.sock
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["gunicorn", "--config", "banguard/machine/gunicorn_conf.py", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000"]

# The agent reads and checks Fail2ban's configuration with Fail2ban's own code, so it has one beside it; the same image
# runs a Fail2ban for those who have none.
FROM banguard AS agent
# Root, because whoever may write to Fail2ban's socket is root; compose.yaml takes all capabilities but a few.
# hadolint ignore=DL3002
USER 0:0
# Debian keeps only the newest version of a package, so one that is pinned here would soon be gone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fail2ban ipset iptables nftables \
    && rm -rf /var/lib/apt/lists/* /etc/fail2ban/jail.d/defaults-debian.conf
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import socket; socket.socket(socket.AF_UNIX).connect('/run/banguard/agent.sock')"]
CMD ["python", "-m", "banguard.agent"]

# Last, so that it is what a build without --target makes.
FROM banguard
