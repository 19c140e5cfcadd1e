import fc, { type Arbitrary } from 'fast-check';
import { numberText, objectText, strangeMembers, textText, valueText } from './json-texts.ts';

type Members = [string, string][];

const quoted = (values: Arbitrary<string>) => values.map((value) => JSON.stringify(value));

/** Times near each other, so that keys collide; with and without fraction, zone and sense. */
const timeText = quoted(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .date({ min: new Date('2025-01-01'), max: new Date('2025-01-01T00:00:09Z'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '2025-03-30T02:30:00',
        '2025-10-26 02:30:00.123456',
        '2024-02-29T23:59:59.999999+14:00',
        '1970-01-01T00:00:00-12:00',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '2023-02-29T00:00:00',
        'now',
        '',
        '0001-01-01T00:00:00Z',
        '9999-12-31T23:59:59.999999Z',
      ),
    },
  ),
);

/** Mostly what is expected, sometimes anything, sometimes nothing. */
function usually(expected: Arbitrary<string>): Arbitrary<string | undefined> {
  return fc.oneof(
    { weight: 12, arbitrary: expected },
    { weight: 1, arbitrary: valueText },
    { weight: 1, arbitrary: fc.constant('null') },
    { weight: 3, arbitrary: fc.constant(undefined) },
  );
}

function record(members: Readonly<Record<string, Arbitrary<string | undefined>>>): Arbitrary<string> {
  return fc.tuple(fc.record(members), strangeMembers).map(([known, strange]) => {
    const given = Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return objectText([...given, ...strange.filter(([name]) => !(name in known))]);
  });
}

const list = (items: Arbitrary<string>, maxLength: number) =>
  fc.array(items, { maxLength }).map((texts) => `[${texts.join(',\n')}]`);

const settings: Arbitrary<string> = fc
  .tuple(
    fc.record({
      LOG_LEVEL: usually(textText),
      CONFIDENCE_THRESHOLD: usually(fc.oneof(fc.double({ min: 0, max: 1 }).map(String), numberText)),
      REQUEST_TIMEOUT: usually(
        fc.oneof(
          numberText,
          numberText.map((number) => `"${number}"`),
        ),
      ),
      DEBUG_MODE: usually(fc.constantFrom('true', 'false', '"True"', '"0"', '1')),
      OPENAI_API_KEY: usually(fc.oneof(textText, fc.constant('"********"'))),
    }),
    strangeMembers,
  )
  .map(([known, strange]) => {
    const given = Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return objectText([...given, ...strange] as Members);
  });

const message = record({
  role: usually(quoted(fc.constantFrom('user', 'assistant', 'system', 'tool'))),
  content: usually(textText),
  stage1: usually(list(record({ model: textText, response: textText }), 2)),
  stage3: usually(valueText),
  metadata: usually(valueText),
  timestamp: usually(timeText),
});

const conversation = record({
  id: usually(
    fc.oneof(quoted(fc.constantFrom('a', 'b', 'c', '1', '2')), fc.constantFrom('1', '2', '12345678901234567890')),
  ),
  user_id: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: quoted(fc.constantFrom('alice', 'bob')) },
  ),
  title: usually(textText),
  created_at: usually(timeText),
  updated_at: usually(timeText),
  messages: fc.oneof({ weight: 8, arbitrary: list(message, 3) }, { weight: 1, arbitrary: valueText }),
});

const usage = record({
  user_id: usually(quoted(fc.constantFrom('alice', 'bob', 'carol'))),
  tier: usually(quoted(fc.constantFrom('free', 'pro', 'enterprise'))),
  daily_count: usually(fc.oneof(fc.nat().map(String), numberText)),
  monthly_used: usually(fc.nat().map(String)),
  daily_limit: usually(fc.constantFrom('"unlimited"', '10', '999999')),
  total_queries: usually(
    fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
      fc.nat().map((n) => `"${n}"`),
    ),
  ),
  last_daily_reset: usually(quoted(fc.constantFrom('2025-01-31', '2024-02-29', '2023-02-29'))),
});

const share = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(String) },
  { weight: 1, arbitrary: numberText },
);
const measurement = record({
  timestamp: usually(timeText),
  cpu_usage: usually(share),
  memory_percent: usually(share),
  load_1m: usually(fc.oneof(share, numberText)),
  network_rx: usually(numberText),
  is_anomaly: usually(fc.constantFrom('true', '0', '1', '"false"')),
  source: fc.oneof(fc.constant(undefined), quoted(fc.constantFrom('web-1', 'wéb-2'))),
  created_at: usually(timeText),
});

