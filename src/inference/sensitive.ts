import { wordsOf } from './names.ts';

// Secrets and personal data: nothing of their values is ever written or printed.

const SECRET =
  /^(?:password|passwd|pwd|passphrase|secret|token|apikey|credential|credentials|hash|salt|signature|otp|pin|cvv|jwt|bearer|cookie|session|private)$/;
const PERSONAL =
  /^(?:name|firstname|lastname|surname|fullname|nickname|username|login|email|mail|phone|telephone|mobile|fax|address|street|city|zip|postcode|birthday|birthdate|dob|ssn|iban|ip|lat|lng|latitude|longitude|text|comment|note|notes|message|body|content|description|bio|title|gender|religion|diagnosis|user|account|member|person|people|player|customer|client|employee|staff|owner|author|creator|by|assignee|sender|recipient|receiver|manager|waiter|seller|buyer|host|contact|guest|patient|student|teacher|doctor|driver)$/;

const EMAIL = /[^\s@]{1,64}@[^\s@]{1,255}\.[a-z]{2}/i;
const PHONE = /^\+?[\d ()/.-]{7,30}$/;
const DIGITS_IN_A_PHONE = 7;
/** Of tokens and hashes that say what they are. */
const TOKEN = /^(?:eyJ|\$2[aby]\$|\$argon2|sk[-_]|pk[-_]|gh[pousr]_|xox[a-z]-|AKIA)/;
/** Encoded bytes. */
const ENCODED = /^[\w+/=.-]{32,}$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const SHORT_RUNS = 3.5;
/** What comes after says the same. */
const MOST_CHARACTERS = 1000;

/** Whether a text itself looks like a secret, a mail address or a telephone number. */
export function looksSensitive(text: string): boolean {
  if (UUID.test(text)) return false;
  const head = text.slice(0, MOST_CHARACTERS);
  return (head.includes('@') && EMAIL.test(head)) || isPhone(head) || TOKEN.test(head) || isEncoded(head);
}

/** Plain digits are a number, and with the form of a date they are one. */
function isPhone(text: string): boolean {
  if (!PHONE.test(text) || /^\d+$|^\d+\.\d+$|^\d{1,4}[-./]\d\d?[-./]\d/.test(text)) return false;
  return text.replace(/\D/g, '').length >= DIGITS_IN_A_PHONE;
}

/** Words, and names made of words, are long stretches of letters of one case. */
function isEncoded(text: string): boolean {
  if (!ENCODED.test(text) || !/\d/.test(text) || !/[A-Za-z]/.test(text)) return false;
  const runs = text.match(/\d+|[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
  return text.length / runs.length < SHORT_RUNS;
}

export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word) => SECRET.test(word)) || /api_?key|access_?key/i.test(words.join('_'));
}

/** A member whose values are nobody else's business. */
export function isSensitiveName(name: string): boolean {
  return isSecretName(name) || wordsOf(name).some((word) => PERSONAL.test(word));
}
