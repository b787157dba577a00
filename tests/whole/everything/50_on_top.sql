-- What acts on tables or stands beside them: triggers, rules, policies, statistics, foreign data, publications,
-- rights, event triggers. None of it may act while rows are copied.

-- Triggers: of rows and statements, with columns and conditions, transition tables, constraint triggers, on views,
-- on partitioned tables, and each of the four ways to be switched on.
CREATE TABLE shop.fired (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE FUNCTION functions.note_firing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO shop.fired (what) VALUES (TG_NAME || ' ' || TG_OP || ' ' || TG_ARGV[0]);
    IF TG_LEVEL = 'ROW' AND TG_WHEN = 'BEFORE' THEN NEW.word := NEW.word || ' changed by ' || TG_NAME; END IF;
    RETURN NEW;
END $$;
CREATE TABLE shop.watched (id integer PRIMARY KEY, word text, n integer DEFAULT 1);
INSERT INTO shop.watched SELECT n, 'word ' || n FROM generate_series(1, 30) AS n;
CREATE TRIGGER a_row BEFORE INSERT OR UPDATE OF word, n ON shop.watched
    FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION functions.note_firing('with ''quotes''', '2');
CREATE TRIGGER b_statement AFTER INSERT OR DELETE OR TRUNCATE ON shop.watched EXECUTE FUNCTION functions.note_firing('');
CREATE TRIGGER c_transition AFTER UPDATE ON shop.watched REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION functions.note_firing('x');
CREATE CONSTRAINT TRIGGER d_constraint AFTER INSERT ON shop.watched DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION functions.note_firing('d');
CREATE CONSTRAINT TRIGGER e_constraint AFTER UPDATE ON shop.watched FROM shop.fired NOT DEFERRABLE
    FOR EACH ROW EXECUTE FUNCTION functions.note_firing('e');
CREATE TRIGGER f_disabled BEFORE INSERT ON shop.watched FOR EACH ROW EXECUTE FUNCTION functions.note_firing('f');
CREATE TRIGGER g_always BEFORE INSERT ON shop.watched FOR EACH ROW EXECUTE FUNCTION functions.note_firing('g');
CREATE TRIGGER h_replica BEFORE INSERT ON shop.watched FOR EACH ROW EXECUTE FUNCTION functions.note_firing('h');
CREATE TRIGGER "i ""hostile"" name" AFTER DELETE ON shop.watched
    FOR EACH ROW EXECUTE FUNCTION functions.note_firing('i');
ALTER TABLE shop.watched
    DISABLE TRIGGER f_disabled, ENABLE ALWAYS TRIGGER g_always, ENABLE REPLICA TRIGGER h_replica;
COMMENT ON TRIGGER g_always ON shop.watched IS 'a trigger';
CREATE TRIGGER instead INSTEAD OF INSERT ON shop.needs_key
    FOR EACH ROW EXECUTE FUNCTION functions.note_firing('instead');
CREATE TRIGGER on_all BEFORE INSERT ON shop.by_bool
    FOR EACH ROW WHEN (NEW.id > 100) EXECUTE FUNCTION functions.note_firing('all');
ALTER TABLE shop.by_bool_no DISABLE TRIGGER on_all;
ALTER TABLE shop.by_bool_yes ENABLE ALWAYS TRIGGER on_all;
CREATE TABLE shop.all_triggers_off (id integer PRIMARY KEY, word text);
CREATE TRIGGER off BEFORE INSERT ON shop.all_triggers_off
    FOR EACH ROW EXECUTE FUNCTION functions.note_firing('off');
ALTER TABLE shop.all_triggers_off DISABLE TRIGGER ALL;
INSERT INTO shop.all_triggers_off VALUES (1, 'not noted');

-- Rules: instead, also, with a condition, of a view, disabled, always.
CREATE TABLE shop.ruled (id integer PRIMARY KEY, word text);
INSERT INTO shop.ruled VALUES (1, 'a'), (2, 'b');
CREATE RULE also AS ON INSERT TO shop.ruled DO ALSO INSERT INTO shop.fired (what) VALUES ('rule ' || NEW.id);
CREATE RULE instead AS ON UPDATE TO shop.ruled WHERE OLD.id < 0 DO INSTEAD (DELETE FROM shop.fired WHERE false; DELETE FROM shop.tree WHERE false);
CREATE RULE tells AS ON UPDATE TO shop.ruled DO ALSO NOTIFY fired;
CREATE RULE off AS ON DELETE TO shop.ruled DO INSTEAD NOTHING;
ALTER TABLE shop.ruled DISABLE RULE off;
CREATE RULE always AS ON INSERT TO shop.ruled WHERE NEW.id < 0 DO INSTEAD NOTHING;
ALTER TABLE shop.ruled ENABLE ALWAYS RULE always;
CREATE RULE "of a view" AS ON INSERT TO shop.whole_rows
    DO INSTEAD INSERT INTO shop.tree VALUES (1000, NULL, NEW.word) RETURNING tree, word;
COMMENT ON RULE also ON shop.ruled IS 'a rule';

-- Row security: enabled, forced, for roles and commands, restrictive; with no policy, and with one that is off.
CREATE TABLE shop.secured (id integer PRIMARY KEY, owner text DEFAULT current_user, word text);
INSERT INTO shop.secured
SELECT n, CASE WHEN n % 2 = 0 THEN 'whole_reader' ELSE 'somebody' END, 'w' || n FROM generate_series(1, 10) AS n;
ALTER TABLE shop.secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.secured TO whole_reader, whole_writer
    USING (owner = current_user) WITH CHECK (owner = current_user AND id > 0);
CREATE POLICY "a ""hostile"" one" ON shop.secured AS RESTRICTIVE FOR SELECT TO PUBLIC
    USING (id IN (SELECT t.id FROM shop.tree AS t));
CREATE POLICY del ON shop.secured FOR DELETE TO CURRENT_USER USING (false);
COMMENT ON POLICY own ON shop.secured IS 'a policy';
CREATE TABLE shop.secured_from_all (id integer PRIMARY KEY);
INSERT INTO shop.secured_from_all VALUES (1), (2);
ALTER TABLE shop.secured_from_all ENABLE ROW LEVEL SECURITY;
CREATE TABLE shop.policy_switched_off (id integer PRIMARY KEY);
CREATE POLICY later ON shop.policy_switched_off USING (id = 1);

-- Statistics objects: of each kind, on expressions.
CREATE STATISTICS shop.together (ndistinct, dependencies, mcv) ON a, b, c FROM shop.indexed;
CREATE STATISTICS shop.of_expressions ON (lower(a)), (c % 10), b FROM shop.indexed;
CREATE STATISTICS "Archive of ""old"" things.2"."one expression" ON (a || b) FROM shop.indexed;
ALTER STATISTICS shop.together SET STATISTICS 333;
COMMENT ON STATISTICS shop.together IS 'statistics';

-- Foreign data: wrapper, server, mapping, tables, one of them a partition.
CREATE FOREIGN DATA WRAPPER own_wrapper OPTIONS (debug 'true');
CREATE SERVER elsewhere TYPE 'a type' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host '127.0.0.1', dbname 'no such database', port '1');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'nobody');
CREATE FOREIGN TABLE shop.far
    (id integer OPTIONS (column_name 'ID') NOT NULL, word text DEFAULT 'far', CHECK (id > 0))
    SERVER elsewhere OPTIONS (table_name 'near');
