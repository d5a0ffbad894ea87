// The signer's own refusals carry the server's codes; their Korean sentences come with the page.

/** `code` as in the failure catalogue; `values` fill the sentence's placeholders. */
export class SignerRefusal extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** The member's sentence for a refusal; every placeholder nobody filled becomes a dash. */
export function sentence(wordings, code, values = {}) {
  return (wordings[code] || code).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '-');
}
