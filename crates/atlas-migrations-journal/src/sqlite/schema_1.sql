CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id BLOB NOT NULL CHECK (length(journal_id) = 16),
  schema_version INTEGER NOT NULL,
  oldest_reader INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  events INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE runner (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  os_user TEXT NOT NULL,
  version TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  expires_ms INTEGER
) STRICT, WITHOUT ROWID;

-- Made from `event`, except: kind, scope, name, plan, archived, gate, owner, fence.
CREATE TABLE stream (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  kind TEXT NOT NULL CHECK (kind IN ('migration', 'plan', 'link')),
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  plan INTEGER REFERENCES stream,
  head INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,
  gate INTEGER NOT NULL DEFAULT 0,
  group_id TEXT,
  migration_id TEXT,
  destination TEXT,
  completed TEXT,
  ended INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  owner BLOB REFERENCES runner,
  fence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX stream_name ON stream (kind, scope, name) WHERE archived = 0;
CREATE UNIQUE INDEX stream_atlas ON stream (group_id, migration_id) WHERE migration_id IS NOT NULL;
CREATE UNIQUE INDEX stream_destination ON stream (destination) WHERE destination IS NOT NULL;
CREATE INDEX stream_plan ON stream (plan) WHERE plan IS NOT NULL;

CREATE TABLE event (
  pos INTEGER PRIMARY KEY CHECK (pos > 0),
  stream INTEGER NOT NULL REFERENCES stream,
  seq INTEGER NOT NULL CHECK (seq > 0),
  event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
  type TEXT NOT NULL,
  v INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  db_user TEXT,
  actor TEXT NOT NULL,
  runner BLOB,
  body TEXT NOT NULL CHECK (json_valid(body)),
  UNIQUE (stream, seq)
) STRICT;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- A second request of the same attempt and operation violates the primary key.
CREATE TABLE slot (
  stream INTEGER NOT NULL REFERENCES stream,
  attempt INTEGER NOT NULL,
  op TEXT NOT NULL,
  intent_seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'unclear', 'done')),
  PRIMARY KEY (stream, attempt, op)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  hook TEXT NOT NULL,
  stream INTEGER NOT NULL REFERENCES stream,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  next_ms INTEGER NOT NULL,
  PRIMARY KEY (hook, stream, seq)
) STRICT, WITHOUT ROWID;
