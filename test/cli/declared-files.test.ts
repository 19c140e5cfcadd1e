import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliResult, runCli } from '../setup/cli.ts';
import { plant, type Tree } from '../setup/trees.ts';

const DATA: Tree = { 'data/orders.json': [{ id: 'a' }, { id: 'b' }], 'data/users.json': [{ id: 'u', name: 'Ada' }] };
const CONFIG = 'migrate-json.config.yaml';
const ORDERS = 'datasets:\n  orders: { files: orders.json, key: id, columns: { id: text } }\n';
const USERS = 'datasets:\n  users: { files: users.json, key: id, columns: { id: text, name: text } }\n';

const validate = (cwd: string, ...more: string[]): Promise<CliResult> => runCli(['validate', 'data', ...more], { cwd });

/** The lines of mistakes, of a call that ends with exit code 2 and without a stack trace. */
async function mistakes(cwd: string, ...more: string[]): Promise<readonly string[]> {
  const { code, stderr } = await validate(cwd, ...more);
  const lines = stderr.trimEnd().split('\n');
  const head = lines.shift() ?? '';
  expect([code, head]).toEqual([2, expect.stringMatching(/^error: /)]);
  if (!head.endsWith('mistakes in the configuration')) lines.unshift(head.slice('error: '.length));
  expect(lines.pop()).toMatch(/^hint: /);
  expect(stderr).not.toMatch(/^ +at /m);
  return lines;
}

