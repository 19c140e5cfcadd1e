CREATE TABLE "users" (
  "id" TEXT NOT NULL CHECK (length("id") <= 128),
  "email" TEXT CHECK (length("email") <= 320),
  "username" TEXT CHECK (length("username") <= 150),
  "password_hash" TEXT,
  "name" TEXT,
  "role" TEXT DEFAULT 'viewer' CHECK ("role" IN ('admin', 'operator', 'viewer')),
  "is_active" INTEGER DEFAULT 1 CHECK ("is_active" IN (0, 1)),
  "is_admin" INTEGER DEFAULT 0 CHECK ("is_admin" IN (0, 1)),
  "last_login_at" TEXT,
  "created_at" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  "updated_at" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  "extra" TEXT CHECK ("extra" IS NULL OR json_valid("extra")),
  PRIMARY KEY ("id"),
  UNIQUE ("email"),
  UNIQUE ("username")
) STRICT;
CREATE TABLE "conversations" (
  "id" TEXT NOT NULL CHECK (length("id") <= 36),
  "user_id" TEXT NOT NULL CHECK (length("user_id") <= 128),
  "title" TEXT DEFAULT 'New Conversation' CHECK (length("title") <= 500),
  "created_at" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  "updated_at" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  "extra" TEXT CHECK ("extra" IS NULL OR json_valid("extra")),
  PRIMARY KEY ("id")
) STRICT;
CREATE INDEX "idx_conversations_created_at" ON "conversations" ("created_at");
CREATE INDEX "idx_conversations_user_id_created_at" ON "conversations" ("user_id", "created_at" DESC);
CREATE TABLE "messages" (
  "id" INTEGER PRIMARY KEY,
  "conversation_id" TEXT NOT NULL REFERENCES "conversations" ON DELETE CASCADE CHECK (length("conversation_id") <= 36),
  "position" INTEGER CHECK ("position" >= 0),
  "role" TEXT NOT NULL CHECK (length("role") <= 20),
  "content" TEXT,
  "stage1_data" TEXT CHECK ("stage1_data" IS NULL OR json_valid("stage1_data")),
  "stage2_data" TEXT CHECK ("stage2_data" IS NULL OR json_valid("stage2_data")),
  "stage3_data" TEXT CHECK ("stage3_data" IS NULL OR json_valid("stage3_data")),
  "metadata" TEXT CHECK ("metadata" IS NULL OR json_valid("metadata")),
  "created_at" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  "extra" TEXT CHECK ("extra" IS NULL OR json_valid("extra")),
  UNIQUE ("conversation_id", "position")
) STRICT;
CREATE INDEX "idx_messages_created_at" ON "messages" ("created_at");
CREATE TABLE "schema_version" (
  "version" INTEGER NOT NULL,
  "description" TEXT NOT NULL,
  "checksum" TEXT NOT NULL,
  "applied_at" TEXT,
  "duration_ms" INTEGER,
  "details" TEXT CHECK ("details" IS NULL OR json_valid("details")),
  PRIMARY KEY ("version")
) STRICT;
CREATE TABLE "migration_runs" (
  "run_id" TEXT NOT NULL,
  "tool_version" TEXT NOT NULL,
  "command" TEXT NOT NULL,
  "root" TEXT,
  "status" TEXT NOT NULL,
  "exit_code" INTEGER,
  "started_at" TEXT,
  "finished_at" TEXT,
  "report" TEXT CHECK ("report" IS NULL OR json_valid("report")),
  "lease_holder" TEXT,
  "lease_renewed_at" TEXT,
  PRIMARY KEY ("run_id")
) STRICT;
CREATE TABLE "migration_shards" (
  "run_id" TEXT NOT NULL,
  "shard" INTEGER NOT NULL,
  "shards" INTEGER NOT NULL,
  "status" TEXT NOT NULL,
  "phase" INTEGER NOT NULL,
  "loaded_at" TEXT,
  "exit_code" INTEGER,
  "started_at" TEXT,
  "finished_at" TEXT,
  "report" TEXT CHECK ("report" IS NULL OR json_valid("report")),
  "lease_holder" TEXT,
  "lease_renewed_at" TEXT,
  PRIMARY KEY ("run_id", "shard")
) STRICT;
CREATE TABLE "migration_files" (
  "id" INTEGER PRIMARY KEY,
  "run_id" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  "dataset" TEXT,
  "status" TEXT NOT NULL,
  "sha256" TEXT,
  "bytes" INTEGER,
  "mtime_ns" TEXT,
  "ctime_ns" TEXT,
  "inode" TEXT,
  "fingerprint" TEXT,
  "archived_to" TEXT,
  "report" TEXT CHECK ("report" IS NULL OR json_valid("report")),
  "counts" TEXT CHECK ("counts" IS NULL OR json_valid("counts"))
) STRICT;
CREATE INDEX "idx_migration_files_path_id" ON "migration_files" ("path", "id");
CREATE INDEX "idx_migration_files_run_id_path" ON "migration_files" ("run_id", "path");
CREATE TABLE "migration_batches" (
  "run_id" TEXT NOT NULL,
  "batch" INTEGER NOT NULL,
  "records" INTEGER NOT NULL,
  "claims" BLOB,
  "undo" BLOB,
  "committed_at" TEXT,
  PRIMARY KEY ("run_id", "batch")
) STRICT;
INSERT INTO "users" ("id", "email", "username", "password_hash", "name", "role", "is_active", "is_admin", "last_login_at", "created_at", "updated_at", "extra") VALUES ('ann', NULL, NULL, NULL, NULL, 'viewer', 1, 0, NULL, NULL, NULL, NULL);
INSERT INTO "users" ("id", "email", "username", "password_hash", "name", "role", "is_active", "is_admin", "last_login_at", "created_at", "updated_at", "extra") VALUES ('bob', NULL, NULL, NULL, NULL, 'viewer', 1, 0, NULL, NULL, NULL, NULL);
INSERT INTO "conversations" ("id", "user_id", "title", "created_at", "updated_at", "extra") VALUES ('a', 'ann', 'Notes', '2025-01-01 10:00:00.000000', '2025-01-01 10:00:00.000000', NULL);
INSERT INTO "conversations" ("id", "user_id", "title", "created_at", "updated_at", "extra") VALUES ('b', 'bob', 'Notes', '2025-01-01 10:00:00.000000', '2025-01-01 10:00:00.000000', NULL);
INSERT INTO "messages" ("id", "conversation_id", "position", "role", "content", "stage1_data", "stage2_data", "stage3_data", "metadata", "created_at", "extra") VALUES (1, 'a', 0, 'user', 'Hello', NULL, NULL, NULL, NULL, '2025-01-01 10:00:00.000000', NULL);
INSERT INTO "messages" ("id", "conversation_id", "position", "role", "content", "stage1_data", "stage2_data", "stage3_data", "metadata", "created_at", "extra") VALUES (2, 'a', 1, 'assistant', 'Good morning', NULL, NULL, NULL, NULL, '2025-01-01 10:00:00.000001', NULL);
INSERT INTO "messages" ("id", "conversation_id", "position", "role", "content", "stage1_data", "stage2_data", "stage3_data", "metadata", "created_at", "extra") VALUES (3, 'b', 0, 'user', 'Hi', NULL, NULL, NULL, NULL, '2025-01-01 10:00:00.000000', NULL);
INSERT INTO "schema_version" ("version", "description", "checksum", "applied_at", "duration_ms", "details") VALUES (1, 'tables of settings, conversations, usage and metrics, and the ledger', 'b5621452d8ebf78540539828f21946a4e2bf26be1dc89c08732b756846f09a47', '2026-11-30 01:45:04.871000', NULL, NULL);
INSERT INTO "migration_runs" ("run_id", "tool_version", "command", "root", "status", "exit_code", "started_at", "finished_at", "report", "lease_holder", "lease_renewed_at") VALUES ('former-run', '0.1.0', 'run', '/srv/data', 'complete', 0, '2026-11-30 01:45:04.866000', '2026-11-30 01:45:05.018000', '{"report_version":1,"tool_version":"0.1.0","run_id":"former-run","shard":null,"command":"run","options":{"dbSchema":"public","allowPlaintext":false,"only":["conversations"],"include":[],"exclude":[],"ignore":[],"layout":"auto","naiveTime":"UTC","encoding":"utf-8","ledger":false,"dryRun":false,"backup":false,"encryptTo":[],"archive":false,"snapshotDir":"migrate-json-snapshots","snapshot":true,"prove":false,"onConflict":"update","repair":[],"strict":false,"keepPlainKeys":false,"hashSecrets":false,"convert":false,"yes":false,"reload":false,"rehash":false,"undo":true,"allowEmpty":false,"restoreFiles":false,"allowExtra":false,"runId":"former-run","report":[],"fields":false,"json":false,"quiet":false,"verbose":false,"debug":false,"progress":true,"color":true,"workers":2,"batchBytes":8388608,"maxRecordBytes":16777216},"status":"complete","exit_code":0,"dry_run":false,"root":"/srv/data","target":"sqlite:/srv/app.db","schema_version":1,"started_at":"2026-11-30T01:45:04.866Z","finished_at":"2026-11-30T01:45:05.017Z","duration_ms":151,"backup":null,"archive":null,"totals":{"files":2,"files_loaded":2,"files_unchanged":0,"files_partial":0,"files_failed":0,"files_not_reached":0,"files_unrecognised":0,"bytes":273,"records_read":2,"records_loaded":2,"records_rejected":0,"repairs":0,"warnings":0},"notes":{"unexplained":0,"inPart":0},"datasets":{"conversations":{"files":2,"read":2,"loaded":2,"rejected":0}},"tables":{"conversations":{"inserted":2,"updated":0,"unchanged":0,"kept":0},"messages":{"inserted":3,"updated":0,"unchanged":0,"kept":0},"users":{"inserted":2,"updated":0,"unchanged":0,"kept":0}},"account":{"conversations":{"columns":12,"extra":0,"dropped":{},"derived":5}},"reject_codes":[],"throughput":{"interval_ms":1000,"rows":[7]}}', 'host 4711 0123456789abcdef', '2026-11-30 01:45:05.018000');
INSERT INTO "migration_files" ("id", "run_id", "path", "dataset", "status", "sha256", "bytes", "mtime_ns", "ctime_ns", "inode", "fingerprint", "archived_to", "report", "counts") VALUES (1, 'former-run', 'conversations/ann/a.json', 'conversations', 'loaded', 'ebe1ce53810e8d6bb77e7ac353566c28e95f565af9a63ef55f03c2632ca4c1b7', 161, '1796003104745881343', '1796003104745881343', '2155005', '84606f062661684d', NULL, '{"path":"conversations/ann/a.json","dataset":"conversations","owner":"ann","owner_from":"path","reason":"path and content: one record","status":"loaded","skipped_by":null,"sha256":"ebe1ce53810e8d6bb77e7ac353566c28e95f565af9a63ef55f03c2632ca4c1b7","bytes":161,"records":{"read":1,"loaded":1,"rejected":0},"rows":{"inserted":4,"updated":0,"unchanged":0,"kept":0},"repairs":{},"unmapped":{},"dropped":{},"archived_to":null}', '{"records":{"read":1,"loaded":1,"rejected":0},"repairs":{},"tables":{"conversations":{"inserted":1,"updated":0,"unchanged":0,"kept":0},"messages":{"inserted":2,"updated":0,"unchanged":0,"kept":0},"users":{"inserted":1,"updated":0,"unchanged":0,"kept":0}},"account":{"columns":7,"derived":3,"extra":0,"dropped":{}}}');
INSERT INTO "migration_files" ("id", "run_id", "path", "dataset", "status", "sha256", "bytes", "mtime_ns", "ctime_ns", "inode", "fingerprint", "archived_to", "report", "counts") VALUES (2, 'former-run', 'conversations/bob/b.json', 'conversations', 'loaded', '579865440bf46a8513f124e1fcf29ca0e729620e56bae7522d57edeb5f08217d', 112, '1796003104745881343', '1796003104745881343', '2155007', '84606f062661684d', NULL, '{"path":"conversations/bob/b.json","dataset":"conversations","owner":"bob","owner_from":"path","reason":"path and content: one record","status":"loaded","skipped_by":null,"sha256":"579865440bf46a8513f124e1fcf29ca0e729620e56bae7522d57edeb5f08217d","bytes":112,"records":{"read":1,"loaded":1,"rejected":0},"rows":{"inserted":3,"updated":0,"unchanged":0,"kept":0},"repairs":{},"unmapped":{},"dropped":{},"archived_to":null}', '{"records":{"read":1,"loaded":1,"rejected":0},"repairs":{},"tables":{"conversations":{"inserted":1,"updated":0,"unchanged":0,"kept":0},"messages":{"inserted":1,"updated":0,"unchanged":0,"kept":0},"users":{"inserted":1,"updated":0,"unchanged":0,"kept":0}},"account":{"columns":5,"derived":2,"extra":0,"dropped":{}}}');
INSERT INTO "migration_batches" ("run_id", "batch", "records", "claims", "undo", "committed_at") VALUES ('former-run', 1, 2, X'28B52FFD208BDD0300E4063F0000805B5B22636F6E766572736174696F6E732F616E6E2F612E6A736F6E222C315D2C626F622F625D0100000067F14F36A733DEA1B705499BDD9B8038D016216C8781EA9B047EBD2FE5BF4397ED4BDA83D6A4C2F22C8C1C10D255D8F1197B7BB961D94DE2320B75FC41127AE003003D2A3C50680A443D01', X'28B52FFD20221101007B226F776E657273223A5B22616E6E222C22626F62225D2C22726F7773223A5B5D7D', '2026-11-30 01:45:05.008000');
