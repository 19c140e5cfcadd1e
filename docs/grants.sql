-- Roles that can do what migrate-json needs, and nothing else. As the owner of the database or a superuser:
--
--   psql -v database=app -v schema=public -v ledger=migrate_json -v loader=migrate_json -v reader=migrate_json_reader -f grants.sql app
--
-- `ledger` is the schema of the tables that say what was loaded: what --ledger-schema names, migrate_json without it.
-- The roles must exist: CREATE ROLE migrate_json LOGIN PASSWORD '…'; no other attribute is needed.
-- migrate-json doctor says which of these rights a role lacks, and which it has in excess.

\set ON_ERROR_STOP on

-- Every run: to connect, to see the tables, and temporary tables in which rows are compared before they are written.
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"loader";
CREATE SCHEMA IF NOT EXISTS :"schema";
GRANT USAGE ON SCHEMA :"schema" TO :"loader";
CREATE SCHEMA IF NOT EXISTS :"ledger";
GRANT USAGE ON SCHEMA :"ledger" TO :"loader";

-- A run creates the tables that it needs and that are missing, and owns them. After the last first load, or after schema upgrade
-- (which creates all): REVOKE CREATE ON SCHEMA :"schema" FROM :"loader";
GRANT CREATE ON SCHEMA :"schema" TO :"loader";
GRANT CREATE ON SCHEMA :"ledger" TO :"loader";

-- Later runs, and tables that somebody else created: to read, to add and to change rows. snapshot create also reads sequences.
-- An identity that takes the number of a member moves its sequence past it. snapshot restore and schema upgrade change tables, which only their owner may do.
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA :"schema", :"ledger" TO :"loader";
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA :"schema", :"ledger" TO :"loader";

-- Only for --shard, for undo, and for `surplus: delete` of a declaration.
GRANT DELETE ON ALL TABLES IN SCHEMA :"schema", :"ledger" TO :"loader";

-- For runs, verify and export: to read. schema check and doctor say that this role cannot load. Also the tables that the loader is still to create.
GRANT CONNECT ON DATABASE :"database" TO :"reader";
GRANT USAGE ON SCHEMA :"schema", :"ledger" TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema", :"ledger" TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"loader" IN SCHEMA :"schema", :"ledger" GRANT SELECT ON TABLES TO :"reader";
