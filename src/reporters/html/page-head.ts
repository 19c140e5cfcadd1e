import { createHash } from 'node:crypto';
import { html, Markup } from './markup.ts';

/** What a page of this program begins with. `style` and `script` are its own; `start` is where its content begins. */
export interface PageHead {
  readonly title: string;
  readonly style: string;
  readonly script?: string;
  readonly start: { readonly id: string; readonly label: string };
}

/** Up to its content. Nothing but its own style and script: whatever a name or message held, the browser would load and run nothing else. */
export function pageHead({ title, style, script, start }: PageHead): string {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src ${hashOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#${start.id}">${start.label}</a>
<main>
`.text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