/** Ids that meet in the references of predictions to events. */
const eventId = fc.constantFrom('1', '2', '3', '"1"', '"x"');

const event = record({
  id: fc.oneof(fc.constant(undefined), eventId),
  user_id: usually(fc.constantFrom('5', '"5"', '"alice"')),
  api_key: usually(quoted(fc.constantFrom('sk-one', 'sk-two', 'a'.repeat(64)))),
  timestamp: usually(timeText),
  payload: fc.oneof(fc.constant('{"protocol_type":"TCP"}'), valueText),
  ip: usually(textText),
});

const prediction = record({
  id: fc.oneof(fc.constant(undefined), fc.nat({ max: 5 }).map(String)),
  event_id: fc.oneof(fc.constant(undefined), eventId),
  user_id: usually(fc.constantFrom('5', '6')),
  api_key: usually(quoted(fc.constantFrom('sk-one', 'sk-two'))),
  timestamp: usually(timeText),
  payload: fc.oneof(fc.constant(undefined), fc.constant('{}')),
  prediction: fc.oneof(
    fc.constantFrom('{"prediction":1,"probability":0.75}', '{"prediction":"0","attack_detected":"true"}', '{}'),
    valueText,
  ),
  risk_score: usually(numberText),
  attack_detected: usually(fc.constantFrom('true', '0', '"False"')),
  ip: usually(textText),
});

const user = record({
  id: usually(fc.constantFrom('5', '"5"', '"alice"', '"bob"')),
  email: usually(quoted(fc.constantFrom('a@example.org', 'b@example.org', 'ü@example.org'))),
  username: usually(quoted(fc.constantFrom('ann', 'bob'))),
  role: usually(quoted(fc.constantFrom('admin', 'viewer'))),
  is_active: usually(fc.constantFrom('true', '0', '"false"')),
  created_at: usually(timeText),
});

const analysis = record({
  analysis_id: usually(quoted(fc.constantFrom('analysis_1735689600000', 'analysis_2', 'x'))),
  user_id: usually(quoted(fc.constantFrom('alice', 'carol'))),
  request: usually(record({ query: textText, timestamp: usually(timeText) })),
  response: usually(record({ status: usually(quoted(fc.constant('answer'))), confidence: usually(numberText) })),
  status: fc.oneof(fc.constant(undefined), textText),
  created_at: usually(timeText),
});

const auditEntry = record({
  id: fc.oneof(fc.constant(undefined), fc.nat({ max: 3 }).map(String)),
  user_id: usually(quoted(fc.constantFrom('alice', 'dave'))),
  action: usually(quoted(fc.constantFrom('login', 'delete'))),
  resource: usually(textText),
  details: usually(valueText),
  timestamp: usually(timeText),
});

const model = record({
  model_name: usually(quoted(fc.constantFrom('m', 'n'))),
  version: usually(fc.constantFrom('"1"', '"2"', '3')),
  model_type: usually(textText),
  description: usually(textText),
  training_timestamp: usually(timeText),
  thresholds: fc.constant('{"cpu":1}'),
  performance: usually(record({ accuracy: usually(share), recall: usually(share), other: valueText })),
  training_data_size: usually(fc.constantFrom('145', '"145"', '0')),
});

const keyHashText = fc.constantFrom('a', 'b', 'c').map((digit) => `"${digit.repeat(64)}"`);

const apiKey = record({
  id: fc.oneof(fc.constant(undefined), fc.nat({ max: 3 }).map(String)),
  key_hash: fc.oneof(fc.constant(undefined), keyHashText),
  key: fc.oneof(fc.constant(undefined), quoted(fc.constantFrom('sk-one', 'sk-two'))),
  name: usually(quoted(fc.constantFrom('one', 'two'))),
  level: usually(quoted(fc.constantFrom('read', 'write', 'admin'))),
  user: fc.oneof(fc.constant(undefined), quoted(fc.constantFrom('alice', 'erin'))),
  rate_limit: usually(fc.nat().map(String)),
  created: usually(timeText),
});

