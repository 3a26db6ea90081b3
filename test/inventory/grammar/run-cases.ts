/** Reads a file of cases, whatever their grammar, and runs each. */
import { runChangeCase } from './change-cases.ts';
import { runIdentityCase } from './identity-cases.ts';
import { CaseError, type CaseLine, type CaseResult, caseLines } from './lines.ts';
import { runNetworkCase } from './network-cases.ts';

export type PlacedResult = CaseResult & { place: string };

/** A case that cannot be read is a wrong one: its message says why. */
export function* runCases(text: string, file: string): Generator<PlacedResult> {
  for (const line of caseLines(text, file)) {
    try {
      yield { ...runnerOf(line)(line), place: line.place };
    } catch (error) {
      if (!(error instanceof CaseError)) throw error;
      const expected = line.fields.at(-2) ?? '';
      yield {
        id: line.id,
        right: false,
        expected,
        came: `no case: ${error.message}`,
        why: '',
        place: line.place,
      };
    }
  }
}

function runnerOf({ fields }: CaseLine): (line: CaseLine) => CaseResult {
  if ((fields[1] ?? '').startsWith('net:')) return runNetworkCase;
  return /^\w+:\w+:?\s/.test(fields[1] ?? '') ? runIdentityCase : runChangeCase;
}
