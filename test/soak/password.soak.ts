import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSilence, FAULTS, WAYS } from '../setup/failing-commands.ts';
import { preyIn, type StartedPrey } from '../setup/prey.ts';

let prey: StartedPrey;

beforeAll(async () => {
  prey = await preyIn();
});

afterAll(() => prey.remove());

const combinations = WAYS.flatMap((way) => Object.keys(FAULTS).map((fault) => [way, fault] as const));

test('there are 60 failing runs', () => {
  expect(combinations).toHaveLength(60);
});

test.each(combinations)('a password that came by %s is told nowhere: %s', async (way, fault) => {
  await expectSilence(prey, way, fault);
});
