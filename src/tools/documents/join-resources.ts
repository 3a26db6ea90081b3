/** Several sources of documents as one: each document is read where its scheme (`scan:`, `capture:`) belongs. */
import { PortolanError } from '../../core/errors.ts';
import type { ResourceSource } from './resources.ts';

export function joinResources(sources: readonly ResourceSource[]): ResourceSource {
  const schemeOf = (uri: string) => uri.slice(0, uri.indexOf(':'));
  const sourceOf = (uri: string) =>
    sources.find(({ templates }) =>
      templates.some(({ uriTemplate }) => schemeOf(uriTemplate) === schemeOf(uri)),
    );
  return {
    templates: sources.flatMap(({ templates }) => templates),
    read(uri, caller) {
      const source = sourceOf(uri);
      if (source) return source.read(uri, caller);
      const patterns = sources.flatMap(({ templates }) => templates.map(({ uriTemplate }) => uriTemplate));
      throw new PortolanError(
        'invalid_argument',
        'There are no documents of this kind.',
        `Documents are named: ${patterns.join(', ')}.`,
      );
    },
    async list(caller) {
      return (await Promise.all(sources.map((source) => source.list?.(caller) ?? []))).flat();
    },
    async complete(variable, typed, caller) {
      const named = sources.filter(({ templates }) =>
        templates.some(({ uriTemplate }) => uriTemplate.includes(`{${variable}}`)),
      );
      return (
        await Promise.all(named.map((source) => source.complete?.(variable, typed, caller) ?? []))
      ).flat();
    },
  };
}
