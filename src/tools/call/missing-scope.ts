/** Which scope a call needs that its caller does not have: what a client is told that could get another token. */
import type { Caller, Scope } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { type Offered, readArguments } from './arguments.ts';
import type { Services } from './services.ts';

/** @returns undefined when there is none, also for a call that would be refused with every scope. */
export async function missingScope(
  offered: Offered & { services: Pick<Services, 'scans'> },
  name: string,
  given: unknown,
  caller: Caller,
): Promise<Scope | undefined> {
  const tool = offered.tools.get(name);
  if (!tool) return undefined;
  if (!caller.scopes.has(tool.scope)) return tool.scope;
  if (!tool.scanOf || caller.scopes.has('scan:intrusive')) return undefined;
  try {
    const request = tool.scanOf(readArguments(tool, given, offered) as never);
    return (await offered.services.scans.plan(request)).intrusive ? 'scan:intrusive' : undefined;
  } catch (error) {
    // The call itself says what is wrong with it.
    if (error instanceof PortolanError) return undefined;
    throw error;
  }
}
