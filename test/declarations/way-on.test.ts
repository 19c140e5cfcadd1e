import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

test('a member that only a function without a way back takes names the export that is missing', async () => {
  const config = `datasets:
  days:
    files: days.json
    key: id
    rest: reject
    columns: { id: integer, day: { from: /date, type: text, with: ./dates.mjs#midnight } }
`;
  const root = {
    'data/days.json': [{ id: 1, date: '2024-01-01' }],
    'dates.mjs': "export const midnight = (day) => day + ' 00:00';\n",
  };
  const cwd = plant({ ...root, 'migrate-json.config.yaml': config });
  const { code, stdout, stderr } = await runCli(['validate', './data'], { cwd });
  const said = stdout.replaceAll(/\s+/g, ' ');
  expect([code, said], stderr).toEqual([
    1,
    expect.stringContaining('no export ./dates.mjs#midnightBack, which writes it'),
  ]);
});

test('schema check names the column of a foreign key that a missing link may be', async () => {
  const config = `datasets:
  animals:
    files: animals.json
    table: animal
    key: id
    rest: reject
    columns: { id: integer }
    children:
      weights:
        records: /weights/*
        table: weight
        key: [animal_id, at]
        order: none
        columns: { at: text }
`;
  const cwd = plant({ 'migrate-json.config.yaml': config });
  await queryTarget(
    `sqlite:${cwd}/vet.db`,
    'CREATE TABLE animal (id integer PRIMARY KEY)',
    'CREATE TABLE weight (animal_fk integer NOT NULL REFERENCES animal, at text, PRIMARY KEY (animal_fk, at))',
  );
  const { stdout, stderr } = await runCli(['schema', 'check', '--to', 'vet.db'], { cwd });
  expect(stdout, stderr).toContain('animal_fk refers to animal: if that is it, write `link: { animal_fk: id }`');
});
