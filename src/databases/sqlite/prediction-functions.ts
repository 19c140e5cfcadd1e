import type BetterSqlite3 from 'better-sqlite3';
import { keyHash, sha256 } from '../../hash/key-hash.ts';
import { readFaithfully } from '../../json/parse.ts';
import { isJsonObject, type JsonValue } from '../../json/value.ts';
import { fullTimestamp } from './values.ts';

/** Functions that statements call which give old predictions their events. NULL stays NULL. */
export function definePredictionFunctions(connection: BetterSqlite3.Database): void {
  const define = (name: string, of: (text: string) => string | number | null): void => {
    connection.function(name, { deterministic: true }, (given: unknown) => (given === null ? null : of(String(given))));
  };
  define('hashed_key', keyHash);
  define('sha256_of', sha256);
  define('full_time', fullTimestamp);
  define('risk_of', riskOf);
  define('attack_of', attackOf);
}

/** `risk_score` of a prediction's JSON: the member, else `probability`, else unknown. As a load derives it. */
function riskOf(prediction: string): number | null {
  const value = readFaithfully(prediction);
  if (!isJsonObject(value)) return null;
  return numberOf(value['risk_score']) ?? numberOf(value['probability']) ?? null;
}

/** `attack_detected` of a prediction's JSON: the member, else its `prediction` of 0 or 1, else unknown. */
function attackOf(prediction: string): 0 | 1 | null {
  const value = readFaithfully(prediction);
  if (!isJsonObject(value)) return truthOf(value) ?? null;
  return truthOf(value['attack_detected']) ?? truthOf(value['prediction']) ?? null;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function truthOf(value: JsonValue | undefined): 0 | 1 | undefined {
  if (typeof value === 'object') return undefined;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return 1;
  return text === 'false' || text === '0' ? 0 : undefined;
}
