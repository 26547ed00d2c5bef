CREATE SCHEMA atlas_migrations;
SET LOCAL search_path = atlas_migrations;

-- The only clock of the journal.
CREATE FUNCTION atlas_migrations.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
  AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

CREATE TABLE meta (
  one bigint PRIMARY KEY CHECK (one = 1),
  journal_id uuid NOT NULL,
  schema_version bigint NOT NULL,
  oldest_reader bigint NOT NULL,
  created_ms bigint NOT NULL,
  events bigint NOT NULL DEFAULT 0
);

CREATE TABLE runner (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  pid bigint NOT NULL,
  os_user text NOT NULL,
  version text NOT NULL,
  started_ms bigint NOT NULL,
  expires_ms bigint
);

-- Made from `event`, except: kind, scope, name, plan, archived, gate, owner, fence.
CREATE TABLE stream (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('migration', 'plan', 'link')),
  scope text NOT NULL,
  name text NOT NULL,
  plan bigint REFERENCES stream,
  head bigint NOT NULL DEFAULT 0,
  attempt bigint NOT NULL DEFAULT 1,
  state text NOT NULL,
  gate bigint NOT NULL DEFAULT 0,
  group_id text,
  migration_id text,
  destination text,
  completed text,
  ended bigint NOT NULL DEFAULT 0,
  archived bigint NOT NULL DEFAULT 0,
  owner uuid REFERENCES runner,
  fence bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stream_name ON stream (kind, scope, name) WHERE archived = 0;
CREATE UNIQUE INDEX stream_atlas ON stream (group_id, migration_id) WHERE migration_id IS NOT NULL;
CREATE UNIQUE INDEX stream_destination ON stream (destination) WHERE destination IS NOT NULL;
CREATE INDEX stream_plan ON stream (plan) WHERE plan IS NOT NULL;

-- `body` is text, not jsonb: jsonb refuses a string with an escaped NUL, and an outcome must never be refused.
CREATE TABLE event (
  pos bigint PRIMARY KEY CHECK (pos > 0),
  stream bigint NOT NULL REFERENCES stream,
  seq bigint NOT NULL CHECK (seq > 0),
  event_id uuid NOT NULL UNIQUE,
  type text NOT NULL,
  v bigint NOT NULL,
  attempt bigint NOT NULL,
  at_ms bigint NOT NULL,
  db_user text,
  actor text NOT NULL,
  runner uuid,
  body text NOT NULL CHECK (body::json IS NOT NULL),
  UNIQUE (stream, seq)
);

-- The server sets the time and the user. Only an import by the owner of the table keeps what it brings.
CREATE FUNCTION atlas_migrations.stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('atlas_migrations.import', true) = 'on'
     AND pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RETURN NEW;
  END IF;
  NEW.at_ms := atlas_migrations.now_ms();
  NEW.db_user := session_user;
  RETURN NEW;
END $$;
CREATE TRIGGER event_stamp BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION atlas_migrations.stamp_event();

CREATE FUNCTION atlas_migrations.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only';
END $$;
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event
  FOR EACH ROW EXECUTE FUNCTION atlas_migrations.refuse_change();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
  FOR EACH STATEMENT EXECUTE FUNCTION atlas_migrations.refuse_change();

-- A second request of the same attempt and operation violates the primary key.
CREATE TABLE slot (
  stream bigint NOT NULL REFERENCES stream,
  attempt bigint NOT NULL,
  op text NOT NULL,
  intent_seq bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'unclear', 'done')),
  PRIMARY KEY (stream, attempt, op)
);

CREATE TABLE delivery (
  hook text NOT NULL,
  stream bigint NOT NULL REFERENCES stream,
  seq bigint NOT NULL,
  state text NOT NULL,
  tries bigint NOT NULL,
  next_ms bigint NOT NULL,
  PRIMARY KEY (hook, stream, seq)
);
