import { sha256 } from '../hash/key-hash.ts';
import { canonicalJson } from '../json/canonical.ts';
import { compareDecimals, survivesDouble, wholeNumber } from '../json/decimal.ts';
import { readFaithfully } from '../json/parse.ts';
import { ExactNumber, emptyObject, isJsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import { fits, rowOf, type Value } from '../schema/table.ts';
import { userSettings as table } from '../schema/tables/accounts.ts';
import type { RecordAccount } from './account.ts';
import type { Dataset, MappingContext, RecordMapper, SourceRecord } from './dataset.ts';
import { accountForJson } from './inspect-json.ts';
import { kindOf } from './misfits.ts';
import { NOBODY } from './owner.ts';
import { countPlainKeys, PLAIN_KEY_STORED } from './plain-keys.ts';
import { booleanOf } from './repairs.ts';
import { isSecretName } from './secret-names.ts';
import { inDirectory } from './shapes.ts';
import { derivedId } from './uuid.ts';
import { extraOf } from './write-members.ts';

type SettingType = 'string' | 'int' | 'float' | 'bool' | 'path' | 'json';

const STRINGS = [
  'PRIMARY_LLM',
  'VISION_MODEL',
  'EMBEDDING_MODEL',
  'PROMETHEUS_URL',
  'GRAFANA_URL',
  'LOG_LEVEL',
  'LOG_FILE',
  'LOG_INDEX_NAME',
  'INCIDENT_INDEX_NAME',
  'RUNBOOK_INDEX_NAME',
] as const;
const SECRETS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GRAFANA_API_KEY'] as const;
const INTEGERS = [
  'MIN_EVIDENCE_SOURCES',
  'MAX_HYPOTHESES',
  'MAX_CONCURRENT_AGENTS',
  'REQUEST_TIMEOUT',
  'BATCH_SIZE',
] as const;
const BOOLEANS = ['DEBUG_MODE', 'SAVE_INTERMEDIATE_STATES'] as const;

const typed = (type: SettingType, keys: readonly string[]): [string, SettingType][] => keys.map((key) => [key, type]);

/** The keys that the old application knew, with their types. Other keys take the type of their value. */
const KNOWN = new Map<string, SettingType>([
  ...typed('string', STRINGS),
  ...typed('string', SECRETS),
  ...typed('int', INTEGERS),
  ...typed('bool', BOOLEANS),
  ['CONFIDENCE_THRESHOLD', 'float'],
  ['VECTOR_DB_PATH', 'path'],
]);

const MASKED = '********';
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What a setting of each type must look like once text has become its value. */
const FITS: Readonly<Record<SettingType, (value: JsonValue) => boolean>> = {
  string: (value) => typeof value === 'string',
  path: (value) => typeof value === 'string',
  int: (value) =>
    Number.isSafeInteger(value) || (value instanceof ExactNumber && wholeNumber(value.text) !== undefined),
  float: (value) => typeof value === 'number' || value instanceof ExactNumber,
  bool: (value) => typeof value === 'boolean',
  json: () => true,
};

const WORDS: Readonly<Record<SettingType, string>> = {
  string: 'text',
  path: 'text',
  int: 'a whole number',
  float: 'a number',
  bool: 'true or false',
  json: 'a value',
};

export interface Setting {
  readonly key: string;
  readonly type: SettingType;
  readonly value: string | null;
  /** The source's text where the value was repaired. */
  readonly source: string | undefined;
}

function compile(context: MappingContext): RecordMapper<Setting> {
  return {
    validate(record, _source, account) {
      const key = record.key ?? '';
      if (!fits(key, table.columns.key.max)) {
        account.reject(
          'too-long',
          '',
          `the name of a setting must be text of at most ${table.columns.key.max} characters`,
        );
        return undefined;
      }
      const setting = readSetting(key, record, account, context);
      if (setting?.value === MASKED || record.value === MASKED) {
        account.reject('masked-secret', '', `${key} holds only asterisks in place of its value`);
        return undefined;
      }
      account.columns++;
      return account.rejected ? undefined : setting;
    },
    map({ key, type, value, source }, { owner }) {
      const extra = source === undefined ? null : canonicalJson({ value: source });
      const row = rowOf(table, { id: derivedId(owner, key), user_id: owner, key, value, value_type: type, extra });
      return { root: table, row, owner, namesOwner: false, children: [] };
    },
  };
}

function readSetting(
  key: string,
  record: SourceRecord,
  account: RecordAccount,
  context: MappingContext,
): Setting | undefined {
  const type = KNOWN.get(key) ?? typeOf(record);
  if (record.value === null) return { key, type, value: null, source: undefined };
  if (record.value instanceof NonFinite && !KNOWN.has(key)) {
    account.repair('non-finite-as-text');
    return { key, type: 'string', value: record.value.text, source: undefined };
  }
  const { value, source } = fromText(type, withInnerSecrets(record.value, account, context));
  if (value instanceof NonFinite) {
    account.reject('non-finite-number', '', `${key} is ${value.text}, which is no number`);
    return undefined;
  }
  if (!FITS[type](value)) {
    account.reject('wrong-type', '', `${key} must be ${WORDS[type]}, not ${kindOf(record.value)}`);
    return undefined;
  }
  if (key === 'CONFIDENCE_THRESHOLD' && !isShare(value)) {
    account.reject('out-of-range', '', `${key} must be a number from 0 to 1`);
    return undefined;
  }
  if (source !== undefined) account.repair('setting-from-text');
  const text = source !== undefined && type !== 'bool' ? source.trim() : textOf(value, record, account);
  return { key, type, value: context.hashSecrets && isSecret(key) ? sha256(text) : text, source };
}

/** A value that is JSON may hold secrets inside of it, under names of its own. */
function withInnerSecrets(value: JsonValue, account: RecordAccount, context: MappingContext): JsonValue {
  if (context.hashSecrets) return withHashedSecrets(value);
  if (!context.keepPlainKeys && countPlainKeys('', value) > 0) account.warn('plain-key-stored', PLAIN_KEY_STORED);
  return value;
}

function withHashedSecrets(value: JsonValue, name = ''): JsonValue {
  if (typeof value === 'string') return value !== '' && isSecret(name) ? sha256(value) : value;
  if (Array.isArray(value)) return value.map((item) => withHashedSecrets(item, name));
  if (!isJsonObject(value)) return value;
  const copy = emptyObject();
  for (const [member, item] of Object.entries(value)) copy[member] = withHashedSecrets(item, member);
  return copy;
}

/** Hand-edited files hold "0.7" or "true" as text where a number or a boolean is meant. */
function fromText(type: SettingType, value: JsonValue): { value: JsonValue; source?: string } {
  if (typeof value !== 'string') return { value };
  const text = value.trim();
  if (type === 'bool') {
    const truth = booleanOf(text);
    return truth === undefined ? { value } : { value: truth, source: value };
  }
  if ((type !== 'int' && type !== 'float') || !JSON_NUMBER.test(text)) return { value };
  return { value: survivesDouble(text) ? Number(text) : new ExactNumber(text), source: value };
}

function typeOf({ value, text }: SourceRecord): SettingType {
  if (typeof value === 'string' || value === null) return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || value instanceof ExactNumber) return /[.eE]/.test(text) ? 'float' : 'int';
  return 'json';
}

