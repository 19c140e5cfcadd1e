import { readFaithfully } from '../json/parse.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';

/** `risk_score` of a prediction's JSON: the member, else `probability`, else unknown. As a load derives it. */
export function riskOf(prediction: string): number | null {
  const value = readFaithfully(prediction);
  if (!isJsonObject(value)) return null;
  return numberOf(value['risk_score']) ?? numberOf(value['probability']) ?? null;
}

/** `attack_detected` of a prediction's JSON: the member, else its `prediction` of 0 or 1, else unknown. */
export function attackOf(prediction: string): 0 | 1 | null {
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
