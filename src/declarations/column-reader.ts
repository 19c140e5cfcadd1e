import {
  compileColumnReader,
  identifier,
  type MakeReader,
  uuidReader,
  versionNumber,
} from '../datasets/column-reader.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { kindOf, refuse } from '../datasets/misfits.ts';
import { type ColumnReader, Refused, Repaired } from '../datasets/read-value.ts';
import { MigrateError } from '../errors.ts';
import { keyHash, sha256 } from '../hash/key-hash.ts';
import { canonicalJson } from '../json/canonical.ts';
import { ExactNumber, isJsonObject, type JsonValue } from '../json/value.ts';
import type { Column, Value } from '../schema/table.ts';
import { compileTimeReader, readEpoch } from '../time/time.ts';
import type { ColumnFunction, FunctionContext, Rejecting } from './functions.ts';
import { compileNumberText } from './number-text.ts';
import type { ColumnPlan } from './plan.ts';
import { compileTimeFormats } from './time-format.ts';
import { compileColumnWriter } from './write-value.ts';

/** The reader of a column that a function makes: it is given the value after its steps, and what else the record says. */
export function madeReader(
  plan: ColumnPlan,
  context: MappingContext,
): (record: JsonValue, functionContext: FunctionContext) => ColumnReader {
  const { made } = plan;
  if (made === undefined) throw new TypeError(`no function makes ${plan.name}`);
  const steps = compileSteps(plan);
  const call = pure(made.by, plan.name);
  const readType = columnReader({ ...plan, declaration: {}, made: undefined })(plan.column, context);
  return (record, functionContext) => (source) => {
    let value = source;
    for (const step of steps) {
      const next = step(value);
      if (next instanceof Refused || next === null) return next;
      value = next;
    }
    const result = call(value, record, functionContext);
    if (result instanceof Refused || result === null) return result;
    return readType(result);
  };
}

/** Calls of a function that are made twice. */
const TRIED = 100;

/** A function that answers the same for the same, which is tried; what it throws or rejects is told. */
function pure(by: ColumnFunction, name: string): (...given: Parameters<ColumnFunction>) => JsonValue | Refused {
  let tried = 0;
  const call = (...given: Parameters<ColumnFunction>): JsonValue | Rejecting => {
    try {
      return by(...given) ?? null;
    } catch {
      return { reject: 'cannot be made: the function of its column failed' };
    }
  };
  return (...given) => {
    const result = call(...given);
    if (tried < TRIED && JSON.stringify(result) !== JSON.stringify(call(...given))) {
      throw new MigrateError(
        'invalid-config',
        `the function of the column ${name} answers differently for the same value`,
        {
          hint: 'Rows must follow from the files alone: take no time, no random number and nothing from outside.',
        },
      );
    }
    tried++;
    return isRejecting(result) ? refuse('check-failed', result.reject) : result;
  };
}

function isRejecting(result: JsonValue | Rejecting): result is Rejecting {
  return (
    typeof result === 'object' &&
    result !== null &&
    'reject' in result &&
    typeof result.reject === 'string' &&
    Object.keys(result).length === 1
  );
}

/** One step on the way from a member to its column; NULL ends the way. */
type ValueStep = (value: JsonValue) => JsonValue | Refused;

/** The reader of a declared column: its steps in the order that the language fixes, then its type. */
export function columnReader(plan: ColumnPlan): MakeReader {
  const { declaration, type } = plan;
  return (declared, context) => {
    const steps = compileSteps(plan);
    const inZone = { ...context, readTime: compileZones(declaration, context) };
    const readType =
      type.reads === 'column' ? typeReader(declared, declaration)(declared, inZone) : READERS[type.reads];
    const read = withoutSecret(readType, declaration.secret, context);
    const told = tellingForms(read, declaration);
    if (steps.length === 0) return read;
    if (declaration.written === 'stored') return withMeanings(steps, told);
    return withSteps(steps, told, compileColumnWriter(plan));
  };
}

/** A constant as its column stores it. */
export function constantOf(plan: ColumnPlan, constant: JsonValue, context: MappingContext): Value {
  const read = columnReader({ ...plan, declaration: {} })(plan.column, context)(constant);
  if (read instanceof Refused) throw new TypeError(`column ${plan.name}: the constant ${read.say('')}`);
  return read instanceof Repaired ? read.value : read;
}

/** Times that name no zone: in that of their look, else in that of their column, else in that of the run. */
function compileZones(
  { zone, zones = {} }: ColumnPlan['declaration'],
  context: MappingContext,
): MappingContext['readTime'] {
  const readOthers = zone === undefined ? context.readTime : compileTimeReader(zone);
  const looks = Object.entries(zones).map(([look, name]) => ({
    regex: new RegExp(look, 'u'),
    read: compileTimeReader(name),
  }));
  if (looks.length === 0) return readOthers;
  return (text) => (looks.find(({ regex }) => regex.test(text))?.read ?? readOthers)(text);
}

/** A text that has none of the declared forms is told which they are. */
function tellingForms(read: ColumnReader, { words, format }: ColumnPlan['declaration']): ColumnReader {
  if (!words && !format) return read;
  const forms = words ? [...words.true, ...words.false] : [format ?? []].flat();
  const none = refuse(
    words ? 'not-one-of' : 'invalid-time',
    words ? `must be ${forms.join(' or ')}` : `must be written as ${forms.join(' or ')}, or as ISO 8601 says`,
  );
  return (value) => {
    const result = read(value);
    return result instanceof Refused && result.code === none.code && typeof value === 'string' ? none : result;
  };
}

