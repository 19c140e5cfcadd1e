import { describe, test } from 'vitest';
import { expectAsWritten, LONG_PAGES } from '../setup/command-pages.ts';

describe('the commands of the long guides do what they say', () => {
  test.each(LONG_PAGES)('%s', async (_document, blocks) => expectAsWritten(blocks));
});
