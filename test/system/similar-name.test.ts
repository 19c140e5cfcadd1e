import { expect, test } from 'vitest';
import { similarName } from '../../src/system/similar-name.ts';

const NAMES = ['run', 'runs', 'scan', 'verify', 'conversations', 'model_predictions', 'anomaly_predictions'];

test.each([
  ['rnu', 'run'],
  ['Scna', 'scan'],
  ['conversation', 'conversations'],
  ['conv', 'conversations'],
  ['veryfi', 'verify'],
  ['data', undefined],
  ['v', undefined],
  ['predictions', undefined],
])('%s stands for %s', (given, meant) => {
  expect(similarName(given, NAMES)).toBe(meant);
});
