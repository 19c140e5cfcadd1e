/**
 * Mistakes that the tests must notice: one text of one file is replaced, and one of the tests must fail. Cheap tests come
 * first. `plant` is a list of [from, to]; `from` must be in the file exactly once.
 */
export const BUGS = [
  {
    name: 'rows are inserted without asking what is there',
    file: 'src/databases/postgres/statements.ts',
    plant: [
      [
        ' AND NOT EXISTS (SELECT 1 FROM ${names.real(table)} t WHERE ${sameKey(table, names)})`;\n}\n\n/** Updates',
        '`;\n}\n\n/** Updates',
      ],
    ],
    tests: ['test/databases/conformance.test.ts', 'test/cli/conflicts.test.ts'],
  },
  {
    name: 'rows that did not change are written again',
    file: 'src/databases/postgres/statements.ts',
    plant: [['AND ${sameKey(table, names)} AND ${differs(table, names)}`', 'AND ${sameKey(table, names)}`']],
    tests: ['test/databases/conformance.test.ts', 'test/cli/conflicts.test.ts'],
  },
  {
    name: 'a name with quotes is not quoted',
    file: 'src/databases/postgres/ddl.ts',
    plant: [['return `"${identifier.replaceAll(\'"\', \'""\')}"`;', 'return `"${identifier}"`;']],
    tests: ['test/databases/conformance.test.ts', 'test/properties/hostile-strings.test.ts'],
  },
  {
    name: 'the row count of COPY is ignored',
    file: 'src/databases/postgres/transaction.ts',
    plant: [
      [
        'if (copied !== parts.reduce((sum, { rows }) => sum + rows, 0)) throw new RefusedRow(SWALLOWED);',
        'void copied;',
      ],
    ],
    tests: ['test/databases/conformance.test.ts', 'test/load/bisect.test.ts'],
  },
  {
    name: 'a commit is not waited for',
    file: 'src/databases/postgres/connection.ts',
    plant: [
      [
        "const answer = await client.query('COMMIT');",
        "const answer = { command: 'COMMIT' };\n      client.query('COMMIT').catch(() => undefined);",
      ],
    ],
    tests: ['test/robustness/failpoints.test.ts', 'test/robustness/connection.test.ts'],
  },
  {
    name: 'the ledger tells nothing of files',
    file: 'src/load/load.ts',
    plant: [['    await transaction.insertLedger(LEDGER.files, files);\n', '']],
    tests: ['test/cli/run.test.ts', 'test/fixtures.test.ts'],
  },
  {
    name: 'a rerun loads everything again',
    file: 'src/inventory/scan.ts',
    plant: [['return known.fingerprint === this.options.fingerprintOf(datasets);', 'return false;']],
    tests: ['test/cli/run.test.ts', 'test/inventory/scan.test.ts'],
  },
  {
    name: 'the last records of a file are lost',
    file: 'src/checking/read.ts',
    plant: [['if (this.finding === undefined) yield splitter.end();', 'splitter.end();']],
    tests: ['test/checking/read.test.ts'],
  },
  {
    name: 'bytes that are not UTF-8 become U+FFFD',
    file: 'src/checking/validate.ts',
    plant: [
      [
        "return isUtf8(bytes) ? bytes.toString('utf8') : undefined;",
        "return isUtf8(bytes) || bytes.length > 0 ? bytes.toString('utf8') : undefined;",
      ],
    ],
    tests: ['test/checking/read.test.ts'],
  },
  {
    name: 'a long number is rounded',
    file: 'src/json/parse.ts',
    plant: [
      ['if (!survivesDouble(hit[1] as string)) return false;', 'if (!survivesDouble(hit[1] as string)) return true;'],
    ],
    tests: ['test/json/parse.test.ts'],
  },
  {
    name: 'of two members with one name the last is kept',
    file: 'src/json/parse.ts',
    plant: [['!hasMembers(value, members) || ', '']],
    tests: ['test/json/parse.test.ts'],
  },
  {
    name: 'times are read by Date, in the zone of the machine',
    file: 'src/time/time.ts',
    plant: [
      [
        '  return daysSinceEpoch(year, twoDigits(text, 5), twoDigits(text, 8)) * DAY + clock;',
        "  return year + clock > 0 ? new Date(text.slice(0, 19).replace(' ', 'T')).getTime() / 1000 : daysSinceEpoch(1, 1, 1);",
      ],
    ],
    tests: ['test/time/time.test.ts'],
  },
  {
    name: 'an unknown time becomes a known one',
    file: 'src/datasets/conversations/conversations.ts',
    plant: [['return { updated_at: createdAt };', "return { updated_at: createdAt ?? '2025-01-01 00:00:00.000000' };"]],
    tests: ['test/fixtures.test.ts'],
  },
  {
    name: 'a newer row of the application is overwritten',
    file: 'src/databases/sqlite/stored-table.ts',
    plant: [
      [
        'return theirs !== null && (ours === null || theirs > ours);',
        'return theirs !== null && ours !== null && false;',
      ],
    ],
    tests: ['test/databases/conformance.test.ts', 'test/cli/conflicts.test.ts'],
  },
  {
    name: 'a reject is counted twice',
    file: 'src/report/tally.ts',
    plant: [['    this.rejectedByChecks++;', '    this.rejectedByChecks += 2;']],
    tests: ['test/cli/run.test.ts', 'test/fixtures.test.ts'],
  },
  {
    name: 'rejects do not show in the exit code',
    file: 'src/report/outcome.ts',
    plant: [
      [
        'if (hasRejects || notes.unexplained > 0 || (hasNothing(totals) && !ending.allowEmpty))',
        'if (hasNothing(totals) && !ending.allowEmpty)',
      ],
    ],
    tests: ['test/cli/run.test.ts', 'test/fixtures.test.ts'],
  },
  {
    name: 'the password is in a message',
    file: 'src/settings/postgres-url.ts',
    plant: [
      [
        'function labelOf({ user, host, port, database }: PostgresConfig)',
        'function labelOf({ user, password, host, port, database }: PostgresConfig)',
      ],
      [
        "const at = user === undefined ? '' : `${user}@`;",
        "const at = user === undefined ? '' : `${user}:${password}@`;",
      ],
    ],
    tests: ['test/cli/bad-input.test.ts'],
  },
  {
    name: 'a dry run creates the database file',
    file: 'src/databases/sqlite/connection.ts',
    plant: [
      [
        "if (options.dryRun) return new BetterSqlite3(':memory:');",
        'if (options.dryRun) return new BetterSqlite3(path);',
      ],
    ],
    tests: ['test/cli/dry-run.test.ts'],
  },
  {
    name: 'a file that changed is archived',
    file: 'src/files/archive.ts',
    plant: [
      [
        "if ('refused' in now || now.sha256 !== file.sha256 || now.bytes !== file.bytes) return STAYS;",
        "if ('refused' in now) return STAYS;",
      ],
    ],
    tests: ['test/files/archive.test.ts'],
  },
  {
    name: 'a backup is restored without a look at what it holds',
    file: 'src/files/verify-copy.ts',
    plant: [["  if (hashed.sha256 !== expected.sha256) return 'has another content';\n", '']],
    tests: ['test/copies/restore.test.ts', 'test/files'],
  },
];
