/** nmap's own database of its scripts (scripts/script.db): which there are, and in which categories. */

/** Script names without `.nse`, each with its categories. */
export type ScriptCatalogue = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads script.db: lines of `Entry { filename = "x.nse", categories = { "a", "b", } }`. Other lines are passed over. */
export function parseScriptCatalogue(text: string): ScriptCatalogue {
  const catalogue = new Map<string, ReadonlySet<string>>();
  for (const line of text.split('\n')) {
    const entry = /^Entry \{ filename = "([a-z0-9][a-z0-9._-]*)\.nse", categories = \{([^}]*)\}/.exec(line);
    const [, name, categories] = entry ?? [];
    if (name === undefined || categories === undefined) continue;
    catalogue.set(
      name,
      new Set(Array.from(categories.matchAll(/"([a-z]+)"/g), ([, category]) => category ?? '')),
    );
  }
  return catalogue;
}
