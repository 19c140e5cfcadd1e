import { type Column, type ColumnType, digitsOf } from '../../schema/table.ts';
import { readOffset } from '../../time/time-zone.ts';
import { quoteText } from './ddl.ts';

/** A stored column, with the type as pg_type and pg_attribute have it. */
export interface StoredColumn {
  /** `int4`, `varchar`, `timestamptz`, …; `enum` for each enumerated type, `array` for each array. */
  readonly base: string;
  /**
   * Characters of a varchar(n), digits of a second's fraction, or the digits of a numeric: precision × 65536 + scale. Undefined
   * where there is no limit.
   */
  readonly limit: number | undefined;
}

/** What a stored type is to a declared one. The expressions take a quoted column. */
export type Rule =
  | { readonly kind: 'fits' }
  | { readonly kind: 'tolerated'; readonly note: string }
  | {
      readonly kind: 'converts';
      /** What the stored type would do to a value. */
      readonly why?: string;
      /** The value in the declared type. */
      readonly value: (from: string, zone: string) => string;
      /** A condition: the declared type cannot hold the value. */
      readonly lost?: (from: string, zone: string) => string;
    };

const FITS: Rule = { kind: 'fits' };
const ROUNDS = 'would round numbers';
const SMALLER: Rule = { kind: 'tolerated', note: 'larger numbers are refused' };

const asText: Rule = { kind: 'converts', value: (from) => `${from}::text` };
const fromNumber: Rule = {
  kind: 'converts',
  value: (from) => `${from}::bigint`,
  lost: (from) => `${from}::numeric <> trunc(${from}::numeric) OR abs(${from}::numeric) >= 9223372036854775807`,
};
const integerFromText: Rule = {
  kind: 'converts',
  value: (from) => `btrim(${from})::bigint`,
  lost: (from) => `btrim(${from}) !~ '^-?[0-9]{1,18}$'`,
};
const realFromText: Rule = {
  kind: 'converts',
  value: (from) => `btrim(${from})::double precision`,
  lost: (from) => `btrim(${from}) !~ '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,2})?$'`,
};
const booleanFromNumber: Rule = {
  kind: 'converts',
  value: (from) => `${from} = 1`,
  lost: (from) => `${from} NOT IN (0, 1)`,
};
const booleanFromText: Rule = {
  kind: 'converts',
  value: (from) => `lower(${from}) IN ('true', 't', '1')`,
  lost: (from) => `lower(${from}) NOT IN ('true', 't', '1', 'false', 'f', '0')`,
};
const uuidFromText: Rule = {
  kind: 'converts',
  value: (from) => `${from}::uuid`,
  lost: (from) => `${from} !~* '^[{]?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}[}]?$'`,
};
const fromAddress: Rule = {
  kind: 'converts',
  value: (from) => `host(${from})`,
  lost: (from) => `masklen(${from}) < CASE family(${from}) WHEN 4 THEN 32 ELSE 128 END`,
};
const dateFromText: Rule = {
  kind: 'converts',
  value: (from) => `${from}::date`,
  lost: (from) => `${from} !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'`,
};
const OFFSET = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)';
const timeFromText: Rule = {
  kind: 'converts',
  value: (from, zone) =>
    `CASE WHEN ${from} ~ '${OFFSET}$' THEN ${from}::timestamptz ELSE ${instantOf(`${from}::timestamp`, zone)} END`,
  lost: (from) => `${from} !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?${OFFSET}?$'`,
};
const clockFromText: Rule = {
  kind: 'converts',
  value: (from) => `${from}::time`,
  lost: (from) => `${from} !~ '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$'`,
};
const asJson: Rule = { kind: 'converts', value: (from) => `${from}::jsonb` };

/**
 * Every stored type that the loader can work with or that can become the declared one. What is not here cannot.
 * COPY stages values in the declared types and compares them with the stored ones: where PostgreSQL has no `=` between the
 * two, or casts through the session's time zone or fewer digits, the type must change.
 */
