import { expect, onTestFinished, test } from 'vitest';
import { NAUGHTY_STRINGS } from '../setup/corpora.ts';
import { loadIntoSchema } from '../setup/hostile-schemas.ts';
import { freshTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

test.skipIf(!NAUGHTY_STRINGS.isPresent)(
  `${NAUGHTY_STRINGS.title}: each is the name of a PostgreSQL schema, or refused as no name`,
  async () => {
    const root = plant({ 'conversations/alice/c.json': { id: 'c', messages: [] } });
    const target = await freshTarget('PostgreSQL');
    onTestFinished(() => target.drop());
    const refused: string[] = [];
    for (const name of new Set(NAUGHTY_STRINGS.strings)) {
      if (name === '' || Buffer.byteLength(name) > 63) {
        await expect(loadIntoSchema(root, target.url, name)).rejects.toMatchObject({ code: 'invalid-option' });
        refused.push(name);
        continue;
      }
      const { loaded, isThere } = await loadIntoSchema(root, target.url, name);
      expect([loaded.exitCode, isThere], `${JSON.stringify(name)}: ${loaded.error}`).toEqual([0, true]);
    }
    expect(refused).toHaveLength(108);
  },
);
