-- A large registry, straight into a fresh SQLite database: `fill.rs` puts in the numbers. Everything follows from the number of its
-- row, by multiplying: the same registry every time. The findings are those that `advisories.rs` says.

PRAGMA cache_size = -500000;
PRAGMA synchronous = OFF;
PRAGMA foreign_keys = OFF;
DROP INDEX chain_components_component_id_idx;
DROP INDEX findings_identity_idx;
DROP INDEX image_chain_links_chain_id_image_id_idx;
BEGIN;

CREATE TEMP TABLE numbers(n INTEGER PRIMARY KEY);
INSERT INTO numbers WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < 999999) SELECT n FROM up;

-- twenty versions of each package
INSERT INTO components (id, key, kind, name, version, exact, ecosystem, base, package, package_version, products, generation,
    critical, major, minor, unspecified, fixable)
SELECT p.n * {versions} + v.n + 1, printf('%043d', p.n * {versions} + v.n + 1), 'npm', 'package' || p.n, '1.' || v.n || '.0', 1,
    'npm', 'npm', 'package' || p.n, '1.' || v.n || '.0', '[]', 1, 0, 0, 0, 0, 0
FROM numbers p JOIN numbers v ON v.n < {versions} WHERE p.n < {packages};

INSERT INTO findings (component_id, identity, score, vector, severity, exact, fix, fixed_in, aliases, records, found_at)
SELECT p.n * {versions} + v.n + 1, printf('CVE-2026-%07d', r.n * {packages} + p.n),
    CASE (r.n * {packages} + p.n) % 4 WHEN 0 THEN 98 WHEN 1 THEN 75 WHEN 2 THEN 43 ELSE 18 END,
    CASE (r.n * {packages} + p.n) % 4 WHEN 0 THEN 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
        WHEN 1 THEN 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' WHEN 2 THEN 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N'
        ELSE 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N' END,
    CASE (r.n * {packages} + p.n) % 4 WHEN 0 THEN 3 WHEN 1 THEN 3 WHEN 2 THEN 2 ELSE 1 END,
    1, 'in', '["1.' || (6 + (r.n * {packages} + p.n) * 7919 % 15) || '.0"]', printf('["GHSA-%07d"]', r.n * {packages} + p.n),
    printf('["GHSA-%07d"]', r.n * {packages} + p.n), '2026-11-01T00:00:00+00:00'
FROM numbers p JOIN numbers v ON v.n < {versions} JOIN numbers r ON r.n < {of_each}
WHERE p.n < {packages} AND v.n < 6 + (r.n * {packages} + p.n) * 7919 % 15;

UPDATE components SET critical = f.critical, major = f.major, minor = f.minor, fixable = f.fixable
FROM (SELECT component_id, SUM(severity = 3) AS critical, SUM(severity = 2) AS major, SUM(severity = 1) AS minor, COUNT(*) AS fixable
      FROM findings GROUP BY component_id) f
WHERE f.component_id = components.id;

-- one component in five is one of those that many have
INSERT INTO image_chains (id, key, layer)
SELECT n + 1, printf('%043d', n), printf('sha256:%064x', n) FROM numbers WHERE n < {chains};
INSERT OR IGNORE INTO chain_components (chain_id, component_id)
SELECT chain + 1, CASE WHEN place % 5 = 0 THEN CAST(u * u * u * {components} AS INTEGER) ELSE CAST(u * {components} AS INTEGER) END + 1
FROM (SELECT c.n AS chain, p.n AS place, ((c.n * 120 + p.n) * 2654435761 & 4294967295) / 4294967296.0 AS u
      FROM numbers c JOIN numbers p ON p.n < 120 WHERE c.n < {chains});

-- a base that many images have, something above it that some have, and six layers more
INSERT INTO image_scans (id, digest, state, priority, requested_at, attempts, layers_done, layers_total, detector_version, scanned_at,
    checked_at, os, foreign_layers, components)
