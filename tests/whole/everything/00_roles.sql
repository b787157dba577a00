-- Roles are the server's, not the database's: they are made on both servers before.
DO $$ BEGIN
    IF to_regrole('whole_reader') IS NULL THEN CREATE ROLE whole_reader; END IF;
    IF to_regrole('whole_writer') IS NULL THEN CREATE ROLE whole_writer; END IF;
END $$;
