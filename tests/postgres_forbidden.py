"""What nobody but the owner of a store on PostgreSQL may do, as SQL."""

from retold.adapters.grants import TABLES

from .postgres_roles import SCHEMA

_TRIGGER = "pg_catalog.suppress_redundant_updates_trigger()"
_NOTHING = "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
_COLUMNS = "(notification_id, originator_id, originator_version, topic, state, recorded_at)"
_FORGED = "VALUES (1, '00000000-0000-4000-8000-00000000ffff', 1, 'note-added', '', now())"

NOBODY_MAY = [
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"TRUNCATE {table}" for table in TABLES),
    *(f"DROP TABLE {table} CASCADE" for table in TABLES),
    "UPDATE retold_events SET topic = 'note-added'",
    "UPDATE retold_leaves SET position = 1",
    "UPDATE retold_measures SET definition = ''",
    "UPDATE retold_raw_records SET text = ''",
    "UPDATE retold_meta SET value = '1'",
    "INSERT INTO retold_meta VALUES ('x', 'y')",
    "ALTER TABLE retold_events DISABLE TRIGGER ALL",
    "ALTER TABLE retold_events ADD COLUMN more text",
    "ALTER TABLE retold_events ALTER notification_id DROP IDENTITY",
    "DROP TRIGGER retold_events_no_change ON retold_events",
    f"CREATE TRIGGER mine BEFORE INSERT ON retold_events FOR EACH ROW EXECUTE FUNCTION {_TRIGGER}",
    "CREATE RULE nothing AS ON INSERT TO retold_events DO INSTEAD NOTHING",
    "CREATE POLICY mine ON retold_events",
    f"CREATE OR REPLACE FUNCTION retold_refuse() RETURNS trigger {_NOTHING}",
    "DROP FUNCTION retold_refuse() CASCADE",
    "ALTER FUNCTION retold_refuse() RENAME TO other",
    "CREATE FUNCTION sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "CREATE TABLE mine (x int)",
    "CREATE OR REPLACE VIEW v1_hidden AS SELECT 0::bigint AS incidents",
    "ALTER VIEW v1_incidents SET (security_barrier = false)",
    "CREATE INDEX ON retold_events (topic)",
    f"INSERT INTO retold_events {_COLUMNS} OVERRIDING SYSTEM VALUE {_FORGED}",
    "SELECT setval('retold_events_notification_id_seq', 1)",
    "SELECT nextval('retold_events_notification_id_seq')",
    "ALTER SEQUENCE retold_events_notification_id_seq RESTART",
    "SET session_replication_role = replica",
    "SET ROLE lp_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION lp_dba",
    "SET ROLE retold_group_legal",
    "GRANT lp_owner TO CURRENT_USER",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lp_owner GRANT ALL ON TABLES TO PUBLIC",
    f"ALTER SCHEMA {SCHEMA} OWNER TO CURRENT_USER",
    f"DROP SCHEMA {SCHEMA} CASCADE",
    "COPY retold_raw_records FROM PROGRAM 'echo'",
    "CREATE ROLE other",
]
READERS_MAY_NOT = [
    *(f"SELECT FROM {table}" for table in TABLES),
    "SELECT FROM retold_hidden",
    "SELECT FROM v1_raw_records",
    "SELECT retold_add_leaf(1, '')",
    "INSERT INTO retold_raw_records VALUES ('x', 'y')",
    "UPDATE retold_incidents SET restricted_to = NULL",
    "UPDATE v1_durations SET reason = 'none'",
    "DELETE FROM v1_incidents",
    "SELECT FROM retold_events FOR UPDATE",
    "LOCK TABLE v1_events IN ACCESS EXCLUSIVE MODE",
]
