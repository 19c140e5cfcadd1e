import { expect, test } from 'vitest';
import { patternProblem } from '../../src/declarations/text-pattern.ts';

test.each([
  '^([a-z]+)-(\\d+)$',
  '(\\d+)(?:,\\d{3})*',
  '((ab)+)c',
  '(?:x{2})+',
  '\\((\\d+)\\)+',
  '[(+)*]+',
  '(?<year>\\d{4})',
  '(a|b)?c',
  '(a+b)?',
  '(.*)x',
])('the pattern %s is one', (pattern) => {
  expect(patternProblem(pattern)).toBeUndefined();
});

test.each([
  ['(a+)+', 'for ever'],
  ['(a*)*', 'for ever'],
  ['(a?)+', 'for ever'],
  ['(a|a)*', 'for ever'],
  ['(a{1,3}){2,}', 'for ever'],
  ['((a+)b)*', 'for ever'],
  ['(?:(?:a|b)c)+', 'for ever'],
  ['([)]+)+', 'for ever'],
  ['(a)\\1', 'refer back'],
  ['(?<n>a)\\k<n>', 'refer back'],
  ['(', 'unterminated group'],
  ['a{2,1}', 'out of order'],
])('the pattern %s is refused', (pattern, words) => {
  expect(patternProblem(pattern)).toContain(words);
});