const RULES: Readonly<Record<Exclude<ColumnType, 'decimal'>, Readonly<Record<string, Rule>>>> = {
  text: {
    text: FITS,
    varchar: FITS,
    bpchar: { ...asText, why: 'would pad texts with blanks' },
    int2: asText,
    int4: asText,
    int8: asText,
    uuid: asText,
    numeric: asText,
    citext: { kind: 'tolerated', note: 'texts that differ in case only are equal' },
    enum: asText,
    inet: fromAddress,
  },
  integer: {
    int8: FITS,
    int4: SMALLER,
    int2: SMALLER,
    numeric: fromNumber,
    float4: fromNumber,
    float8: fromNumber,
    text: integerFromText,
    varchar: integerFromText,
  },
  identity: { int8: FITS, int4: SMALLER, int2: SMALLER },
  real: {
    float8: FITS,
    // Through text: 0.1 stays 0.1.
    float4: { kind: 'converts', why: ROUNDS, value: (from) => `${from}::text::double precision` },
    numeric: {
      kind: 'converts',
      why: ROUNDS,
      value: (from) => `${from}::double precision`,
      lost: (from) => `${from}::double precision::numeric IS DISTINCT FROM ${from}`,
    },
    int2: { kind: 'converts', why: ROUNDS, value: (from) => `${from}::double precision` },
    int4: { kind: 'converts', why: ROUNDS, value: (from) => `${from}::double precision` },
    int8: {
      kind: 'converts',
      why: ROUNDS,
      value: (from) => `${from}::double precision`,
      lost: (from) => `abs(${from}::numeric) > 9007199254740992`,
    },
    text: realFromText,
    varchar: realFromText,
  },
  boolean: {
    bool: FITS,
    int2: booleanFromNumber,
    int4: booleanFromNumber,
    int8: booleanFromNumber,
    text: booleanFromText,
    varchar: booleanFromText,
  },
  timestamp: {
    timestamptz: FITS,
    timestamp: {
      kind: 'converts',
      why: 'has no zone: the zone of the session would change what it stores',
      value: instantOf,
      lost: neverOccurred,
    },
    text: timeFromText,
    varchar: timeFromText,
  },
  date: {
    date: FITS,
    text: dateFromText,
    varchar: dateFromText,
    timestamp: {
      kind: 'converts',
      value: (from) => `${from}::date`,
      lost: (from) => `${from}::time <> '00:00'`,
    },
  },
  time: { time: FITS, text: clockFromText, varchar: clockFromText },
  uuid: { uuid: FITS, text: uuidFromText, varchar: uuidFromText, bpchar: uuidFromText },
  json: {
    jsonb: FITS,
    json: asJson,
    text: asJson,
    varchar: asJson,
    array: { kind: 'converts', value: (from) => `to_jsonb(${from})` },
  },
  bytes: { bytea: FITS },
};

export function ruleFor(declared: Column, { base, limit }: StoredColumn): Rule | undefined {
  if (declared.type === 'decimal') return decimalRule(declared, base, limit);
  const rule = RULES[declared.type][base];
  if (rule?.kind !== 'fits' || limit === undefined) return rule;
  if (declared.type === 'timestamp' && limit < 6)
    return { kind: 'converts', why: 'would round times', value: (from) => `${from}::timestamptz` };
  if (declared.type === 'time' && limit < 6)
    return { kind: 'converts', why: 'would round times', value: (from) => `${from}::time` };
  const isNarrower = declared.type === 'text' && (declared.max === undefined || limit < declared.max);
  return isNarrower ? { kind: 'tolerated', note: 'longer texts are refused' } : rule;
}

/** What each type must go through to become a numeric with every digit that it prints. */
const NUMERIC_FROM: Readonly<Record<string, (from: string) => string>> = {
  numeric: (from) => from,
  int2: (from) => `${from}::numeric`,
  int4: (from) => `${from}::numeric`,
  int8: (from) => `${from}::numeric`,
  float4: (from) => `${from}::text::numeric`,
  float8: (from) => `${from}::text::numeric`,
  text: (from) => `btrim(${from})::numeric`,
  varchar: (from) => `btrim(${from})::numeric`,
};

/** A scale has eleven bits, one of them for its sign. */
const SCALE_BITS = 0x7ff;

function decimalRule(declared: Column, base: string, limit: number | undefined): Rule | undefined {
  const { precision, scale } = digitsOf(declared);
  const value = NUMERIC_FROM[base];
  if (value === undefined) return undefined;
  if (base === 'numeric' && limit === undefined) return FITS;
  if (base === 'numeric' && limit !== undefined) {
    const stored = { precision: limit >> 16, scale: ((limit & SCALE_BITS) ^ 0x400) - 0x400 };
    if (stored.scale >= scale) return stored.precision - stored.scale >= precision - scale ? FITS : SMALLER;
  }
  const isBeyond = (from: string): string =>
    `${value(from)} <> round(${value(from)}, ${scale}) OR abs(${value(from)}) >= 1e${precision - scale}`;
  const isText = base === 'text' || base === 'varchar';
  return {
    kind: 'converts',
    ...(!isText && { why: ROUNDS }),
    value,
    lost: (from) =>
      isText
        ? `CASE WHEN btrim(${from}) ~ '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,2})?$' THEN ${isBeyond(from)} ELSE true END`
        : isBeyond(from),
  };
}

/** A local time that occurs twice is the earlier instant. PostgreSQL would take the later one. */
function instantOf(from: string, zone: string): string {
  const instant = `(${from} AT TIME ZONE ${zoneLiteral(zone)})`;
  if (!hasRules(zone)) return instant;
  const earlier = `(${instant} - interval '1 hour')`;
  return `CASE WHEN ${earlier} AT TIME ZONE ${zoneLiteral(zone)} = ${from} THEN ${earlier} ELSE ${instant} END`;
}

/** The clocks of the zone skipped the local time. */
function neverOccurred(from: string, zone: string): string {
  if (!hasRules(zone)) return 'false';
  return `(${from} AT TIME ZONE ${zoneLiteral(zone)}) AT TIME ZONE ${zoneLiteral(zone)} <> ${from}`;
}

function hasRules(zone: string): boolean {
  return zone !== 'UTC' && Number.isNaN(readOffset(zone, 0));
}

/** As text PostgreSQL would take the sign of an offset the other way round. */
function zoneLiteral(zone: string): string {
  const offset = readOffset(zone, 0);
  return Number.isNaN(offset) ? quoteText(zone) : `interval '${offset} seconds'`;
}
