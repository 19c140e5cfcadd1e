import { describe, expect, test } from 'vitest';
import { looksSensitive } from '../../src/inference/sensitive.ts';
import { proposedFor, records } from '../setup/proposed.ts';

const SECRETS = [
  'ann.lee@example.com',
  '+49 170 1234567',
  '(030) 123-4567',
  'sk-live-4eC39HqLyjWDarjtT1zdp7dc',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
  '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  '5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8',
];

describe('what looks sensitive', () => {
  test.for(SECRETS)('%s', (text) => {
    expect(looksSensitive(text)).toBe(true);
  });

  test.for([
    'status',
    '2024-01-05',
    '17',
    '1234567890',
    '3.14159265',
    '01.02.2024',
    '12345678-1234-4123-8123-123456789012',
    'a-b-c',
    'averageMonthlyRevenuePerCustomer2024',
    'images/products/2024/photo_1.jpg',
    '',
  ])('not "%s"', (text) => {
    expect(looksSensitive(text)).toBe(false);
  });

  test('a long text is looked at in time', () => {
    const begin = performance.now();
    for (const text of ['a'.repeat(1_000_000), '@'.repeat(1_000_000), '1 '.repeat(500_000)]) looksSensitive(text);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('what a proposal says of values', () => {
  const rows = (make: (n: number) => object) => records(24, (n) => ({ id: n, ...make(n) }));

  test('the few values of a kind are a comment', async () => {
    const { text, proposed } = await proposedFor({
      'orders.json': rows((n) => ({
        status: ['Open', 'Paid', 'x: #y'][n % 3],
        mode: n % 2 ? 'on' : 'off',
        waiter: n % 2 ? 'Anna' : 'Ben',
        station: n % 2 ? 'Anna' : 'Ben',
        word: n === 1 ? 'seldom' : 'often',
        mail: n % 2 ? 'a' : 'b',
      })),
    });
    expect(text).toMatch(/status: .* # 24\/24, enum: \[Open, Paid, "x: #y"\]\n/);
    expect(text).toMatch(/mode: .* # 24\/24, enum: \["off", "on"\]\n/);
    for (const hidden of ['Anna', 'seldom', 'enum: [a']) expect(text).not.toContain(hidden);
    expect(proposed['orders']?.columns).toMatchObject({ status: { type: 'text', required: true } });
  });

  test('secrets and personal data in values and in names are not in it', async () => {
    const list = SECRETS.flatMap((secret) => records(3, () => secret));
    const files = {
      'tokens.json': list.map((secret, id) => ({ id, status: secret, type: secret, note: secret })),
      'map.json': Object.fromEntries(SECRETS.map((secret, n) => [secret, { n, kind: 'x' }])),
      'mixed.json': { title: 'x', count: 3, ...Object.fromEntries(SECRETS.slice(0, 2).map((secret) => [secret, 5])) },
      'deep.json': records(20, (id) => ({ id, seen: Object.fromEntries(SECRETS.map((secret) => [secret, id])) })),
      'lists.json': {
        title: 'x',
        users: [{ id: 1 }],
        [SECRETS[0] ?? '']: [{ id: 7 }],
        [SECRETS[3] ?? '']: { a: 1, b: 2 },
      },
    };
    const { text } = await proposedFor(files);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});
