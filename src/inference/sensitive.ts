import { wordsOf } from './names.ts';

// Secrets and personal data: nothing of their values is ever written or printed.

const SECRET =
  /^(?:password|passwd|pwd|passphrase|secret|token|apikey|credential|credentials|hash|salt|signature|otp|pin|cvv|jwt|bearer|cookie|session|private)$/;
const PERSONAL =
  /^(?:name|firstname|lastname|surname|fullname|nickname|username|login|email|mail|phone|telephone|mobile|fax|address|street|city|zip|postcode|birthday|birthdate|dob|ssn|iban|ip|lat|lng|latitude|longitude|text|comment|note|notes|message|body|content|description|bio|title)$/;

const EMAIL = /[^\s@]+@[^\s@]+\.[a-z]{2,}/i;
const PHONE = /^\+?[\d ()/.-]{7,}$/;
/** Encoded bytes: hashes, keys, tokens with or without a prefix such as `sk-`. */
const TOKEN =
  /^(?:eyJ|\$2[aby]\$|\$argon2|sk[-_]|pk[-_]|gh[pousr]_|xox|AKIA)|^[\w+/=.-]*(?=[\w+/=.-]*\d)(?=[\w+/=.-]*[A-Za-z])[\w+/=.-]{32,}$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const DIGITS_IN_A_PHONE = 7;

/** Whether a text itself looks like a secret, a mail address or a telephone number. */
export function looksSensitive(text: string): boolean {
  if (UUID.test(text)) return false;
  return EMAIL.test(text) || isPhone(text) || TOKEN.test(text);
}

function isPhone(text: string): boolean {
  return PHONE.test(text) && text.replace(/\D/g, '').length >= DIGITS_IN_A_PHONE && !/^\d+$|^\d{4}-\d\d/.test(text);
}

export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word) => SECRET.test(word)) || /api_?key|access_?key/i.test(words.join('_'));
}

/** A member whose values are nobody else's business. */
export function isSensitiveName(name: string): boolean {
  return isSecretName(name) || wordsOf(name).some((word) => PERSONAL.test(word));
}