describe('files of datasets', () => {
  test.each([
    ['a glob', 'datasets: ./datasets/*.yaml\n'],
    ['a list', 'datasets: [datasets/orders.yaml, "./datasets/u*.yaml"]\n'],
    ['globs that meet', 'datasets: [./datasets/*.yaml, ./datasets/*.yaml]\n'],
  ])('are named by %s, and load', async (_name, config) => {
    const cwd = plant({
      ...DATA,
      [CONFIG]: config,
      'datasets/orders.yaml': ORDERS,
      'datasets/users.yaml': `${USERS}tables:\n  users: { unique: [[name]] }\n`,
    });
    const { code, stdout } = await validate(cwd, '--json');
    expect([code, JSON.parse(stdout).totals.records_loaded]).toEqual([0, 3]);
  });

  test('may be JSON and JavaScript, and the config a module', async () => {
    const cwd = plant({
      ...DATA,
      'migrate-json.config.js': 'export default { datasets: "./d/*" };\n',
      'd/orders.json': {
        $schema: 'x',
        datasets: { orders: { files: 'orders.json', key: 'id', columns: { id: 'text' } } },
      },
      'd/users.js':
        'export default { datasets: { users: { files: "users.json", columns: { id: "text", name: "text" } } } };',
      'd/README.md': '# no datasets',
    });
    expect((await validate(cwd)).code).toBe(0);
  });

  test('have their mistakes told with those of the config, by file and line', async () => {
    const cwd = plant({
      ...DATA,
      [CONFIG]: 'datasets: ./datasets/*.yaml\ntables:\n  order: {}\n',
      'datasets/orders.yaml': ORDERS.replace('key: id', 'key: uid'),
      'datasets/users.yaml': `\n${USERS.replace('name: text', 'name: txt, tipe: { form: /a }')}`,
    });
    expect(await mistakes(cwd)).toEqual([
      'datasets/orders.yaml:2:33  datasets.orders.key: the table orders has no column uid: there is id',
      'datasets/users.yaml:3:61  datasets.users.columns.name: there is no type txt; did you mean text?',
      'datasets/users.yaml:3:80  datasets.users.columns.tipe.form: there is no form here; did you mean from?',
      'migrate-json.config.yaml:3:3  tables.order: no dataset feeds a table order; did you mean orders?',
    ]);
  });

  test('declare a dataset once: both places are told', async () => {
    const cwd = plant({
      ...DATA,
      [CONFIG]: 'datasets: ./datasets/*.yaml\n',
      'datasets/a.yaml': `# first\n${ORDERS}`,
      'datasets/b.yaml': ORDERS,
    });
    expect(await mistakes(cwd)).toEqual([
      'datasets/b.yaml:2:3  datasets.orders: datasets/a.yaml:3 declares it, too: take one of them out',
    ]);
  });

  test('hold datasets and tables, and nothing else', async () => {
    const cwd = plant({
      ...DATA,
      [CONFIG]: 'datasets: ./datasets/*.yaml\n',
      'datasets/a.yaml': `${ORDERS}strict: true\ntable: {}\n`,
      'datasets/b.yaml': '- orders\n',
      'datasets/c.yaml': 'datasets: [a\n',
      'datasets/d.yaml': 'datasets: ./more/*.yaml\n',
    });
    expect(await mistakes(cwd)).toEqual([
      'datasets/a.yaml:3:1  strict: a file of datasets has no strict: write it in the config file',
      'datasets/a.yaml:4:1  table: a file of datasets has no table; did you mean tables?',
      'datasets/b.yaml:1:1  write `datasets:`, and below it each dataset by its name',
      expect.stringMatching(/^datasets\/c\.yaml:\d+:\d+ {2}\S/),
      'datasets/d.yaml:1:1  datasets: write a map here: names, and what each of them is',
    ]);
  });

  test.each([
    ['above the folder of the config', '../datasets/*.yaml', 'in the folder of the config file or below'],
    ['by an absolute path', '/etc/*.yaml', 'in the folder of the config file or below'],
    ['that are not there', './nothing/*.yaml', 'no file has such a name'],
  ])('%s are refused', async (_name, glob, words) => {
    const cwd = plant({ ...DATA, [CONFIG]: `strict: true\ndatasets:\n  - ${glob}\n` });
    const [line, ...others] = await mistakes(cwd);
    expect([line, others]).toEqual([expect.stringContaining(words), []]);
    expect(line).toMatch(/^migrate-json\.config\.yaml:3:5 {2}datasets\.0: /);
  });

  test('do not lead out of the folder by a link or by braces', async () => {
    const outside = plant({ 'orders.yaml': ORDERS });
    const cwd = plant({ ...DATA, [CONFIG]: 'datasets: ./datasets/*.yaml\n' });
    mkdirSync(join(cwd, 'datasets'));
    symlinkSync(join(outside, 'orders.yaml'), join(cwd, 'datasets/orders.yaml'));
    expect(await mistakes(cwd)).toEqual([
      'datasets/orders.yaml  this file is a link out of the folder of the config file',
    ]);
    const inner = plant({
      'orders.yaml': ORDERS,
      [`inner/${CONFIG}`]: 'datasets: "{..,x}/orders.yaml"\n',
      'inner/data/a.json': [],
    });
    expect((await mistakes(join(inner, 'inner'))).join()).toMatch(/out of the folder|no file has such a name/);
  });

  test('are not a pipe, and nothing that everybody may write if nobody named the config', async () => {
    const cwd = plant({ ...DATA, [CONFIG]: 'datasets: ./datasets/*.yaml\n', 'datasets/orders.yaml': ORDERS });
    chmodSync(join(cwd, 'datasets/orders.yaml'), 0o666);
    expect(await mistakes(cwd)).toEqual(['datasets/orders.yaml  this file can be written by everybody']);
    expect((await validate(cwd, '--config', CONFIG, '--only', 'orders')).stderr).not.toContain('everybody');
    execFileSync('mkfifo', [join(cwd, 'datasets/pipe.yaml')]);
    expect(await mistakes(cwd, '--config', CONFIG)).toEqual(['datasets/pipe.yaml  this file is not a regular file']);
  });
});

