/** `portolan alerts send`: what a server does by itself, once. */
import { EXIT } from '../exit-codes.ts';
import { openApp } from '../open-app.ts';
import { type CommonOptions, loadFor } from '../options.ts';
import { print } from '../terminal.ts';

/** @returns exit status 1 when a message could not be sent */
export async function sendNow(options: CommonOptions): Promise<number> {
  const { app } = await openApp(await loadFor(options), { adopts: false });
  try {
    const { sent, failed } = await app.services.alerts.sendDue();
    print(
      `${sent} sent, ${failed} not${failed === 0 ? '.' : ': portolan alerts deliveries says why; they are tried again.'}`,
    );
    return failed === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await app.close();
  }
}
