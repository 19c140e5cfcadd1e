import type { Shape } from '../json/probe.ts';
import { hasAny } from './shapes.ts';

/** What an entry of an index says of a conversation. */
const TOLD = ['created_at', 'createdAt', 'updated_at', 'updatedAt', 'message_count', 'messageCount'];

/** What makes it the conversation itself. */
const SUBSTANCE = ['messages', 'council_deliberation', 'data', 'content', 'email', 'role'];

/** Whether a value lists conversations without their messages. */
export function isIndexList(shape: Shape): boolean {
  if (shape.begins === 'array') return shape.first !== undefined && isEntry(shape.first);
  return shape.begins === 'object' && shape.members.size > 0 && shape.members.values().every(isEntry);
}

function isEntry(shape: Shape): boolean {
  return hasAny(shape, ['id']) && hasAny(shape, ['title']) && hasAny(shape, TOLD) && !hasAny(shape, SUBSTANCE);
}
