// Conversation files as the chat application wrote them, and the same rows ready-made for COPY.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chunkedFile } from './chunked-file.js';
import { randomFrom, skewed } from './random.js';

const WORDS =
  'the rollout of this service needs a canary in one region first, then “Grüße” from 東京 🙂 and\n\ta "quoted" path C:\\data'.split(
    ' ',
  );
const MESSAGES_PER_FILE = 10;
const MOST_MESSAGES = 400;
const WORDS_PER_MESSAGE = 22;
const MOST_WORDS = 4_000;
const START = Date.UTC(2024, 0, 1);
const STEP_MS = 97_000;

/** Writes the files below `root` and `users.tsv`, `conversations.tsv`, `messages.tsv` to `ready`; returns what was written. */
export function writeConversations(root, ready, { files, users, seed }) {
  const random = randomFrom(seed);
  const tsv = (name) => chunkedFile(join(ready, `${name}.tsv`));
  const out = { users: tsv('users'), conversations: tsv('conversations'), messages: tsv('messages') };
  let bytes = 0;
  let messages = 0;
  for (let user = 0; user < users; user += 1) {
    mkdirSync(join(root, 'conversations', userId(user)), { recursive: true });
    out.users.write(`${userId(user)}\n`);
  }
  for (let index = 0; index < files; index += 1) {
    // The first users come round first, so that each of them has a file; after that, few users have most of them.
    const user = userId(index < users ? index : Math.floor(random() ** 2 * users));
    const conversation = makeConversation(index, random);
    const text = JSON.stringify(conversation, null, 2);
    writeFileSync(join(root, 'conversations', user, `${conversation.id}.json`), text);
    bytes += Buffer.byteLength(text);
    messages += conversation.messages.length;
    writeRows(out, user, conversation);
  }
  for (const file of Object.values(out)) file.close();
  return { bytes, messages, conversations: files, users };
}

const userId = (index) => `user-${String(index).padStart(4, '0')}`;

function makeConversation(index, random) {
  const tail = String(index).padStart(12, '0');
  const count = skewed(random, MESSAGES_PER_FILE, MOST_MESSAGES);
  return {
    id: `0f5b8a6e-3c1d-4b7a-9e24-${tail}`,
    created_at: `${new Date(START + index * STEP_MS).toISOString().slice(0, 20)}${tail.slice(-6)}`,
    title: `Conversation ${index}`,
    messages: Array.from({ length: count }, (_, position) => makeMessage(position, random)),
  };
}

function makeMessage(position, random) {
  const text = () => makeText(random);
  if (position % 2 === 0) return { role: 'user', content: text() };
  if (random() < 0.7) return { role: 'assistant', content: text() };
  return {
    role: 'assistant',
    stage1: [{ model: 'm/one', response: text() }],
    stage2: [{ model: 'm/one', ranking: 'FINAL RANKING:\n1. Response A', parsed_ranking: ['Response A'] }],
    stage3: { model: 'm/two', response: text() },
  };
}

function makeText(random) {
  const count = skewed(random, WORDS_PER_MESSAGE, MOST_WORDS);
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
}

function writeRows(out, user, { id, created_at, title, messages }) {
  out.conversations.write(copyLine([id, user, title, created_at]));
  for (const [position, { role, content, stage1, stage2, stage3 }] of messages.entries()) {
    const stages = [stage1, stage2, stage3].map((stage) => stage && JSON.stringify(stage));
    out.messages.write(copyLine([id, position, role, content, ...stages]));
  }
}

const ESCAPES = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A line of PostgreSQL's COPY text format. */
function copyLine(values) {
  const cells = values.map((value) =>
    value === undefined ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]),
  );
  return `${cells.join('\t')}\n`;
}