CREATE FOREIGN TABLE shop.by_mood_far PARTITION OF shop.by_mood DEFAULT SERVER elsewhere;
CREATE VIEW shop.over_far AS SELECT word FROM shop.far;
COMMENT ON FOREIGN TABLE shop.far IS 'far away';
COMMENT ON SERVER elsewhere IS 'a server';

-- Publications: of all tables, of some, of none, through the root.
CREATE PUBLICATION everything_there_is FOR ALL TABLES WITH (publish = 'insert, delete', publish_via_partition_root);
CREATE PUBLICATION of_some FOR TABLE shop.tree, ONLY shop.things, "Archive of ""old"" things.2"."select";
CREATE PUBLICATION nothing;
COMMENT ON PUBLICATION of_some IS 'a publication';

-- Rights: of each kind, with grant options, of columns, taken from PUBLIC, for objects to come.
GRANT USAGE ON SCHEMA shop TO whole_reader, whole_writer WITH GRANT OPTION;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO whole_reader;
GRANT INSERT, UPDATE (word), REFERENCES (id) ON shop.tree TO whole_writer WITH GRANT OPTION;
GRANT SELECT ON shop.no_key TO PUBLIC;
GRANT USAGE ON SEQUENCE shop.shared_numbers TO whole_writer;
REVOKE ALL ON FUNCTION functions.slugged(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION functions.slugged(text) TO whole_reader;
GRANT EXECUTE ON PROCEDURE shop.nothing(integer, text) TO whole_reader;
REVOKE USAGE ON TYPE shop.mood FROM PUBLIC;
GRANT USAGE ON FOREIGN SERVER elsewhere TO whole_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER own_wrapper TO whole_reader;
GRANT SELECT ON LARGE OBJECT 4001 TO whole_reader;
REVOKE USAGE ON LANGUAGE plshop FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO whole_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE whole_writer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER TABLE shop.key_text OWNER TO whole_writer;
ALTER SCHEMA empty_schema OWNER TO whole_writer;
ALTER FUNCTION functions.add(text, text) OWNER TO whole_writer;

-- A setting of the database, which is no object of it.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '9MB'); END $$;

-- Event triggers: one that writes, one that forbids, one that is off; they act on what comes after, so only these
-- events that the sections for newer servers do without.
CREATE FUNCTION functions.note_command() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO shop.fired (what) VALUES (TG_EVENT || ' ' || TG_TAG); END $$;
CREATE FUNCTION functions.forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'nothing may be dropped here'; END $$;
CREATE EVENT TRIGGER note_commands ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX', 'ALTER TABLE', 'REFRESH MATERIALIZED VIEW', 'CREATE SCHEMA')
    EXECUTE FUNCTION functions.note_command();
CREATE EVENT TRIGGER forbid_dropping ON sql_drop EXECUTE FUNCTION functions.forbid();
CREATE EVENT TRIGGER note_rewrites ON table_rewrite EXECUTE FUNCTION functions.note_command();
CREATE EVENT TRIGGER always_on ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS')
    EXECUTE FUNCTION functions.note_command();
ALTER EVENT TRIGGER note_rewrites DISABLE;
ALTER EVENT TRIGGER always_on ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER note_commands IS 'an event trigger';
