import { expect, test } from 'vitest';
import { together } from '../../src/system/together.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const goOn = (): void => undefined;

test('both results are there when both works have ended', async () => {
  const order: string[] = [];
  const work = async (name: string, turns: number): Promise<string> => {
    for (let each = 0; each < turns; each++) await turn();
    order.push(name);
    return name;
  };
  expect(
    await together(
      goOn,
      () => work('one', 5),
      () => work('other', 1),
    ),
  ).toEqual(['one', 'other']);
  expect(order).toEqual(['other', 'one']);
});

test.each(['first', 'second'])('where the %s fails the other ends, and the failure is thrown', async (failing) => {
  let turns = 0;
  const failed = async (): Promise<never> => {
    await turn();
    throw new Error('refused');
  };
  const endless = async (throwIfOver: () => void): Promise<never> => {
    for (;;) {
      throwIfOver();
      turns++;
      await turn();
    }
  };
  const both = failing === 'first' ? together(goOn, failed, endless) : together(goOn, endless, failed);
  await expect(both).rejects.toThrow('refused');
  const after = turns;
  await turn();
  expect(turns).toBe(after);
});

test('what stops the work from outside ends both', async () => {
  let isStopped = false;
  let ended = 0;
  const throwIfStopped = (): void => {
    if (isStopped) throw new Error('interrupted');
  };
  const work = async (throwIfOver: () => void): Promise<never> => {
    try {
      for (;;) {
        throwIfOver();
        await turn();
      }
    } finally {
      ended++;
    }
  };
  setImmediate(() => {
    isStopped = true;
  });
  await expect(together(throwIfStopped, work, work)).rejects.toThrow('interrupted');
  expect(ended).toBe(2);
});
