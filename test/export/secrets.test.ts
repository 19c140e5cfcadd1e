import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const CONFIG = {
  datasets: {
    mail: {
      files: 'mail.json',
      key: 'id',
      columns: { id: 'integer', host: 'text', password: { secret: 'sha256' }, pin: { type: 'text', secret: 'mask' } },
      children: {
        aliases: {
          records: '/aliases/*',
          columns: { position: { from: '$position', type: 'integer' }, token: { secret: 'sha256' } },
        },
      },
    },
  },
};
const MAIL = [
  { id: 1, host: 'a', password: 'one', aliases: [{ token: 'x' }, { token: 'y' }] },
  { id: 2, host: 'b', password: 'two', pin: '1234' },
  { id: 3, host: 'c' },
];

test.each(PRODUCTS)(
  'secrets that only %s has as hashes are named and counted, as is what a load would take',
  async (product) => {
    const url = await freshUrl(product);
    const root = plant({ 'mail.json': MAIL, 'migrate-json.config.json': CONFIG });
    const cli = (...words: readonly string[]) => runCli([...words, '--config', join(root, 'migrate-json.config.json')]);
    expect((await cli('run', root, '--to', url)).code).toBe(0);
    const directory = join(plant(), 'export');
    const { code, stdout, stderr } = await cli('export', directory, '--from', url, '--json');
    expect([code, JSON.parse(stdout).secrets]).toEqual([0, { 'mail.password': 2, 'mail.pin': 1, 'aliases.token': 2 }]);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      'not in the export: 2 values of mail.password, of which the database',
    );
    expect(readFileSync(join(directory, 'mail.json'), 'utf8')).not.toMatch(/password|pin|token/);
  },
);
