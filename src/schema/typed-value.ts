import type { Column, Value } from './table.ts';

const SHAPES = {
  timestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d:\d\d\.\d{6}$/,
  decimal: /^-?\d+(?:\.\d+)?$/,
} as const;

/** Whether what a column holds is a value of its type. An application may have written something else: see `read` of the databases. */
export function isTyped({ type }: Column, value: Value): boolean {
  if (value === null) return true;
  switch (type) {
    case 'integer':
    case 'identity':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'real':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'timestamp':
    case 'date':
    case 'time':
    case 'decimal':
      return SHAPES[type].test(String(value));
    case 'json':
      return isJson(String(value));
    default:
      return typeof value === 'string' && value.charCodeAt(0) !== 0;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