function typeReader({ type }: Column, { numbers }: ColumnPlan['declaration']): MakeReader {
  if (numbers !== undefined) return numbers === 'whole' ? identifier : versionNumber;
  return type === 'uuid' ? uuidReader : compileColumnReader;
}

/** A value that the way back spells otherwise is counted. */
function withSteps(
  steps: readonly ValueStep[],
  read: ColumnReader,
  write: ReturnType<typeof compileColumnWriter>,
): ColumnReader {
  return (source) => {
    let value = source;
    for (const step of steps) {
      const next = step(value);
      if (next instanceof Refused) return next;
      if (next === null) return new Repaired(null, ['empty-as-null']);
      value = next;
    }
    const result = read(value);
    if (result instanceof Refused) return result;
    const { value: stored, repairs, warning } = result instanceof Repaired ? result : PLAIN(result);
    const isSame = stored !== null && canonicalJson(write(stored)) === canonicalJson(source);
    if (isSame && repairs.length === 0) return stored;
    return new Repaired(stored, isSame || stored === null ? repairs : ['respelled'], undefined, warning);
  };
}

/** A value that a step reads as another one is written as that; what none of them changes is told as if there were none. */
function withMeanings(steps: readonly ValueStep[], read: ColumnReader): ColumnReader {
  return (source) => {
    let value = source;
    for (const step of steps) {
      const next = step(value);
      if (next instanceof Refused || next === null) return next;
      value = next;
    }
    return read(value);
  };
}

const PLAIN = (value: Repaired['value']): Repaired => new Repaired(value, []);

function compileSteps({ declaration, column }: ColumnPlan): readonly ValueStep[] {
  const { trim, empty, capture, split, join, lower, values, number, words, format, epoch } = declaration;
  const steps: ValueStep[] = [];
  const ofText = (step: (text: string) => JsonValue | Refused): void => {
    steps.push((value) => (typeof value === 'string' ? step(value) : value));
  };
  if (trim) ofText((text) => text.trim());
  if (empty) {
    const tokens = new Set(empty);
    ofText((text) => (tokens.has(text) ? null : text));
  }
  if (capture !== undefined) {
    const regex = new RegExp(capture, 'u');
    ofText((text) => captured(regex, text));
  }
  if (split !== undefined) ofText((text) => text.split(split));
  if (join !== undefined) steps.push((value) => (Array.isArray(value) ? value.map(textOf).join(join) : value));
  if (lower) ofText((text) => text.toLowerCase());
  if (values) {
    const mapped = new Map(Object.entries(values));
    steps.push((value) => {
      const found = mapped.get(textOf(value));
      return found === undefined ? value : (found as JsonValue);
    });
  }
  if (words) {
    const [yes, no] = [new Set(words.true), new Set(words.false)];
    ofText((text) => (yes.has(text) || no.has(text) ? yes.has(text) : text));
  }
  if (number) ofText(compileNumberText(number));
  if (format) ofText(compileTimeFormats([format].flat(), column.type === 'timestamp'));
  if (epoch) steps.push((value) => timeOf(value, epoch));
  return steps;
}

/** As text, numbers and true by their JSON text. */
function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** Longer texts are not looked at: a regular expression could take for ever. */
const LONGEST = 64 * 1024;

const NO_MATCH = refuse('not-one-of', 'does not match the pattern of its column');

function captured(regex: RegExp, text: string): string | Refused {
  if (text.length > LONGEST) return refuse('too-long', `is too long for a pattern: at most ${LONGEST} characters`);
  const found = regex.exec(text);
  return found === null ? NO_MATCH : (found[1] ?? found[0]);
}

function timeOf(value: JsonValue, unit: 's' | 'ms' | 'us' | 'any'): JsonValue | Refused {
  const digits = value instanceof ExactNumber ? value.text : value;
  if (typeof digits !== 'number' && typeof digits !== 'string') return value;
  const result = readEpoch(digits, unit === 'any' ? undefined : unit);
  if ('ok' in result) return `${result.ok.replace(' ', 'T')}Z`;
  // A text may be a time of another form, which its column reads.
  return typeof value === 'string' && !/^\d+(?:\.\d+)?$/.test(value)
    ? value
    : new Refused(result.code, (member) => `${member}: ${result.message}`);
}

const READERS: Readonly<Record<'list' | 'literal', ColumnReader>> = {
  list: (value) =>
    Array.isArray(value) ? canonicalJson(value) : refuse('wrong-type', `must be a list, not ${kindOf(value)}`),
  literal: textOf,
};

/** What a literal was: enough to write it back. */
export function literalKind(value: JsonValue): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return Array.isArray(value) || isJsonObject(value) ? 'json' : 'number';
}

function withoutSecret(
  read: ColumnReader,
  secret: ColumnPlan['declaration']['secret'],
  { keepPlainKeys }: MappingContext,
): ColumnReader {
  if (secret === undefined || (secret === 'api_key' && keepPlainKeys)) return read;
  return (value) => {
    const result = read(value);
    const stored = result instanceof Repaired ? result.value : result;
    if (stored instanceof Refused || stored === null) return result;
    if (secret === 'api_key') return keyHash(String(stored));
    return secret === 'mask' ? '********' : sha256(String(stored));
  };
}