SELECT n + 1, printf('sha256:%064x', n), 6, 0, '2026-11-01T00:00:00+00:00', 1, 8, 8, 1, '2026-11-01T00:00:00+00:00',
    '2026-11-01T00:00:00+00:00', 'Debian GNU/Linux 12 (bookworm)', 0, 960
FROM numbers WHERE n < {images};
INSERT INTO image_chain_links (image_id, position, chain_id)
SELECT image + 1, place, CASE place WHEN 0 THEN CAST(u * u * {chains} / 750 AS INTEGER)
    WHEN 1 THEN {chains} / 750 + CAST(u * {chains} / 75 AS INTEGER)
    ELSE {chains} * 11 / 750 + CAST(u * ({chains} - {chains} * 11 / 750) AS INTEGER) END + 1
FROM (SELECT i.n AS image, p.n AS place, ((i.n * 8 + p.n) * 2246822519 & 4294967295) / 4294967296.0 AS u
      FROM numbers i JOIN numbers p ON p.n < 8 WHERE i.n < {images});
-- in every third one, a later layer takes something of the base away
INSERT INTO image_exceptions (image_id, component_id, present)
SELECT image_id, MIN(component_id), 0 FROM image_chain_links l JOIN chain_components c ON c.chain_id = l.chain_id
WHERE position = 0 AND image_id % 3 = 0 AND component_id > image_id * 7919 % {components} GROUP BY image_id;

-- two thousand repositories; five of them are the reader's
INSERT INTO repositories (id, account_id, namespace, name, is_public, short_description, long_description, scan_on_push,
    immutable_tags, tag_limit, pulls, pushes, created_at)
SELECT CAST(printf('%016d', n) AS BLOB), a.id, a.name, printf('bench%04d', n), 0, '', '', 1, 0, 0, 0, 0, '2026-11-01T00:00:00+00:00'
FROM numbers JOIN accounts a ON a.name = CASE WHEN n % 400 = 0 THEN 'reader' ELSE 'admin' END WHERE n < 2000;
INSERT INTO manifests (repository_id, digest, media_type, artifact_type, os, architecture, size, image_size, content, pushed_at)
SELECT CAST(printf('%016d', n % 2000) AS BLOB), printf('sha256:%064x', n), 'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.config.v1+json', 'linux', 'amd64', 1000, 100000000, zeroblob(1000), '2026-11-01T00:00:00+00:00'
FROM numbers WHERE n < {images};
INSERT INTO tags (repository_id, name, digest, created_at, updated_at)
SELECT CAST(printf('%016d', n % 2000) AS BLOB), 'v' || (n / 2000), printf('sha256:%064x', n), '2026-11-01T00:00:00+00:00',
    '2026-11-01T00:00:00+00:00'
FROM numbers WHERE n < {images};

CREATE INDEX chain_components_component_id_idx ON chain_components (component_id);
CREATE INDEX findings_identity_idx ON findings (identity);
CREATE INDEX image_chain_links_chain_id_image_id_idx ON image_chain_links (chain_id, image_id);

CREATE TEMP TABLE sums AS SELECT chain_id, SUM(critical) AS critical, SUM(major) AS major, SUM(minor) AS minor, SUM(fixable) AS fixable
FROM chain_components cc JOIN components c ON c.id = cc.component_id GROUP BY chain_id;
CREATE UNIQUE INDEX sums_idx ON sums (chain_id);
INSERT INTO image_sums (image_id, critical, major, minor, unspecified, fixable)
SELECT image_id, SUM(critical), SUM(major), SUM(minor), 0, SUM(fixable)
FROM image_chain_links l JOIN sums ON sums.chain_id = l.chain_id GROUP BY image_id;
UPDATE image_sums SET critical = image_sums.critical - e.critical, major = image_sums.major - e.major,
    minor = image_sums.minor - e.minor, fixable = image_sums.fixable - e.fixable
FROM (SELECT image_id, SUM(critical) AS critical, SUM(major) AS major, SUM(minor) AS minor, SUM(fixable) AS fixable
      FROM image_exceptions x JOIN components c ON c.id = x.component_id GROUP BY image_id) e
WHERE e.image_id = image_sums.image_id;

COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
