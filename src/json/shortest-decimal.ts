/** So many significant digits always survive a double. */
const SAFE_DIGITS = 15;
/** With more of them it is not looked at. */
const MOST_DIGITS = 17;
const HIGH_DIGITS = 9;
/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Far above the rounding error of a residual, which is of the order of 1e-15. */
const MARGIN = 1e-6;
/** 2^27 + 1 halves the digits of a double, after Dekker: https://doi.org/10.1007/BF01397083 */
const SPLITTER = 134_217_729;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/**
 * Whether no number between `from` and `to` loses a digit in a double; zeros at its ends do not count. Answers false where that is
 * not certain. The bytes must hold no string and no exponent.
 */
export function numbersSurviveDouble(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from;
  while (i < to) {
    const begin = bytes[i] as number;
    if (begin < 0x30 || begin > 0x39) {
      i++;
      continue;
    }
    let high = 0;
    let low = 0;
    let digits = 0;
    let fraction = 0;
    let inFraction = 0;
    let digit = 0;
    for (; i < to; i++) {
      const byte = bytes[i] as number;
      if (byte === 0x2e) {
        inFraction = 1;
        continue;
      }
      if (byte < 0x30 || byte > 0x39) break;
      digit = byte - 0x30;
      fraction += inFraction;
      if (digits === 0 && digit === 0) continue;
      if (digits < HIGH_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
      digits++;
    }
    if (fraction >= POWERS.length || digits > MOST_DIGITS) return false;
    if (digits > SAFE_DIGITS && !isShortest(high * (POWERS[digits - HIGH_DIGITS] as number), low, fraction, digit)) {
      return false;
    }
  }
  return true;
}

/**
 * Whether D = high + low (both exact, 16 or 17 digits, the last of them `lastDigit`) over 10^fraction is what its double
 * prints. So it is if no other decimal of as many digits is nearer to the double, and no decimal with fewer digits, that
 * is to say no multiple of ten, lies between the two halfway points around it.
 */
function isShortest(high: number, low: number, fraction: number, lastDigit: number): boolean {
  const power = POWERS[fraction] as number;
  let candidate = (high + low) / power;
  let residual = residualOf(candidate, power, high, low);
  let half = halfGap(candidate) * power;
  if (Math.abs(residual) > half) {
    candidate -= residual / power;
    residual = residualOf(candidate, power, high, low);
    half = halfGap(candidate) * power;
  }
  const distance = Math.abs(residual) + MARGIN;
  if (!(distance < half && distance < 0.5)) return false;
  return lastDigit + residual > half + MARGIN && 10 - lastDigit - residual > half + MARGIN;
}

/** candidate × power − (high + low), from the exact product after Dekker. */
function residualOf(candidate: number, power: number, high: number, low: number): number {
  const product = candidate * power;
  const a = SPLITTER * candidate;
  const candidateHigh = a - (a - candidate);
  const candidateLow = candidate - candidateHigh;
  const b = SPLITTER * power;
  const powerHigh = b - (b - power);
  const powerLow = power - powerHigh;
  const error =
    candidateLow * powerLow -
    (product - candidateHigh * powerHigh - candidateLow * powerHigh - candidateHigh * powerLow);
  return product - high - low + error;
}

/** Half the distance to the next double; NaN, which compares as uncertain, where the distances to both sides differ. */
function halfGap(value: number): number {
  double[0] = value;
  const high = words[HIGH] as number;
  if (words[LOW] === 0 && (high & 0xfffff) === 0) return Number.NaN;
  words[LOW] = 0;
  words[HIGH] = (high & 0x7ff00000) - (53 << 20);
  return double[0];
}
