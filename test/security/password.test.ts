import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { expectSilence, FAULTS, WAYS } from '../setup/failing-commands.ts';
import { preyIn, type StartedPrey } from '../setup/prey.ts';

let prey: StartedPrey;

beforeAll(async () => {
  prey = await preyIn();
});

afterAll(() => prey.remove());

/** All combinations: test/soak/password.soak.ts */
test.each(WAYS.map((way, index) => [way, Object.keys(FAULTS)[index] ?? ''] as const))(
  'a password that came by %s is told nowhere, loud as the run may be: %s',
  async (way, fault) => {
    await expectSilence(prey, way, fault);
  },
);

test('a password in the arguments is a warning of every command that takes one', async () => {
  for (const command of [
    ['run', '.', '--to'],
    ['runs', '--to'],
    ['schema', 'check', '--to'],
    ['export', 'dir', '--from'],
    ['doctor', '.', '--to'],
  ]) {
    const { stderr } = await runCli([...command, 'postgres://me:s3cret@127.0.0.1:1/app']);
    expect(stderr).toMatch(/^warning: .*process|^warning: .*password in --(to|from): use PGPASSWORD/m);
    expect(stderr).not.toContain('s3cret');
  }
});