describe('mistakes of a config', () => {
  test('are told all together, in the order of their places, without a value of it', async () => {
    const cwd = plant({
      ...DATA,
      [CONFIG]: `${ORDERS.replace('{ id: text }', '{ id: { value: 0815, type: integer, enum: [s3cret] }, b: decimal(12,2) }')}
  users:
    files: [users.json, /users.json]
    columns:
      name: { type: integer, default: s3cret, zone: s3cret }
      password: { value: { s3cret: s3cret } }
`,
    });
    const lines = await mistakes(cwd);
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'migrate-json.config.yaml:2:66  datasets.orders.columns.id.value',
      'migrate-json.config.yaml:2:87  datasets.orders.columns.id.enum',
      'migrate-json.config.yaml:2:119  datasets.orders.columns.b',
      'migrate-json.config.yaml:5:5  datasets.users.files',
      'migrate-json.config.yaml:7:30  datasets.users.columns.name.default',
      'migrate-json.config.yaml:7:47  datasets.users.columns.name.zone',
      'migrate-json.config.yaml:7:47  datasets.users.columns.name.zone',
      'migrate-json.config.yaml:8:19  datasets.users.columns.password.value',
    ]);
    expect(lines.join()).not.toMatch(/s3cret|0815/);
  });

  test.each([
    ['a comma at the end', '{\n  "datasets": {},\n}', '3:1', 'not valid JSON'],
    ['a comment', '{\n  // none\n  "datasets": {}\n}', '2:3', 'not valid JSON'],
    [
      'a number that loses its text',
      '{\n\t"datasets": { "o": { "files": "a", "columns": { "v": { "value": 1.0 } } } }\n}',
      '2:66',
      'quote it',
    ],
    ['a repeated key', '{\n"datasets": {},\n"datasets": {}\n}', '3:1', 'there twice'],
  ])('in JSON: %s', async (_name, text, place, words) => {
    const cwd = plant({ ...DATA, 'migrate-json.config.json': text });
    const [line, ...others] = await mistakes(cwd);
    expect([line, others]).toEqual([expect.stringContaining(words), []]);
    expect(line).toMatch(new RegExp(`^migrate-json\\.config\\.json:${place}  `));
  });

  test('in a module have a way and no line', async () => {
    const config = 'export default { datasets: { o: { files: "o.json", columns: { id: "txt" } } } };\n';
    const cwd = plant({ ...DATA, 'migrate-json.config.js': config });
    expect(await mistakes(cwd)).toEqual([
      'migrate-json.config.js  datasets.o.columns.id: there is no type txt; did you mean text?',
    ]);
  });

  test('are told of tables without datasets, and of a text that is too long', async () => {
    const cwd = plant({ ...DATA, [CONFIG]: 'tables: {}\n', 'long.yaml': `# ${'x'.repeat(1024 ** 2)}\n` });
    expect(await mistakes(cwd)).toEqual([expect.stringMatching(/datasets is missing/)]);
    expect(await mistakes(cwd, '--config', 'long.yaml')).toEqual([expect.stringMatching(/^long\.yaml {2}.*1 MiB/)]);
  });

  test('come before a line of a hostile name is obeyed', async () => {
    const cwd = plant({ ...DATA, [CONFIG]: `${ORDERS}  "a\\r\\e[2Jb\\nc": { columns: {} }\n` });
    expect(await mistakes(cwd)).toEqual([
      expect.stringContaining(String.raw`datasets.a\r\u001b[2Jb\nc: `),
      expect.anything(),
    ]);
  });

  test.each([
    ['more than 100 aliases', `a: &a x\nb: [${Array(101).fill('*a').join(', ')}]\n`, 'more than 100 aliases'],
    [
      'aliases of aliases',
      `a: &a [${Array(10).fill('x')}]\n${[...'bcdefg'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[index]}`)}]`).join('\n')}\n`,
      'more than 100000 values',
    ],
    ['a hundred thousand brackets', `a: ${'['.repeat(100_000)}\n`, 'nested too deeply'],
  ])('%s are refused at once', async (_name, text, words) => {
    const cwd = plant({ ...DATA, [CONFIG]: text });
    expect((await mistakes(cwd)).join()).toContain(words);
  });
});
