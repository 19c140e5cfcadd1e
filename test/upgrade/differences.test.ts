import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTable, withoutNotNull, writeColumn, writeTable } from '../../src/databases/sqlite/table-sql.ts';
import { DIFFERENCES } from '../../src/schema/comparison/differences.ts';

test('docs/schema.md lists every difference', () => {
  const text = readFileSync(new URL('../../docs/schema.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('### Differences');
  const listed = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual(Object.keys(DIFFERENCES));
});

test('a CREATE TABLE statement is taken apart and put together without changing what it says', () => {
  const table = readTable(`CREATE TABLE "odd (name" ( id INTEGER NOT NULL, -- the id, (yes)
    [api key] VARCHAR ( 255 ) CONSTRAINT nn NOT NULL DEFAULT 'a,''b' CHECK (id>=3 AND "x" NOT NULL), n DECIMAL(10,2) DEFAULT -1.5e-3/* , */,
    plain, PRIMARY KEY (id), CONSTRAINT fk FOREIGN KEY(id) REFERENCES other (id) ON DELETE CASCADE) WITHOUT ROWID`);
  const lines = [
    ...table.columns.map((each) => writeColumn(withoutNotNull(each))),
    ...table.constraints.map((each) => each.join('')),
  ];
  expect(writeTable('new', lines, table.options).split('\n')).toEqual([
    'CREATE TABLE "new" (',
    '  "id" INTEGER,',
    `  "api key" VARCHAR ( 255 ) DEFAULT 'a,''b' CHECK (id>=3 AND "x" NOT NULL),`,
    '  "n" DECIMAL(10,2) DEFAULT -1.5e-3,',
    '  "plain",',
    '  PRIMARY KEY (id),',
    '  CONSTRAINT fk FOREIGN KEY(id) REFERENCES other (id) ON DELETE CASCADE',
    ') WITHOUT ROWID',
  ]);
});
