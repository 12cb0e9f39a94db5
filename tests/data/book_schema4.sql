SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA dqmconsole;
ALTER SCHEMA dqmconsole OWNER TO owner;
CREATE FUNCTION dqmconsole.check_record() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    DECLARE
        rank integer := dqmconsole.rank();
        needed integer := CASE NEW.role WHEN 'expert' THEN 4
            WHEN 'shift-leader' THEN 3 WHEN 'shifter' THEN 2 ELSE 1 END;
        action text := '';
    BEGIN
        IF NEW.account = '' THEN
            NEW.account := session_user;
        END IF;
        IF NEW.account <> session_user THEN
            RAISE EXCEPTION 'the record was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = 'DQ002';
        END IF;
        NEW.stored_at := extract(epoch FROM clock_timestamp());
        IF rank < 1 THEN
            action := 'write';
        ELSIF rank < needed THEN
            RAISE EXCEPTION '% does not have the role % in this database',
                session_user, NEW.role USING ERRCODE = 'DQ001';
        ELSIF NEW.kind = 'sign-off' AND rank < 2 THEN
            action := 'sign off';
        ELSIF NEW.kind = 'flag' AND rank < 2
            AND coalesce(NEW.body::json ->> 'proposed', 'false') <> 'true' THEN
            action := 'confirm flags';
        ELSIF NEW.kind = 'flag' AND rank < 3 AND EXISTS (
            SELECT 1 FROM dqmconsole.records AS earlier
            WHERE earlier.run = NEW.run AND earlier.kind = 'sign-off') THEN
            action := 'change a signed-off flag';
        END IF;
        IF NEW.kind <> NEW.body::json ->> 'type' THEN
            RAISE EXCEPTION 'the record calls itself %, its body %', NEW.kind,
                NEW.body::json ->> 'type' USING ERRCODE = 'DQ001';
        END IF;
        IF action <> '' THEN
            RAISE EXCEPTION '% may not: %', session_user, action
                USING ERRCODE = 'DQ001', HINT = action;
        END IF;
        RETURN NEW;
    END $$;
ALTER FUNCTION dqmconsole.check_record() OWNER TO owner;
CREATE FUNCTION dqmconsole.check_release() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ BEGIN
        IF dqmconsole.rank() < 3 THEN
            RAISE EXCEPTION '% may not publish', session_user
                USING ERRCODE = 'DQ001', HINT = 'publish';
        END IF;
        IF NEW.account <> session_user THEN
            RAISE EXCEPTION 'the release was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = 'DQ002';
        END IF;
        RETURN NEW;
    END $$;
ALTER FUNCTION dqmconsole.check_release() OWNER TO owner;
CREATE FUNCTION dqmconsole.check_sign_off() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    DECLARE
        signer text;
        seen bigint := coalesce((NEW.body::json ->> 'seen')::bigint, 0);
    BEGIN
        SELECT coalesce(nullif(who, ''), account) INTO signer FROM dqmconsole.records
            WHERE run = NEW.run AND kind = 'sign-off' AND uid <> NEW.uid
            ORDER BY number LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'run % is signed off already by %', NEW.run, signer
                USING ERRCODE = 'DQ001';
        END IF;
        IF seen > 0 AND EXISTS (
            SELECT 1 FROM dqmconsole.records AS later
            WHERE later.run = NEW.run AND later.kind = 'flag' AND later.number > seen
            AND (NEW.console = '' OR later.console <> NEW.console
                OR later.shift <> NEW.shift)) THEN
            RAISE EXCEPTION 'run % changed while you signed it off: look again',
                NEW.run USING ERRCODE = 'DQ001';
        END IF;
        RETURN NEW;
    END $$;
ALTER FUNCTION dqmconsole.check_sign_off() OWNER TO owner;
CREATE FUNCTION dqmconsole.only_grows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ BEGIN
        RAISE EXCEPTION 'the book only grows: % are never changed or removed',
            TG_TABLE_NAME USING ERRCODE = 'DQ003';
    END $$;
