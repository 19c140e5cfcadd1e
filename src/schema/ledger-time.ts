/** The present moment as the databases store it: `YYYY-MM-DD HH:MM:SS.ffffff` UTC. */
export function ledgerTime(now = new Date()): string {
  return `${now.toISOString().slice(0, 23).replace('T', ' ')}000`;
}
