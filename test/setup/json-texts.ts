import fc, { type Arbitrary } from 'fast-check';

/** Numbers of all sizes, as a file may spell them; also what is no JSON but written by Python. */
export const numberText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map(String) },
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('-0', '1.0', '1e0', '1E+5', '0.10', '1e400', '1e-400', '5e-324', '9007199254740993'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('NaN', 'Infinity', '-Infinity', `0.${'1234567890'.repeat(4)}`, '9'.repeat(40)),
  },
);

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u0000', '\ud800', '\udc00x', '\ufeff', '\u2028', '\\', '\t\r\n', '"', '\\N', '\\.'),
  },
);

export const textText: Arbitrary<string> = text.map((value) => JSON.stringify(value));

const memberName = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', 'id', 'a/b', '~', '0', '', 'ключ'),
  },
);

/** An object with these members, in the order given; of members with one name now and then both. */
export function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')}}`;
}

const { value: anyText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(numberText, textText, fc.constantFrom('null', 'true', 'false')),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc.array(fc.tuple(memberName, tie('value')), { maxLength: 3 }).map(objectText),
  ),
}));

/** Any JSON value as text: nested, with numbers and strings of all kinds. */
export const valueText: Arbitrary<string> = anyText;

/** Members that no dataset knows. */
export const strangeMembers: Arbitrary<[string, string][]> = fc.uniqueArray(fc.tuple(memberName, valueText), {
  maxLength: 2,
  selector: ([name]) => name,
});
