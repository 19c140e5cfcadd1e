import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { yamlText } from '../../src/inference/yaml-text.ts';
import { random } from '../setup/random.ts';
import { randomString } from '../setup/random-strings.ts';

test.each([
  'yes',
  'null',
  '~',
  '12',
  '1e3',
  '',
  ' a',
  'a ',
  '- a',
  '#a',
  'a: b',
  'a #b',
  "it's",
  '"',
  '\\',
  '{a}',
  '[a]',
  '&a',
  '!a',
  '*',
  '/*',
  '/<a>',
  '@',
  '%',
  '|',
  'a\nb',
  '\u0085',
  '\u2028',
  '\ufeff',
  '😀',
  '\u{2d358}',
  'e\u0301',
])('%j is read as it was, as a name and as a value', (text) => {
  expect(
    parse(yamlText([{ name: text, value: [{ name: 'a', value: { [text]: [text, 1, true] } }], comment: text }])),
  ).toEqual({
    [text]: { a: { [text]: [text, 1, true] } },
  });
});

test('so is any text', () => {
  const { seed, next } = random();
  for (let count = 0; count < 500; count++) {
    const text = randomString({ seed, next }).replace(/[\ud800-\udfff]/gu, '');
    expect(parse(yamlText([{ name: 'a', value: text, comment: text }])), `seed ${seed}`).toEqual({ a: text });
  }
});
