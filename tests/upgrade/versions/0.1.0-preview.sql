-- What somebody may have had who ran the preview: one of everything, and bans of every kind.
INSERT INTO accounts_person (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined, role)
VALUES (7, '!', true, 'anna', '', '', '', true, true, '2026-11-01', 'administrator');
INSERT INTO servers_server (id, name) VALUES (1, 'local');
INSERT INTO servers_status (server_id, up, reason, version, jails, configured, seen_at)
VALUES (1, true, '', '1.0.2', '[]', '[]', '2026-11-20 12:00+00');
INSERT INTO history_cursor (server_id, rowid, mark) VALUES (1, 40, repeat('a', 32));
INSERT INTO history_ban (id, server_id, jail, address, origin, banned_at, expires_at, lifted_at, lift_reason, ban_count, failures, country)
VALUES (1, 1, 'sshd', '203.0.113.9/32', 'jail', '2026-11-01 10:00+00', '2026-11-01 10:10+00', NULL, '', 1, 5, ''),
       (2, 1, 'sshd', '203.0.113.9/32', 'jail', '2026-11-02 10:00+00', '2026-11-02 10:10+00', '2026-11-02 10:05+00', 'manual', 2, 6, ''),
       (3, 1, 'nginx', '2001:db8::7/128', 'manual', '2026-11-02 11:00+00', NULL, NULL, '', 1, 0, ''),
       (4, 1, 'banguard-blocklist', '198.51.100.0/24', 'blocklist', '2026-11-03 00:00+00', NULL, NULL, '', 1, 0, '');
SELECT setval(pg_get_serial_sequence('history_ban', 'id'), 4);
INSERT INTO history_ban (server_id, jail, address, origin, banned_at, lift_reason, ban_count, failures, country)
SELECT 1, 'sshd', set_masklen(('10.1.' || n / 250 || '.' || n % 250)::cidr, 32), 'jail', '2026-11-04'::timestamptz + n * interval '1 minute', '', 1, 5, ''
FROM generate_series(1, 996) AS n;
INSERT INTO history_banmatches (ban_id, lines) VALUES (1, ARRAY['Failed login for root from 203.0.113.9', 'again']);
INSERT INTO blocklists_source (id, name, url, format, enabled, enforcement, schedule, note, etag, last_modified)
VALUES (3, 'A list', 'https://example.org/list.txt', 'plain', true, 'jail', '0 4 * * *', 'why', '"x"', '');
INSERT INTO blocklists_run (id, source_id, state, stage, entries_read, entries_rejected, entries_merged, added, removed, protected, enforced,
    to_enforce, done_enforcing, bytes_read, http_status, samples, error_code, error, asked_by, started_at, finished_at)
VALUES (5, 3, 'succeeded', '', 2, 1, 2, 2, 0, 0, 2, 2, 2, 40, 200, '[{"line": 3, "text": "x", "reason": "no address"}]', '', '', 'anna', '2026-11-03', '2026-11-03');
INSERT INTO blocklists_entry (source_id, network, first_seen) VALUES (3, '198.51.100.0/24', '2026-11-03'), (3, '2001:db8:77::/48', '2026-11-03');
SELECT setval(pg_get_serial_sequence('accounts_person', 'id'), 7), setval(pg_get_serial_sequence('servers_server', 'id'), 1),
    setval(pg_get_serial_sequence('blocklists_source', 'id'), 3), setval(pg_get_serial_sequence('blocklists_run', 'id'), 5);
