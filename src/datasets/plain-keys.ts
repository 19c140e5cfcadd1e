/** Members that hold an API key as the client sends it, wherever they appear. */
export const PLAIN_KEY_MEMBERS: ReadonlySet<string> = new Set([
  'api_key',
  'apiKey',
  'apikey',
  'plain_key',
  'plaintext_key',
  'raw_key',
  'secret_key',
  'user_api_key',
  'x_api_key',
  'x-api-key',
]);