/** The text that reads back as exactly the source's value: numbers as the source spells them. */
function textOf(value: JsonValue, record: SourceRecord, account: RecordAccount): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || value instanceof ExactNumber) return record.text;
  accountForJson(value, '', account);
  return canonicalJson(value);
}

function isShare(value: JsonValue): boolean {
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) return false;
  const text = value instanceof ExactNumber ? value.text : String(value);
  return compareDecimals(text, '0') >= 0 && compareDecimals(text, '1') <= 0;
}

/** True for settings whose values are never shown. */
function isSecret(key: string): boolean {
  return (SECRETS as readonly string[]).includes(key) || isSecretName(key);
}

/** The value as the file had it; a number keeps its spelling. What does not fit its type is text. */
function writtenValue(type: Value | undefined, text: Value | undefined): JsonValue {
  if (typeof text !== 'string') return null;
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'int' || type === 'float') && JSON_NUMBER.test(text)) return new ExactNumber(text);
  return type === 'json' ? (readFaithfully(text) ?? text) : text;
}

export const settings = {
  name: 'settings',
  mappingVersion: 2,
  description: 'settings.json, <user>/settings.json: one object, each member a setting.',
  tables: [table],
  isOwned: true,
  sharedMembers: ['user_id', 'userId'],
  isOwnedBeside: true,
  destinations: new Map([['/*', 'user_settings.value']]),
  expects: (candidate) => candidate.stem === 'settings' && !candidate.lines && !inDirectory(candidate, 'conversations'),
  containerOf(candidate) {
    return this.expects(candidate) && candidate.shape.root !== 'empty' ? { kind: 'map' } : undefined;
  },
  compile,
  layout: {
    table,
    container: 'map',
    path: ({ values: { user_id: owner } }) =>
      owner === NOBODY ? ['settings'] : ['settings', String(owner), 'settings'],
    key: ({ values }) => String(values['key']),
    write: ({ values }) => extraOf(values)['value'] ?? writtenValue(values['value_type'], values['value']),
    leavesOut: ({ values }) => [
      ...['created_at', 'updated_at'].filter((name) => (values[name] ?? null) !== null),
      ...(Object.keys(extraOf(values)).some((member) => member !== 'value') ? ['extra'] : []),
    ],
  },
} as const satisfies Dataset;
