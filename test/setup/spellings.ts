import { expect } from 'vitest';

/** How a secret could be written so that somebody can read it. */
function spellingsOf(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret);
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  const hex = Buffer.from(secret).toString('hex');
  return [secret, encoded, encoded.toLowerCase(), encodeURI(secret), base64, hex, JSON.stringify(secret).slice(1, -1)];
}

export function expectNowhere(secret: string, texts: Readonly<Record<string, string>>): void {
  for (const [place, text] of Object.entries(texts)) {
    for (const spelling of spellingsOf(secret)) expect(text.includes(spelling), `${place} holds a secret`).toBe(false);
  }
}