ALTER FUNCTION dqmconsole.only_grows() OWNER TO owner;
CREATE FUNCTION dqmconsole.rank() RETURNS integer
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
        SELECT CASE
            WHEN pg_has_role(session_user, nspowner, 'USAGE') THEN 4
            ELSE coalesce((
                SELECT max(CASE rolname WHEN 'dqm_expert' THEN 4
                    WHEN 'dqm_leader' THEN 3 WHEN 'dqm_shifter' THEN 2 ELSE 1 END)
                FROM pg_roles
                WHERE rolname IN
                    ('dqm_trainee', 'dqm_shifter', 'dqm_leader', 'dqm_expert')
                AND pg_has_role(session_user, oid, 'USAGE')), 0)
            END
        FROM pg_namespace WHERE nspname = 'dqmconsole'
    $$;
ALTER FUNCTION dqmconsole.rank() OWNER TO owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE dqmconsole.book (
    id integer NOT NULL,
    version integer NOT NULL,
    CONSTRAINT book_id_check CHECK ((id = 1))
);
ALTER TABLE dqmconsole.book OWNER TO owner;
CREATE TABLE dqmconsole.files (
    hash text NOT NULL,
    name text NOT NULL,
    data bytea NOT NULL
);
ALTER TABLE dqmconsole.files OWNER TO owner;
CREATE TABLE dqmconsole.records (
    number bigint NOT NULL,
    uid text NOT NULL,
    kind text NOT NULL,
    made_at double precision NOT NULL,
    stored_at double precision DEFAULT EXTRACT(epoch FROM clock_timestamp()) NOT NULL,
    run bigint NOT NULL,
    subsystem text NOT NULL,
    who text NOT NULL,
    account text NOT NULL,
    role text NOT NULL,
    console text NOT NULL,
    shift text NOT NULL,
    versions text NOT NULL,
    body text NOT NULL,
    CONSTRAINT records_uid_check CHECK ((uid <> ''::text))
);
ALTER TABLE dqmconsole.records OWNER TO owner;
ALTER TABLE dqmconsole.records ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dqmconsole.records_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE dqmconsole.releases (
    site text NOT NULL,
    number bigint NOT NULL,
    by text NOT NULL,
    account text NOT NULL,
    why text NOT NULL,
    at double precision NOT NULL,
    program text NOT NULL,
    hash text NOT NULL,
    changes text NOT NULL,
    again bigint NOT NULL,
    CONSTRAINT releases_number_check CHECK ((number > 0))
);
ALTER TABLE dqmconsole.releases OWNER TO owner;
INSERT INTO dqmconsole.book (id, version) VALUES (1, 4);
INSERT INTO dqmconsole.files (hash, name, data) VALUES ('552944dbccee85f5ebe9a4be6aa3056d', 'hcal/occ.md', '\x4f63637570616e63793a206c6f6f6b20666f7220686f6c65732e20cea9');
INSERT INTO dqmconsole.files (hash, name, data) VALUES ('a9d85384b8c230a1b51c86a2c85e41af', 'evidence.dqm.zip', '\x616e2065766964656e63652062756e646c65');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (1, 'old-1', 'shift-began', 1780000001, 1795745734.986382, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"shift-began","leader":"Leo"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (2, 'old-2', 'read', 1780000002, 1795745734.987201, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"read","kind":"instruction","id":"hcal/occ","version":4,"hash":"552944dbccee85f5ebe9a4be6aa3056d"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (3, 'old-3', 'run', 1780000003, 1795745734.987568, 398213, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"run","phase":"ended","run_type":"collisions","run_class":"Collisions26","started":1780000000.0,"ended":1780000900.0,"lumisections":120,"events":81234,"fill":10512,"beam_mode":"stable beams","beam_energy":6800.0,"significant":true,"subsystems":["Ecal","Hcal"]}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (4, 'old-4', 'flag', 1780000004, 1795745734.988721, 398213, 'Hcal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"flag","status":"BAD","first":12,"last":120,"cause":"HV","comment":"sector 7"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (5, 'old-5', 'flag', 1780000005, 1795745734.989464, 398213, 'Ecal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"flag","status":"GOOD","proposed":true}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (6, 'old-6', 'flag', 1780000006, 1795745734.99013, 398213, 'Ecal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"flag","status":"GOOD"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (7, 'old-7', 'entry', 1780000007, 1795745734.990482, 398213, 'Hcal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"entry","title":"HV trip","text":"![x](dqm:picture) *sector* 7 “Ω”","plots":["Hcal/Digi/0"],"page":"Hcal/Digi","status":"BAD","evidence":"a9d85384b8c230a1b51c86a2c85e41af","evidence_name":"evidence.dqm.zip","problem":true,"elog":true}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (8, 'old-8', 'tick', 1780000008, 1795745734.990793, 398213, 'Hcal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"tick","instruction":"hcal/occ","version":4,"step":0,"plot":"Hcal/Digi/0"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (9, 'old-9', 'call', 1780000009, 1795745734.991127, 398213, 'Hcal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"call","role":"hcal-dqm","name":"Eva","phone":"165432","about":"Hcal/Digi/0","answered":true,"comment":"will look"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (10, 'old-10', 'check', 1780000010, 1795745734.991421, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"check","checklist":"start","item":"hv"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (11, 'old-11', 'seen', 1780000011, 1795745734.991713, 398213, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"seen","page":"Hcal/Digi"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (12, 'old-12', 'sign-off', 1780000012, 1795745734.993598, 398213, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"sign-off","comment":"all seen","seen":6}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (13, 'old-13', 'passed-on', 1780000013, 1795745734.994294, 398214, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"passed-on","comment":"later"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (14, 'old-14', 'settled', 1780000014, 1795745734.994605, 398213, 'Hcal', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"settled","entry":"old-7","comment":"HV back"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (15, 'old-15', 'elog-sent', 1780000015, 1795745734.994896, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"elog-sent","entry":"old-7","number":4711,"url":"https://elog.example.org/4711"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (16, 'old-16', 'hand-over', 1780000016, 1795745734.995208, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"hand-over","title":"Night","text":"## Runs\nAll well.","elog":true}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (17, 'old-17', 'took-up', 1780000017, 1795745734.995502, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"took-up","release":3,"before":2,"agreed_by":"Leo"}');
INSERT INTO dqmconsole.records (number, uid, kind, made_at, stored_at, run, subsystem, who, account, role, console, shift, versions, body) OVERRIDING SYSTEM VALUE VALUES (18, 'old-18', 'shift-ended', 1780000018, 1795745734.995837, 0, '', 'Sue', 'sue_shifter', 'shifter', 'control:11', 'old-1', '{"program":"0.8.0","site":"abc","release":3,"instruction":"hcal/occ@4"}', '{"type":"shift-ended","comment":"good night"}');
INSERT INTO dqmconsole.releases (site, number, by, account, why, at, program, hash, changes, again) VALUES ('cms', 1, 'Leo', 'leo_leader', 'new limits', 1779900000, '0.8.0', 'aa', '[{"kind":"layout","name":"Hcal › Timing","sentence":"2 plots more"}]', 0);
SELECT pg_catalog.setval('dqmconsole.records_number_seq', 18, true);
ALTER TABLE ONLY dqmconsole.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (id);
ALTER TABLE ONLY dqmconsole.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY dqmconsole.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (number);
ALTER TABLE ONLY dqmconsole.records
    ADD CONSTRAINT records_uid_key UNIQUE (uid);
ALTER TABLE ONLY dqmconsole.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (site, number);
CREATE INDEX records_run ON dqmconsole.records USING btree (run, kind);
CREATE INDEX records_stored_at ON dqmconsole.records USING btree (stored_at);
CREATE TRIGGER check_record BEFORE INSERT ON dqmconsole.records FOR EACH ROW EXECUTE FUNCTION dqmconsole.check_record();
CREATE TRIGGER check_release BEFORE INSERT ON dqmconsole.releases FOR EACH ROW EXECUTE FUNCTION dqmconsole.check_release();
CREATE TRIGGER check_sign_off BEFORE INSERT ON dqmconsole.records FOR EACH ROW WHEN ((new.kind = 'sign-off'::text)) EXECUTE FUNCTION dqmconsole.check_sign_off();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON dqmconsole.files FOR EACH STATEMENT EXECUTE FUNCTION dqmconsole.only_grows();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON dqmconsole.records FOR EACH STATEMENT EXECUTE FUNCTION dqmconsole.only_grows();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON dqmconsole.releases FOR EACH STATEMENT EXECUTE FUNCTION dqmconsole.only_grows();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE ON dqmconsole.files FOR EACH ROW EXECUTE FUNCTION dqmconsole.only_grows();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE ON dqmconsole.records FOR EACH ROW EXECUTE FUNCTION dqmconsole.only_grows();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE ON dqmconsole.releases FOR EACH ROW EXECUTE FUNCTION dqmconsole.only_grows();
GRANT USAGE ON SCHEMA dqmconsole TO dqm_trainee;
GRANT USAGE ON SCHEMA dqmconsole TO dqm_shifter;
GRANT USAGE ON SCHEMA dqmconsole TO dqm_leader;
GRANT USAGE ON SCHEMA dqmconsole TO dqm_expert;
GRANT SELECT ON TABLE dqmconsole.book TO dqm_trainee;
GRANT SELECT ON TABLE dqmconsole.book TO dqm_shifter;
GRANT SELECT ON TABLE dqmconsole.book TO dqm_leader;
GRANT SELECT ON TABLE dqmconsole.book TO dqm_expert;
GRANT SELECT ON TABLE dqmconsole.files TO dqm_trainee;
GRANT SELECT ON TABLE dqmconsole.files TO dqm_shifter;
GRANT SELECT ON TABLE dqmconsole.files TO dqm_leader;
GRANT SELECT ON TABLE dqmconsole.files TO dqm_expert;
GRANT INSERT(hash) ON TABLE dqmconsole.files TO dqm_trainee;
GRANT INSERT(hash) ON TABLE dqmconsole.files TO dqm_shifter;
GRANT INSERT(hash) ON TABLE dqmconsole.files TO dqm_leader;
GRANT INSERT(hash) ON TABLE dqmconsole.files TO dqm_expert;
GRANT INSERT(name) ON TABLE dqmconsole.files TO dqm_trainee;
GRANT INSERT(name) ON TABLE dqmconsole.files TO dqm_shifter;
GRANT INSERT(name) ON TABLE dqmconsole.files TO dqm_leader;
GRANT INSERT(name) ON TABLE dqmconsole.files TO dqm_expert;
GRANT INSERT(data) ON TABLE dqmconsole.files TO dqm_trainee;
GRANT INSERT(data) ON TABLE dqmconsole.files TO dqm_shifter;
GRANT INSERT(data) ON TABLE dqmconsole.files TO dqm_leader;
GRANT INSERT(data) ON TABLE dqmconsole.files TO dqm_expert;
GRANT SELECT ON TABLE dqmconsole.records TO dqm_trainee;
GRANT SELECT ON TABLE dqmconsole.records TO dqm_shifter;
GRANT SELECT ON TABLE dqmconsole.records TO dqm_leader;
GRANT SELECT ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(uid) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(uid) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(uid) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(uid) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(kind) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(kind) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(kind) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(kind) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(made_at) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(made_at) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(made_at) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(made_at) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(run) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(run) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(run) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(run) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(subsystem) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(subsystem) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(subsystem) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(subsystem) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(who) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(who) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(who) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(who) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(account) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(account) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(account) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(account) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(role) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(role) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(role) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(role) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(console) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(console) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(console) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(console) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(shift) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(shift) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(shift) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(shift) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(versions) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(versions) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(versions) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(versions) ON TABLE dqmconsole.records TO dqm_expert;
GRANT INSERT(body) ON TABLE dqmconsole.records TO dqm_trainee;
GRANT INSERT(body) ON TABLE dqmconsole.records TO dqm_shifter;
GRANT INSERT(body) ON TABLE dqmconsole.records TO dqm_leader;
GRANT INSERT(body) ON TABLE dqmconsole.records TO dqm_expert;
GRANT SELECT ON TABLE dqmconsole.releases TO dqm_trainee;
GRANT SELECT ON TABLE dqmconsole.releases TO dqm_shifter;
GRANT SELECT,INSERT ON TABLE dqmconsole.releases TO dqm_leader;
GRANT SELECT,INSERT ON TABLE dqmconsole.releases TO dqm_expert;
