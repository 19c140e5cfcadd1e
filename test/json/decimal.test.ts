import { expect, test } from 'vitest';
import { decimalWithin, normalDecimal } from '../../src/json/decimal.ts';

test.each([
  ['12.50', '12.5'],
  ['-0.070', '-0.07'],
  ['1.2e3', '1200'],
  ['12E-1', '1.2'],
  ['1e-7', '0.0000001'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
  ['-0', '0'],
  ['-0.000', '0'],
  ['0e99', '0'],
  ['007.10', '7.1'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['NaN', 'NaN'],
  ['1e999999999', '1e999999999'],
  ['1e99999999999999999999', '1e99999999999999999999'],
])('%s is spelled %s without an exponent', (source, expected) => {
  expect(normalDecimal(source)).toBe(expected);
});

test.each([
  ['999.99', '999.99'],
  ['-999.99', '-999.99'],
  ['1000', undefined],
  ['0.001', undefined],
  ['0.010', '0.01'],
  ['1e2', '100'],
  ['1e3', undefined],
  ['1e-99999999999999999999', undefined],
  ['1e99999999999999999999', undefined],
  ['-0.0', '0'],
  ['+1', undefined],
  ['1,5', undefined],
  ['', undefined],
])('a decimal of five digits, two of them behind the point, holds %s as %s', (source, expected) => {
  expect(decimalWithin(source, 5, 2)).toBe(expected);
});

test('a decimal may have more digits behind the point than in all', () => {
  expect(decimalWithin('0.00123', 3, 5)).toBe('0.00123');
  expect(decimalWithin('0.01', 3, 5)).toBeUndefined();
});
