import fc, { type Arbitrary } from 'fast-check';
import type { Column } from '../../src/schema/table.ts';
import { numberText, valueText } from './json-texts.ts';

const timeText = fc.oneof(
  fc
    .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    .map((date) => date.toJSON()),
  fc.constantFrom('2025-01-31 12:00:00', '2025-01-31T12:00:00.123456+02:00'),
);

/** The JSON text of what a column of this kind wants. */
export function goodText({ type, max = 20, oneOf, ...bounds }: Column): Arbitrary<string> {
  const [min, most] = [Number(bounds.min ?? 0), Number(bounds.most ?? 1000)];
  switch (type) {
    case 'integer':
      return fc.integer({ min, max: most }).map(String);
    case 'real':
      return fc.double({ min, max: most, noNaN: true }).map(String);
    case 'boolean':
      return fc.constantFrom('true', 'false', '0', '1');
    case 'timestamp':
      return timeText.map((text) => JSON.stringify(text));
    case 'date':
      return fc.constant('"2024-02-29"');
    case 'json':
      return fc.json({ maxDepth: 2 });
    default: {
      const texts = fc.constantFrom('', 'x'.repeat(Math.min(max, 10)), '42', '-7', '007');
      return (oneOf ? fc.constantFrom(...oneOf) : texts).map((text) => JSON.stringify(text));
    }
  }
}

/** What is just not, or just still what it wants. */
export function doubtfulText({ type, max = 20, ...bounds }: Column): Arbitrary<string> {
  const [min, most] = [Number(bounds.min ?? 0), Number(bounds.most ?? 1000)];
  switch (type) {
    case 'integer':
    case 'real':
      return fc.oneof(numberText, fc.constantFrom(min - 1, min, most, most + 1).map(String));
    case 'boolean':
      return fc.constantFrom('-0', '2', '"true"', '1e0');
    case 'timestamp':
      return fc.constantFrom('"2025-10-26T02:30:00"', '"2025-03-30T02:30:00"', '"9999-12-31T23:59:59-01:00"', '"now"');
    case 'date':
      return fc.constantFrom('"2023-02-29"', '"2024-02-29T00:00:00Z"');
    case 'json':
      return valueText;
    default:
      return fc
        .constantFrom('x'.repeat(max), '🙂'.repeat(max), 'x'.repeat(max + 1), '🙂'.repeat(max + 1))
        .map((text) => JSON.stringify(text));
  }
}