const apiKeyUse = record({
  id: fc.oneof(fc.constant(undefined), fc.nat({ max: 3 }).map(String)),
  key_hash: fc.oneof(fc.constant(undefined), keyHashText),
  key_name: fc.oneof(fc.constant(undefined), quoted(fc.constantFrom('one', 'two', 'three'))),
  api_key_id: fc.oneof(fc.constant(undefined), fc.nat({ max: 3 }).map(String)),
  endpoint: usually(textText),
  status_code: usually(fc.constantFrom('200', '"404"')),
  created_at: usually(timeText),
});

const modelPrediction = record({
  id: fc.oneof(fc.constant(undefined), fc.nat({ max: 3 }).map(String)),
  model_name: usually(quoted(fc.constantFrom('m', 'n', 'o'))),
  version: usually(fc.constantFrom('"1"', '"2"', '3')),
  predicted_anomaly: usually(fc.constantFrom('true', '1', '"0"')),
  confidence_score: usually(share),
  metric_timestamp: fc.oneof(fc.constant(undefined), timeText),
  created_at: usually(timeText),
});

const anomaly = record({
  timestamp: usually(timeText),
  source: usually(quoted(fc.constantFrom('web-1', 'db'))),
  anomaly_detected: usually(fc.constantFrom('true', '0')),
  severity: usually(quoted(fc.constantFrom('low', 'critical'))),
  confidence_score: usually(share),
});

const completion = record({
  timestamp: usually(timeText),
  success: usually(fc.constantFrom('true', 'false', '1')),
  is_streaming: usually(fc.constantFrom('true', 'false')),
  timing: usually(record({ response_time_ms: usually(numberText), time_to_first_token_ms: usually(numberText) })),
  tokens: usually(record({ prompt: usually(fc.nat().map(String)), total: usually(fc.constantFrom('150', '"x"')) })),
  prompt_tokens: fc.oneof(fc.constant(undefined), fc.nat().map(String)),
  model: usually(textText),
});

/** Now and then the end of a file is missing. */
function sometimesCut(file: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(file, fc.nat({ max: 40 }), fc.nat())
    .map(([whole, chance, at]) => (chance === 0 ? whole.slice(0, at % (whole.length + 1)) : whole));
}

const file = (paths: readonly string[], content: Arbitrary<string>): Arbitrary<[string, string]> =>
  fc.tuple(fc.constantFrom(...paths), sometimesCut(content));

/** A legacy directory: the text of each file by path. */
export const directory: Arbitrary<Readonly<Record<string, string>>> = fc
  .array(
    fc.oneof(
      file(['settings.json', 'alice/settings.json', 'bob/settings.json'], settings),
      file(
        [
          'conversations/alice/a.json',
          'conversations/alice/b.json',
          'conversations/bob/1.json',
          'conversations/old.json',
        ],
        conversation,
      ),
      file(['conversations/all.json', 'conversations/alice/more.json'], list(conversation, 4)),
      file(
        ['conversations/lines.jsonl'],
        fc.array(conversation, { maxLength: 4 }).map((lines) => lines.join('\n')),
      ),
      file(['usage/alice/usage.json', 'usage/bob/usage.json'], usage),
      file(['metrics/m1.json', 'metrics/m2.json'], list(measurement, 6)),
      file(['events.json', 'z/events.json', 'client_events.json'], list(event, 4)),
      file(['predictions.json', 'a/predictions.json'], list(prediction, 4)),
      file(['users.json', 'z/users.json'], list(user, 3)),
      file(['analyses.json', 'more/analyses.json'], list(analysis, 3)),
      file(['audit_logs.json', 'a/audit_logs.json'], list(auditEntry, 4)),
      file(['models/m.json', 'models/n.json'], model),
      file(['models/all.json'], list(model, 3)),
      file(['api_keys.json', 'a/api_keys.json'], list(apiKey, 3)),
      file(['api_key_usage.json'], list(apiKeyUse, 4)),
      file(['model_predictions.json'], list(modelPrediction, 4)),
      file(['anomaly_predictions.json'], list(anomaly, 3)),
      file(['completion_requests.json'], list(completion, 4)),
      file(
        ['metrics/lines.ndjson'],
        fc.array(measurement, { maxLength: 6 }).map((lines) => lines.join('\n')),
      ),
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((files) => Object.fromEntries(files));
