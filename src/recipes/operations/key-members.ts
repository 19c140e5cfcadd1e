import { PLAIN_KEY_MEMBERS } from '../../datasets/plain-keys.ts';

/** Every member that says which key a record is about, or is of. The application compares with the hash. */
export const ofApiKey = {
  hashes: ['/key_hash', '/hash'],
  plain: ['/key', ...PLAIN_KEY_MEMBERS.map((name) => `/${name}`)],
};

/** What tells of a use of a key, or of something else that was done with it. */
export const OF_A_USE = [
  ...['/endpoint', '/method', '/status_code', '/payload', '/event_payload', '/prediction', '/api_key_id'],
];
