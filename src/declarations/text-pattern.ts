/** What is wrong with a regular expression of a declaration, in words. */
export function patternProblem(text: string): string | undefined {
  try {
    new RegExp(text, 'u');
  } catch (error) {
    // The reason without the pattern, which the message begins with.
    const reason = error instanceof SyntaxError ? /: ([^:]+)$/.exec(error.message)?.[1] : undefined;
    return `this is no regular expression${reason === undefined ? '' : `: ${reason.toLowerCase()}`}`;
  }
  if (/\\[1-9k]/.test(text.replaceAll('\\\\', ''))) return 'a pattern does not refer back to its groups';
  return isNested(text)
    ? 'a repeated group holds a repetition or a choice, which can take for ever: write it without one of them'
    : undefined;
}

const QUANTIFIER = /^(?:[*+]|\{\d+,\d*\}|\{\d+\}|\?)/;

/** Whether a group that is repeated can itself match the same text in several ways. https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS */
function isNested(pattern: string): boolean {
  const open: { varies: boolean }[] = [{ varies: false }];
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const group = open.at(-1) as { varies: boolean };
    const token = /^(?:\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|.)/su.exec(rest)?.[0] ?? rest;
    at += token.length;
    if (token.startsWith('(')) open.push({ varies: false });
    else if (token === '|') group.varies = true;
    const closed = token === ')' ? open.pop() : undefined;
    const quantifier = token === '|' || token.startsWith('(') ? undefined : QUANTIFIER.exec(pattern.slice(at))?.[0];
    if (quantifier !== undefined) {
      at += quantifier.length;
      if (pattern[at] === '?') at++;
    }
    const around = open.at(-1);
    if (around === undefined) return false;
    if (closed?.varies && quantifier !== undefined && quantifier !== '?') return true;
    // What may be there once or not is a choice, too.
    const isFixed = quantifier === undefined || /^\{\d+\}$/.test(quantifier);
    if (closed?.varies || !isFixed) around.varies = true;
  }
  return false;
}
